//! The pair as a file. The page sends it back to be returned as a download; the server keeps nothing.

use keystead_types::{AccessKeyId, SecretAccessKey, UserName};

use super::super::{
    download::{csv_field, csv_file},
    fields::Form,
    page::Answer,
    problem::Problem,
    visitor::Visitor,
};

/// Which columns a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Columns {
    /// Those of AWS's console.
    Pair,
    /// Those that `aws configure import` reads, with a profile's name.
    Profile,
}

/// `/console/access-key-file`
pub(super) async fn file(_: Visitor, form: Form) -> Answer {
    let user: UserName = form.text("user").parse().map_err(|_| Problem::NotFound)?;
    let id: AccessKeyId = form.text("id").parse().map_err(|_| Problem::NotFound)?;
    let secret = SecretAccessKey::import(form.text("secret")).map_err(|_| Problem::NotFound)?;
    let columns = match form.text("columns") {
        "profile" => Columns::Profile,
        _ => Columns::Pair,
    };
    let name = match columns {
        Columns::Pair => format!("{user}_accessKeys.csv"),
        Columns::Profile => format!("{user}_profile.csv"),
    };
    csv_file(&name, text(columns, &user, &id, &secret))
}

/// The file's text: with a byte order mark and CRLF, as AWS's console writes it. `aws configure import` would take
/// the mark for a part of the first column's name, so its file has none.
fn text(columns: Columns, user: &UserName, id: &AccessKeyId, secret: &SecretAccessKey) -> String {
    let secret = csv_field(secret.expose());
    match columns {
        Columns::Pair => format!("\u{feff}Access key ID,Secret access key\r\n{id},{secret}\r\n"),
        Columns::Profile => {
            let user = csv_field(user.as_str());
            format!("User Name,Access key ID,Secret access key\r\n{user},{id},{secret}\r\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_columns_of_awss_console_and_of_its_cli() {
        let user: UserName = "a,b".parse().unwrap();
        let id: AccessKeyId = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let secret = SecretAccessKey::import("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12").unwrap();
        let pair = text(Columns::Pair, &user, &id, &secret);
        assert_eq!(
            pair,
            "\u{feff}Access key ID,Secret access key\r\n\
             AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12\r\n"
        );
        let profile = text(Columns::Profile, &user, &id, &secret);
        assert_eq!(
            profile,
            "User Name,Access key ID,Secret access key\r\n\
             \"a,b\",AKIAIOSFODNN7EXAMPLE,wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12\r\n"
        );
    }
}
