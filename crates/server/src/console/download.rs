//! Files that pages give out.

use axum::response::IntoResponse;
use http::{HeaderValue, header};

use super::{page::Answer, problem::Problem};

/// A CSV file. The name must have no quotation mark and no backslash, which no name of AWS's may have.
pub(super) fn csv_file(name: &str, text: impl IntoResponse) -> Answer {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            disposition.map_err(|_| Problem::NotFound)?,
        ),
    ];
    Ok((headers, text).into_response())
}

/// A field of a CSV file; names, passwords and imported secrets may have commas and quotes.
pub(super) fn csv_field(field: &str) -> String {
    match field.contains([',', '"']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}
