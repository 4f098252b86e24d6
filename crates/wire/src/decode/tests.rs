use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Parts, iam, route, sts};

fn call(version: &str, parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("Version", version)
        .append_pair("Action", "CreateUser");
    form.extend_pairs(parameters);
    form.finish().into_bytes()
}

fn decoded<T: Decode>(version: &str, parameters: &[(&str, &str)]) -> Result<T, ApiError> {
    let body = call(version, parameters);
    let parts = Parts {
        method: "POST",
        path: "/",
        query: "",
        content_type: Some("application/x-www-form-urlencoded; charset=utf-8"),
        target: None,
        scope_service: None,
        body: &body,
    };
    decode(&route(&parts).unwrap())
}

fn iam<T: Decode>(parameters: &[(&str, &str)]) -> Result<T, ApiError> {
    decoded(iam::VERSION, parameters)
}

fn refusal<T: Decode>(version: &str, parameters: &[(&str, &str)]) -> (String, String) {
    match decoded::<T>(version, parameters) {
        Ok(_) => (String::new(), "accepted".to_owned()),
        Err(error) => (
            error.code().to_string(),
            error.message().unwrap_or_default().to_owned(),
        ),
    }
}

fn iam_message<T: Decode>(parameters: &[(&str, &str)]) -> String {
    let (code, message) = refusal::<T>(iam::VERSION, parameters);
    assert!(
        matches!(code.as_str(), "" | "ValidationError"),
        "{code}: {message}"
    );
    message
}

#[test]
fn members_lists_structures_maps_and_scalars() {
    let user: iam::CreateUserRequest = iam(&[
        ("UserName", "alice"),
        ("Tags.member.2.Key", "b"),
        ("Tags.member.1.Value", ""),
        ("Tags.member.2.Value", "2 +@"),
        ("Tags.member.1.Key", "a"),
        ("Unknown", "ignored"),
        ("Unknown", "twice"),
        ("UserNames", "ignored"),
    ])
    .unwrap();
    let tag = |key: &str, value: &str| iam::Tag {
        key: key.to_owned(),
        value: value.to_owned(),
    };
    assert_eq!(user.user_name, "alice");
    assert_eq!(user.path, None);
    assert_eq!(user.tags, Some(vec![tag("a", ""), tag("b", "2 +@")]));

    let list: iam::ListUsersRequest = iam(&[("MaxItems", "1000"), ("PathPrefix", "/")]).unwrap();
    assert_eq!(
        (list.max_items, list.path_prefix.as_deref(), list.marker),
        (Some(1000), Some("/"), None)
    );
    for (text, value) in [("true", true), ("False", false)] {
        let login: iam::CreateLoginProfileRequest = iam(&[("PasswordResetRequired", text)]).unwrap();
        assert_eq!(login.password_reset_required, Some(value));
    }
    let untag: iam::UntagUserRequest = iam(&[("UserName", "a"), ("TagKeys", "")]).unwrap();
    assert_eq!(untag.tag_keys, Vec::<String>::new());
    let properties: iam::PutAccountPropertiesRequest = iam(&[
        ("Properties.entry.1.key", "b/c"),
        ("Properties.entry.1.value", "1"),
        ("Properties.entry.2.key", "a"),
        ("Properties.entry.2.value", "2"),
    ])
    .unwrap();
    let expected = BTreeMap::from([
        ("a".to_owned(), "2".to_owned()),
        ("b/c".to_owned(), "1".to_owned()),
    ]);
    assert_eq!(properties.properties, expected);
}

#[test]
fn constraints_in_the_words_of_iam() {
    let pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+";
    let long_key = "k".repeat(129);
    let long_path = format!("/{}/", "p".repeat(511));
    let rows = [
        (
            iam_message::<iam::GetAccessKeyLastUsedRequest>(&[]),
            "1 validation error detected: Value at 'accessKeyId' failed to satisfy constraint: Member must not be null".to_owned(),
        ),
        (
            iam_message::<iam::GetAccessKeyLastUsedRequest>(&[("AccessKeyId", "AKIA-totally-wrong-0")]),
            r"1 validation error detected: Value at 'accessKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+".to_owned(),
        ),
        (
            iam_message::<iam::GetAccessKeyLastUsedRequest>(&[("AccessKeyId", "-")]),
            r"2 validation errors detected: Value at 'accessKeyId' failed to satisfy constraint: Member must have length greater than or equal to 16; Value at 'accessKeyId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w]+".to_owned(),
        ),
        (
            iam_message::<iam::UpdateAccessKeyRequest>(&[("AccessKeyId", "AKIAIOSFODNN7EXAMPLE"), ("Status", "Invalid")]),
            "1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set".to_owned(),
        ),
        (
            iam_message::<iam::CreateUserRequest>(&[("UserName", "a"), ("Tags.member.1.Key", &long_key), ("Tags.member.1.Value", "")]),
            "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length less than or equal to 128".to_owned(),
        ),
        (
            iam_message::<iam::TagUserRequest>(&[("UserName", "a"), ("Tags.member.1.Key", "NOWAY!"), ("Tags.member.1.Value", "")]),
            format!("1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"),
        ),
        (
            iam_message::<iam::UntagUserRequest>(&[("UserName", "a"), ("TagKeys.member.1", &long_key)]),
            format!("1 validation error detected: Value at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: {pattern}, Member must not be null]"),
        ),
        (
            iam_message::<iam::CreateUserRequest>(&[("UserName", "a"), ("Path", &long_path)]),
            "1 validation error detected: Value at 'path' failed to satisfy constraint: Member must have length less than or equal to 512".to_owned(),
        ),
        (
            iam_message::<iam::UpdateAccountPasswordPolicyRequest>(&[("MaxPasswordAge", "1096"), ("MinimumPasswordLength", "129"), ("PasswordReusePrevention", "25")]),
            "3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value less than or equal to 128; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095; Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24".to_owned(),
        ),
        (
            iam_message::<iam::CreateOpenIDConnectProviderRequest>(&[("Url", &"b".repeat(256)), ("ThumbprintList.member.1", &"b".repeat(41)), ("ClientIDList.member.1", &"b".repeat(256))]),
            "3 validation errors detected: Value at 'url' failed to satisfy constraint: Member must have length less than or equal to 255; Value at 'clientIDList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 1]; Value at 'thumbprintList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 40, Member must have length greater than or equal to 40]".to_owned(),
        ),
        (
            iam_message::<iam::PutAccountPropertiesRequest>(&[("Properties.entry.1.key", "1"), ("Properties.entry.1.value", "")]),
            "2 validation errors detected: Value at 'properties' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 50, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^[A-Za-z][A-Za-z0-9/_-]*$, Member must not be null]; Value at 'properties' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must not be null]".to_owned(),
        ),
    ];
    for (message, expected) in rows {
        assert_eq!(message, expected);
    }
}

#[test]
fn bounds_hold_at_their_ends() {
    let tags = |count: usize| {
        let names: Vec<[String; 2]> = (1..=count)
            .map(|n| ["Key", "Value"].map(|member| format!("Tags.member.{n}.{member}")))
            .collect();
        let mut parameters = vec![("UserName", "a")];
        parameters.extend(names.iter().flatten().map(|name| (name.as_str(), "x")));
        iam_message::<iam::TagUserRequest>(&parameters)
    };
    assert_eq!(tags(50), "accepted");
    assert!(tags(51).ends_with(
        "Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50"
    ));
    for (number, accepted) in [
        ("0", false),
        ("1", true),
        ("1000", true),
        ("1001", false),
        ("-1", false),
    ] {
        let message = iam_message::<iam::ListUsersRequest>(&[("MaxItems", number)]);
        assert_eq!(message == "accepted", accepted, "{number}: {message}");
    }
    // Lengths are in characters, not in bytes.
    for (length, accepted) in [(256, true), (257, false)] {
        let value = "ä".repeat(length);
        let parameters = [
            ("UserName", "a"),
            ("Tags.member.1.Key", "k"),
            ("Tags.member.1.Value", value.as_str()),
        ];
        assert_eq!(
            iam_message::<iam::TagUserRequest>(&parameters) == "accepted",
            accepted,
            "{length}"
        );
    }
}

#[test]
fn names_and_paths_in_a_sentence_of_their_own() {
    let name = |field: &str| {
        format!(
            "The specified value for {field} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        )
    };
    let path = "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    for text in ["", "a/b", "ä", "a b", "a\u{0}"] {
        assert_eq!(
            iam_message::<iam::CreateUserRequest>(&[("UserName", text)]),
            name("userName"),
            "{text:?}"
        );
    }
    assert_eq!(
        iam_message::<iam::UpdateUserRequest>(&[("UserName", "a"), ("NewUserName", "*")]),
        name("newUserName")
    );
    assert_eq!(
        iam_message::<iam::CreateGroupRequest>(&[("GroupName", "*")]),
        name("groupName")
    );
    for text in ["", "invalid-path/", "/a", "/a b/", "//"] {
        let parameters = [("UserName", "a"), ("Path", text)];
        assert_eq!(
            iam_message::<iam::CreateUserRequest>(&parameters),
            path,
            "{text:?}"
        );
    }
    // A failed constraint comes first: it is an earlier check on AWS.
    let both = iam_message::<iam::CreateUserRequest>(&[("UserName", "*"), ("Tags.member.1.Key", "k")]);
    assert_eq!(
        both,
        "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"
    );
    let long = iam_message::<iam::CreateUserRequest>(&[("UserName", &"n".repeat(65))]);
    assert!(long.ends_with(
        "Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"
    ));
}

#[test]
fn sts_repeats_the_value_unless_it_is_sensitive() {
    let arn = "arn:aws:iam::123456789012:role/r";
    let (_, message) = refusal::<sts::AssumeRoleRequest>(
        sts::VERSION,
        &[("RoleArn", arn), ("RoleSessionName", "Session1:2")],
    );
    assert_eq!(
        message,
        r"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"
    );
    let (_, message) = refusal::<sts::GetAccessKeyInfoRequest>(sts::VERSION, &[]);
    assert_eq!(
        message,
        "1 validation error detected: Value null at 'accessKeyId' failed to satisfy constraint: Member must not be null"
    );
    let (_, message) = refusal::<sts::AssumeRoleWithWebIdentityRequest>(
        sts::VERSION,
        &[
            ("RoleArn", arn),
            ("RoleSessionName", "ab"),
            ("WebIdentityToken", "abc"),
            ("DurationSeconds", "1"),
        ],
    );
    assert_eq!(
        message,
        "2 validation errors detected: Value at 'webIdentityToken' failed to satisfy constraint: Member must have length greater than or equal to 4; Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
    );
}

#[test]
fn malformed_and_repeated_parameters() {
    let rows: [(&[(&str, &str)], &str); 12] = [
        (
            &[("UserName", "a"), ("UserName", "a")],
            "The parameter UserName is given more than once.",
        ),
        (
            &[("UserName.member.1", "a")],
            "Start of structure or map found where not expected",
        ),
        (
            &[("UserName", "a"), ("Tags", "x")],
            "Unexpected list element termination",
        ),
        (
            &[("UserName", "a"), ("Tags", ""), ("Tags.member.1.Key", "x")],
            "Unexpected list element termination",
        ),
        (
            &[("UserName", "a"), ("Tags.1.Key", "x")],
            "Top level element may not be treated as a list",
        ),
        (
            &[("UserName", "a"), ("Tags.member.1", "x")],
            "Unexpected complex element termination",
        ),
        (
            &[("UserName", "a"), ("Tags.member.0.Key", "x")],
            "List elements must be numbered from 1 without a gap",
        ),
        (
            &[("UserName", "a"), ("Tags.member.01.Key", "x")],
            "List elements must be numbered from 1 without a gap",
        ),
        (
            &[("UserName", "a"), ("Tags.member.2.Key", "x")],
            "List elements must be numbered from 1 without a gap",
        ),
        (
            &[("UserName", "a"), ("Tags.member.x.Key", "x")],
            "List elements must be numbered from 1 without a gap",
        ),
        (
            &[("UserName", "a"), ("Tags.member.99999999999999999999.Key", "x")],
            "List elements must be numbered from 1 without a gap",
        ),
        (
            &[
                ("UserName", "a"),
                ("Tags.member.1.Key", "x"),
                ("Tags.member.1.Key", "x"),
            ],
            "The parameter Key is given more than once.",
        ),
    ];
    for (parameters, expected) in rows {
        let (code, message) = refusal::<iam::CreateUserRequest>(iam::VERSION, parameters);
        assert_eq!(message, expected, "{parameters:?}");
        let repeated = message.starts_with("The parameter");
        assert_eq!(
            code,
            if repeated {
                "InvalidQueryParameter"
            } else {
                "MalformedInput"
            }
        );
    }
    for text in ["", "1.5", "abc", "2147483648", " 1"] {
        let (code, _) = refusal::<iam::ListUsersRequest>(iam::VERSION, &[("MaxItems", text)]);
        assert_eq!(code, "MalformedInput", "{text:?}");
    }
    let (code, _) =
        refusal::<iam::CreateLoginProfileRequest>(iam::VERSION, &[("PasswordResetRequired", "yes")]);
    assert_eq!(code, "MalformedInput");
    let (code, _) = refusal::<iam::PutAccountPropertiesRequest>(
        iam::VERSION,
        &[("Properties.entry.1.key", "a"), ("Properties.entry.2.key", "a")],
    );
    assert_eq!(code, "InvalidQueryParameter");
}

#[test]
fn an_answer_does_not_outgrow_what_was_asked() {
    let names: Vec<String> = (1..=1000).map(|n| format!("Tags.member.{n}.Key")).collect();
    let mut parameters = vec![("UserName", "a")];
    parameters.extend(names.iter().map(|name| (name.as_str(), "!")));
    let message = iam_message::<iam::TagUserRequest>(&parameters);
    assert!(
        message.starts_with("50 validation errors detected: "),
        "{message}"
    );
}

proptest! {
    #[test]
    fn any_parameters_are_read_or_refused(
        given in prop::collection::vec(
            ("(UserName|Path|Tags|Marker)?[.]?(member|entry)?[.]?[0-9]?[.]?(Key|Value|\\PC{0,3})?", ".{0,8}"),
            0..8,
        ),
        version in prop::sample::select(vec![iam::VERSION, sts::VERSION]),
    ) {
        let parameters: Vec<(&str, &str)> = given.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let _ = decoded::<iam::CreateUserRequest>(version, &parameters);
        let _ = decoded::<iam::ListUsersRequest>(version, &parameters);
        let _ = decoded::<sts::AssumeRoleRequest>(version, &parameters);
    }
}
