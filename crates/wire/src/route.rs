//! Which service and which operation a request is for.

use keystead_types::limits;

use crate::{ApiError, ErrorFormat, Operation, Parameters, Service};

/// The parts of a request that tell what it asks for.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// Method, in upper case.
    pub method: &'a str,
    /// Path, as on the wire.
    pub path: &'a str,
    /// Query, as on the wire, without `?`; empty when there is none.
    pub query: &'a str,
    /// Header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// Header `X-Amz-Target`, which the JSON protocols carry.
    pub target: Option<&'a str>,
    /// The service in the scope of the request's credential, not yet verified. It only helps to
    /// answer a request that names no known version in the right namespace.
    pub scope_service: Option<&'a str>,
    /// Body.
    pub body: &'a [u8],
}

/// A request for one of the services. Nothing of it is to be trusted before it is authenticated.
#[derive(Debug)]
pub struct Call<'a> {
    /// The service, from `Version`. The credential's scope has to name the same.
    pub service: Service,
    /// The operation, or why there is none. AWS authenticates a request before it says so.
    pub operation: Result<&'static Operation, ApiError>,
    /// All parameters.
    pub parameters: Parameters<'a>,
}

/// A request that no service takes; it is answered without authentication.
#[derive(Debug)]
pub struct Unrouted {
    /// What to answer.
    pub error: ApiError,
    /// In which form.
    pub format: ErrorFormat,
}

impl Call<'_> {
    /// How the client expects an error.
    pub fn error_format(&self) -> ErrorFormat {
        ErrorFormat::Query(self.service)
    }
}

/// Finds the service and the operation of a request.
///
/// The service comes from `X-Amz-Target`, the path and `Version`, never from the name of the
/// action: `ListUsers` and others exist in several services.
///
/// # Errors
///
/// [`Unrouted`] for a target, path, method, size or content type that no service takes.
pub fn route<'a>(parts: &Parts<'a>) -> Result<Call<'a>, Unrouted> {
    if let Some(target) = parts.target {
        // No JSON service is here yet; their errors are JSON all the same, or the client could not read them.
        return Err(Unrouted {
            error: ApiError::unknown_target(target),
            format: ErrorFormat::Json,
        });
    }
    let hint = parts
        .scope_service
        .and_then(Service::of_signing_name)
        .unwrap_or(Service::Iam);
    let refuse = |error| Unrouted {
        error,
        format: ErrorFormat::Query(hint),
    };
    if parts.path != "/" && !parts.path.is_empty() {
        return Err(refuse(ApiError::unknown_path()));
    }
    let body = match parts.method {
        "GET" => &[][..],
        "POST" => parts.body,
        _ => return Err(refuse(ApiError::method_not_allowed())),
    };
    if body.len() > limits::REQUEST_BODY_BYTES_MAX {
        return Err(refuse(ApiError::body_too_large(limits::REQUEST_BODY_BYTES_MAX)));
    }
    if !body.is_empty() && !parts.content_type.is_some_and(is_form) {
        return Err(refuse(ApiError::unsupported_content_type()));
    }
    Ok(match Parameters::parse([parts.query.as_bytes(), body]) {
        Ok(parameters) => {
            let (service, operation) = operation(hint, &parameters);
            Call {
                service,
                operation,
                parameters,
            }
        }
        Err(error) => Call {
            service: hint,
            operation: Err(error),
            parameters: Parameters::default(),
        },
    })
}

fn operation(hint: Service, parameters: &Parameters<'_>) -> (Service, Result<&'static Operation, ApiError>) {
    let version = match parameters.single("Version") {
        Ok(version) => version,
        Err(error) => return (hint, Err(error)),
    };
    let named = version.and_then(Service::of_version);
    let service = named.unwrap_or(hint);
    let operation = match parameters.single("Action") {
        Err(error) => Err(error),
        Ok(None | Some("")) => Err(ApiError::missing_action()),
        Ok(Some(action)) => named
            .and_then(|service| service.operation(action))
            .ok_or_else(|| ApiError::unknown_operation(action, version.unwrap_or("NO_VERSION_SPECIFIED"))),
    };
    (service, operation)
}

/// A form, in UTF-8 if it says in what.
fn is_form(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let form = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"));
    form && parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests;
