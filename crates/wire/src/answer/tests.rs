use keystead_types::{Random, Timestamp};
use proptest::prelude::*;
use quick_xml::{Reader, events::Event};

use super::*;
use crate::{Operate, iam, sts};

struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x77);
    }
}

fn request_id() -> RequestId {
    RequestId::generate(&Sevens)
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

/// Every text of a document, by the path of its element.
fn texts(document: &str) -> Vec<(String, String)> {
    let mut reader = Reader::from_str(document);
    let mut path: Vec<String> = Vec::new();
    let mut texts: Vec<(String, String)> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) => path.push(element.name().as_ref().to_owned()),
            Event::End(_) => drop(path.pop()),
            Event::Empty(element) => {
                let name = element.name().as_ref().to_owned();
                texts.push((format!("{}/{name}", path.join("/")), String::new()));
            }
            Event::Text(text) => append(&mut texts, &path.join("/"), &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().unwrap() {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference)
                        .unwrap()
                        .to_owned(),
                };
                append(&mut texts, &path.join("/"), &character);
            }
            Event::Eof => return texts,
            other => panic!("{other:?}"),
        }
    }
}

fn append(texts: &mut Vec<(String, String)>, path: &str, text: &str) {
    match texts.last_mut() {
        Some((last, content)) if last == path => content.push_str(text),
        _ => texts.push((path.to_owned(), text.to_owned())),
    }
}

#[test]
fn an_output_stands_in_its_result_element() {
    let output = iam::CreateAccessKeyResponse {
        access_key: iam::AccessKey {
            user_name: "bob".to_owned(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            status: "Active".to_owned(),
            secret_access_key: "a+b/c".to_owned().into(),
            create_date: Some(Timestamp::from_seconds(1_770_806_438)),
        },
    };
    let answer = encode_response(iam::CreateAccessKey::OPERATION, &output, request_id());
    assert_eq!((answer.status, answer.content_type), (200, "text/xml"));
    assert_eq!(
        text(&answer),
        "<CreateAccessKeyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateAccessKeyResult><AccessKey>\
         <UserName>bob</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>Active</Status>\
         <SecretAccessKey>a+b/c</SecretAccessKey><CreateDate>2026-02-11T10:40:38Z</CreateDate></AccessKey>\
         </CreateAccessKeyResult><ResponseMetadata><RequestId>77777777-7777-4777-b777-777777777777</RequestId>\
         </ResponseMetadata></CreateAccessKeyResponse>"
    );
}

#[test]
fn no_output_means_no_result_element() {
    let answer = encode_response(iam::DeleteAccessKey::OPERATION, &(), request_id());
    assert_eq!(
        text(&answer),
        "<DeleteAccessKeyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
         <RequestId>77777777-7777-4777-b777-777777777777</RequestId></ResponseMetadata></DeleteAccessKeyResponse>"
    );
}

#[test]
fn lists_maps_and_absent_members() {
    let empty = iam::ListAccessKeysResponse {
        access_key_metadata: Vec::new(),
        is_truncated: Some(false),
        marker: None,
    };
    let answer = encode_response(iam::ListAccessKeys::OPERATION, &empty, request_id());
    assert!(text(&answer).contains(
        "<ListAccessKeysResult><AccessKeyMetadata/><IsTruncated>false</IsTruncated></ListAccessKeysResult>"
    ));
    let summary = iam::GetAccountSummaryResponse {
        summary_map: Some([("Users".to_owned(), 5), ("AccessKeysPerUserQuota".to_owned(), 2)].into()),
    };
    let answer = encode_response(iam::GetAccountSummary::OPERATION, &summary, request_id());
    assert!(text(&answer).contains(
        "<SummaryMap><entry><key>AccessKeysPerUserQuota</key><value>2</value></entry>\
         <entry><key>Users</key><value>5</value></entry></SummaryMap>"
    ));
    let tags = iam::ListUserTagsResponse {
        tags: vec![iam::Tag {
            key: "k".to_owned(),
            value: String::new(),
        }],
        is_truncated: Some(true),
        marker: Some("m".to_owned()),
    };
    let answer = encode_response(iam::ListUserTags::OPERATION, &tags, request_id());
    assert!(text(&answer).contains(
        "<Tags><member><Key>k</Key><Value/></member></Tags><IsTruncated>true</IsTruncated><Marker>m</Marker>"
    ));
}

#[test]
fn errors_stand_in_their_envelope() {
    let error = ApiError::no_such_user("<&>").for_operator("canary");
    let answer = encode_error(ErrorFormat::Query(Service::Iam), &error, request_id());
    assert_eq!((answer.status, answer.content_type), (404, "text/xml"));
    assert_eq!(
        text(&answer),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>NoSuchEntity</Code><Message>The user with name &lt;&amp;&gt; cannot be found.</Message></Error>\
         <RequestId>77777777-7777-4777-b777-777777777777</RequestId></ErrorResponse>"
    );
    let error = ApiError::service_unavailable("disk full".to_owned());
    let answer = encode_error(ErrorFormat::Query(Service::Sts), &error, request_id());
    assert_eq!((answer.status, error.code()), (503, ErrorCode::ServiceFailure));
    assert!(
        text(&answer)
            .contains("xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Receiver</Type>")
    );
    assert!(!text(&answer).contains("disk"));
    let redirect = encode_error(
        ErrorFormat::Query(Service::Sts),
        &ApiError::method_not_allowed(),
        request_id(),
    );
    assert_eq!(
        (redirect.status, redirect.location),
        (302, Some("https://docs.aws.amazon.com/STS/latest/APIReference/"))
    );
    let json = encode_error(ErrorFormat::Json, &ApiError::unknown_target("a.B"), request_id());
    assert_eq!(
        (json.status, json.content_type),
        (400, "application/x-amz-json-1.1")
    );
    assert_eq!(
        text(&json),
        r#"{"__type":"UnknownOperationException","message":"Could not find operation a.B"}"#
    );
}

proptest! {
    #[test]
    fn a_parser_gives_back_every_text(account: String, arn in "\\PC*[\\r\\n\\t&<>\"' ]*\\PC*", user_id: String) {
        let output = sts::GetCallerIdentityResponse {
            user_id: Some(user_id.clone()),
            account: Some(account.clone()),
            arn: Some(arn.clone()),
        };
        let answer = encode_response(sts::GetCallerIdentity::OPERATION, &output, request_id());
        let found = texts(text(&answer));
        for (name, given) in [("UserId", user_id), ("Account", account), ("Arn", arn)] {
            // What XML cannot hold is replaced; nothing else changes.
            let legal = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
            let expected: String = given.chars().map(|c| if legal(c) { c } else { '\u{fffd}' }).collect();
            let path = format!("GetCallerIdentityResponse/GetCallerIdentityResult/{name}");
            let element = found.iter().find(|(element, _)| *element == path).map(|(_, text)| text.clone());
            prop_assert_eq!(element, Some(expected));
        }
    }
}
