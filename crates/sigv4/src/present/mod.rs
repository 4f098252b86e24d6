use crate::{Expected, Presented, Rejection, Request};

/// Finds the credentials of a request and checks everything about them that needs no key, in AWS's order.
pub fn present<'a>(
    request: &Request<'a>,
    expected: &Expected<'_>,
    now_seconds: i64,
) -> Result<Presented<'a>, Rejection> {
    let _ = (request, expected, now_seconds);
    Err(Rejection::AuthenticationMissing)
}
