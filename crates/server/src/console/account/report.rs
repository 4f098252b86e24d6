//! The credential report as a file.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use keystead_wire::iam;

use super::super::{problem::Problem, visitor::Visitor};

/// Asks for a report and returns it, under the name that AWS's console gives it.
pub(super) async fn download(visitor: Visitor) -> Result<Response, Problem> {
    visitor.perform::<iam::GenerateCredentialReport>(()).await?;
    let report = visitor.perform::<iam::GetCredentialReport>(()).await?;
    let made = report
        .generated_time
        .map(|time| time.to_string().replace(':', "-"));
    let name = format!("status_reports_{}.csv", made.unwrap_or_default());
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
    Ok((headers, report.content.unwrap_or_default().0).into_response())
}
