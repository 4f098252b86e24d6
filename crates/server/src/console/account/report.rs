//! The credential report as a file.

use keystead_wire::iam;

use super::super::{download::csv_file, page::Answer, visitor::Visitor};

/// Asks for a report and returns it, under the name that AWS's console gives it.
pub(super) async fn download(visitor: Visitor) -> Answer {
    visitor.perform::<iam::GenerateCredentialReport>(()).await?;
    let report = visitor.perform::<iam::GetCredentialReport>(()).await?;
    let made = report
        .generated_time
        .map(|time| time.to_string().replace(':', "-"));
    let name = format!("status_reports_{}.csv", made.unwrap_or_default());
    csv_file(&name, report.content.unwrap_or_default().0)
}
