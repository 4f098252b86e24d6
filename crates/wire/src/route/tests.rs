use proptest::prelude::*;

use super::*;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded; charset=utf-8");

fn post(body: &[u8]) -> Parts<'_> {
    Parts {
        method: "POST",
        path: "/",
        query: "",
        content_type: FORM,
        target: None,
        scope_service: None,
        body,
    }
}

fn get(query: &str) -> Parts<'_> {
    Parts {
        method: "GET",
        query,
        content_type: None,
        ..post(b"")
    }
}

/// Service and operation, or code and message.
fn outcome(parts: &Parts<'_>) -> (String, String) {
    match route(parts) {
        Err(unrouted) => (
            unrouted.error.code().to_string(),
            format!("{:?}", unrouted.format),
        ),
        Ok(Call {
            service,
            operation: Ok(operation),
            ..
        }) => (format!("{service:?}"), operation.to_string()),
        Ok(Call {
            service,
            operation: Err(error),
            ..
        }) => (
            format!("{service:?} {}", error.code()),
            error.message().unwrap_or_default().to_owned(),
        ),
    }
}

#[test]
fn the_version_tells_the_service_and_the_action_alone_never_does() {
    let rows = [
        ("Action=ListUsers&Version=2010-05-08", "Iam", "iam:ListUsers"),
        (
            "Version=2011-06-15&Action=GetCallerIdentity",
            "Sts",
            "sts:GetCallerIdentity",
        ),
        (
            "Action=ListUsers&Version=2011-06-15",
            "Sts InvalidAction",
            "Could not find operation ListUsers for version 2011-06-15",
        ),
        (
            "Action=GetCallerIdentity&Version=2010-05-08",
            "Iam InvalidAction",
            "Could not find operation GetCallerIdentity for version 2010-05-08",
        ),
        (
            "Action=ListUsers&Version=2010-05-09",
            "Iam InvalidAction",
            "Could not find operation ListUsers for version 2010-05-09",
        ),
        (
            "Action=ListUsers",
            "Iam InvalidAction",
            "Could not find operation ListUsers for version NO_VERSION_SPECIFIED",
        ),
        (
            "Action=listusers&Version=2010-05-08",
            "Iam InvalidAction",
            "Could not find operation listusers for version 2010-05-08",
        ),
        (
            "Version=2010-05-08",
            "Iam MissingAction",
            "The request must contain the parameter Action.",
        ),
        (
            "Action=&Version=2011-06-15",
            "Sts MissingAction",
            "The request must contain the parameter Action.",
        ),
        (
            "",
            "Iam MissingAction",
            "The request must contain the parameter Action.",
        ),
        (
            "Action=A&Action=A&Version=2011-06-15",
            "Sts InvalidQueryParameter",
            "The parameter Action is given more than once.",
        ),
        (
            "Action=A&Version=2011-06-15&Version=2011-06-15",
            "Iam InvalidQueryParameter",
            "The parameter Version is given more than once.",
        ),
        (
            "Action=ListUsers&Version=2010-05-08&Marker=%",
            "Iam MalformedQueryString",
            "Incomplete trailing escape % sequence",
        ),
        (
            "Action=ListUsers&Version=2010-05-08&Marker=%ff",
            "Iam InvalidQueryParameter",
            "The request's parameters are not valid UTF-8.",
        ),
    ];
    for (form, service, text) in rows {
        let expected = (service.to_owned(), text.to_owned());
        assert_eq!(outcome(&post(form.as_bytes())), expected, "{form}");
        assert_eq!(outcome(&get(form)), expected, "{form}");
        // A POST may carry its parameters in the query; what stands in both is given twice.
        let both = Parts {
            query: form,
            ..post(b"X=1")
        };
        assert_eq!(outcome(&both), expected, "{form}");
    }
    let twice = Parts {
        query: "Action=ListUsers",
        ..post(b"Action=DeleteUser&Version=2010-05-08")
    };
    assert_eq!(outcome(&twice).0, "Iam InvalidQueryParameter");
}

#[test]
fn the_scope_only_helps_to_word_an_error() {
    let sts = Parts {
        scope_service: Some("sts"),
        ..post(b"Action=X&Version=1")
    };
    assert_eq!(outcome(&sts).0, "Sts InvalidAction");
    let iam = Parts {
        scope_service: Some("sts"),
        ..post(b"Action=ListUsers&Version=2010-05-08")
    };
    assert_eq!(outcome(&iam).0, "Iam");
    let other = Parts {
        scope_service: Some("s3"),
        ..post(b"Action=ListUsers")
    };
    assert_eq!(outcome(&other).0, "Iam InvalidAction");
}

#[test]
fn what_no_service_takes() {
    let form = b"Action=ListUsers&Version=2010-05-08";
    let json = Some("AWSIdentityStore.ListUsers");
    let too_large = vec![b'&'; limits::REQUEST_BODY_BYTES_MAX + 1];
    let rows = [
        (
            Parts {
                target: json,
                ..post(b"{}")
            },
            "UnknownOperationException",
            "Json",
        ),
        (
            Parts {
                path: "/client/register",
                ..post(form)
            },
            "NotFound",
            "Query(Iam)",
        ),
        (
            Parts {
                method: "PUT",
                ..post(form)
            },
            "MethodNotAllowed",
            "Query(Iam)",
        ),
        (
            Parts {
                method: "HEAD",
                ..post(b"")
            },
            "MethodNotAllowed",
            "Query(Iam)",
        ),
        (
            Parts {
                content_type: None,
                ..post(form)
            },
            "UnsupportedContentType",
            "Query(Iam)",
        ),
        (
            Parts {
                content_type: Some("application/json"),
                ..post(form)
            },
            "UnsupportedContentType",
            "Query(Iam)",
        ),
        (post(&too_large), "RequestEntityTooLarge", "Query(Iam)"),
        (
            Parts {
                scope_service: Some("sts"),
                method: "PUT",
                ..post(form)
            },
            "MethodNotAllowed",
            "Query(Sts)",
        ),
    ];
    for (parts, code, format) in rows {
        assert_eq!(outcome(&parts), (code.to_owned(), format.to_owned()), "{parts:?}");
    }
    let largest = vec![b'&'; limits::REQUEST_BODY_BYTES_MAX];
    assert_eq!(outcome(&post(&largest)).0, "Iam MissingAction");
    // A GET has no body that counts.
    let with_body = Parts {
        body: b"Action=DeleteUser",
        ..get("Action=ListUsers&Version=2010-05-08")
    };
    assert_eq!(outcome(&with_body).1, "iam:ListUsers");
}

#[test]
fn content_types_of_forms() {
    let rows = [
        ("application/x-www-form-urlencoded", true),
        ("Application/X-WWW-Form-Urlencoded;charset=UTF-8", true),
        ("application/x-www-form-urlencoded ; charset=\"utf-8\"; x=y", true),
        ("application/x-www-form-urlencoded; charset=iso-8859-1", false),
        ("application/x-www-form-urlencoded-but-not", false),
        ("text/plain; application/x-www-form-urlencoded", false),
        ("", false),
    ];
    for (content_type, form) in rows {
        assert_eq!(is_form(content_type), form, "{content_type}");
    }
}

proptest! {
    #[test]
    fn any_request_is_routed_or_refused(body: Vec<u8>, query: String, path: String, content_type: Option<String>) {
        for method in ["GET", "POST", ""] {
            let parts = Parts { method, path: &path, query: &query, content_type: content_type.as_deref(), ..post(&body) };
            let _ = route(&parts);
            let _ = route(&Parts { path: "/", content_type: FORM, ..parts });
        }
    }
}
