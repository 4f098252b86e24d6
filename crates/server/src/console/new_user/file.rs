//! The password as a file, of the columns that AWS's console writes. The page sends it back to be returned as a
//! download; the server keeps nothing.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use keystead_types::UserName;
use zeroize::Zeroizing;

use super::super::{fields::Form, problem::Problem, visitor::Visitor};

/// `/console/user-credentials-file`
pub(super) async fn file(_: Visitor, form: Form) -> Result<Response, Problem> {
    let user: UserName = form.text("user").parse().map_err(|_| Problem::NotFound)?;
    // A user's name has no character that would end the quotes.
    let disposition = format!("attachment; filename=\"{user}_credentials.csv\"");
    let disposition = HeaderValue::try_from(disposition).map_err(|_| Problem::NotFound)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    let text = text(&user, form.text("password"), form.text("sign-in-url"));
    Ok((headers, text.to_string()).into_response())
}

fn text(user: &UserName, password: &str, sign_in_url: &str) -> Zeroizing<String> {
    let fields = [user.as_str(), password, sign_in_url].map(quoted);
    Zeroizing::new(format!(
        "\u{feff}User name,Password,Console sign-in URL\r\n{}\r\n",
        fields.join(",")
    ))
}

fn quoted(field: &str) -> String {
    match field.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_columns_of_awss_console() {
        let user: UserName = "alice".parse().unwrap();
        let text = text(&user, "a,\"b", "https://iam.example/console/sign-in?account=team");
        assert_eq!(
            *text,
            "\u{feff}User name,Password,Console sign-in URL\r\n\
             alice,\"a,\"\"b\",https://iam.example/console/sign-in?account=team\r\n"
        );
    }
}
