//! The password as a file, of the columns that AWS's console writes. The page sends it back to be returned as a
//! download; the server keeps nothing.

use keystead_types::UserName;

use super::super::{
    download::{csv_field, csv_file},
    fields::Form,
    page::Answer,
    problem::Problem,
    visitor::Visitor,
};

/// `/console/user-credentials-file`
pub(super) async fn file(_: Visitor, form: Form) -> Answer {
    let user: UserName = form.text("user").parse().map_err(|_| Problem::NotFound)?;
    let text = text(&user, form.text("password"), form.text("sign-in-url"));
    csv_file(&format!("{user}_credentials.csv"), text)
}

fn text(user: &UserName, password: &str, sign_in_url: &str) -> String {
    let fields = [user.as_str(), password, sign_in_url].map(csv_field);
    format!(
        "\u{feff}User name,Password,Console sign-in URL\r\n{}\r\n",
        fields.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_columns_of_awss_console() {
        let user: UserName = "alice".parse().unwrap();
        assert_eq!(
            text(&user, "a,\"b", "https://iam.example/console/sign-in?account=team"),
            "\u{feff}User name,Password,Console sign-in URL\r\n\
             alice,\"a,\"\"b\",https://iam.example/console/sign-in?account=team\r\n"
        );
    }
}
