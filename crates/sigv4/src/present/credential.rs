use std::borrow::Cow;

use crate::{
    Expected, Form, Rejection, Scope, date::BasicDate, limits::REGION_CHARACTERS_MAX, rejection::ScopeError,
    scan, uri_encode::decode_query_text,
};

/// A credential's parts.
pub(super) struct Credential<'a> {
    pub(super) access_key_id: &'a str,
    pub(super) scope: Scope<'a>,
    terminator: &'a str,
}

/// Parts a credential, `keyid/date/region/service/aws4_request`.
///
/// In a query its slashes may be escaped. No other escape can stand in a valid one: all its characters
/// are unreserved.
pub(super) fn read(text: &str, form: Form) -> Result<Credential<'_>, Rejection> {
    let mut parts = [""; 5];
    let mut rest = Some(text);
    for part in &mut parts {
        let Some(text) = rest else {
            return Err(malformed(text, form));
        };
        (*part, rest) = split_at_slash(text, form);
    }
    if rest.is_some() {
        return Err(malformed(text, form));
    }
    let [access_key_id, date, region, service, terminator] = parts;
    Ok(Credential {
        access_key_id,
        scope: Scope {
            date,
            region,
            service,
        },
        terminator,
    })
}

/// The text up to the first slash, and the text behind it if there is one.
fn split_at_slash(text: &str, form: Form) -> (&str, Option<&str>) {
    let plain = scan::split_once(text, b'/');
    let escaped = match form {
        Form::Header => None,
        Form::Query => {
            let spellings = [text.split_once("%2F"), text.split_once("%2f")];
            spellings.into_iter().flatten().min_by_key(|(part, _)| part.len())
        }
    };
    let split = plain
        .into_iter()
        .chain(escaped)
        .min_by_key(|(part, _)| part.len());
    split.map_or((text, None), |(part, rest)| (part, Some(rest)))
}

fn malformed(text: &str, form: Form) -> Rejection {
    let shown = match form {
        Form::Header => Cow::Borrowed(text),
        Form::Query => decode_query_text(text).unwrap_or(Cow::Borrowed(text)),
    };
    Rejection::CredentialMalformed(shown.into_owned())
}

/// Checks a scope against what the service expects, and against the request's time.
pub(super) fn check_scope(
    credential: &Credential<'_>,
    date: &BasicDate,
    expected: &Expected<'_>,
) -> Result<(), Rejection> {
    let Scope {
        date: scope_date,
        region,
        service,
    } = credential.scope;
    let region_expected = match expected.regions {
        None => is_region(region),
        Some(regions) => regions.contains(&region),
    };
    let day_of_request = date
        .first_chunk::<8>()
        .is_some_and(|day| day == scope_date.as_bytes());
    let right = region_expected
        && service == expected.service
        && credential.terminator == "aws4_request"
        && day_of_request;
    if right {
        return Ok(());
    }

    let mut errors = Vec::new();
    if !region_expected {
        errors.push(ScopeError::Region {
            region: region.to_owned(),
            repeated: expected.service != "sts",
        });
    }
    if service != expected.service {
        errors.push(ScopeError::Service(expected.service.to_owned()));
    }
    if credential.terminator != "aws4_request" {
        errors.push(ScopeError::Terminator(credential.terminator.to_owned()));
    }
    if !day_of_request {
        errors.push(ScopeError::Date {
            scope: scope_date.to_owned(),
            request: date.iter().map(|byte| char::from(*byte)).collect(),
        });
    }
    Err(Rejection::ScopeWrong(errors))
}

/// Whether a name could be a region's: the characters of a host label, as SDKs require of it.
fn is_region(name: &str) -> bool {
    (1..=REGION_CHARACTERS_MAX).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
}
