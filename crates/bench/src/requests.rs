//! The requests of the measurements, signed, as bytes; and the SHA-256 blocks that each one costs.
//!
//! They are signed here and not by the crate that is measured: the blocks are counted on the way, and
//! what is wrong on both sides of that crate cannot cancel out.

use std::{
    net::SocketAddr,
    time::{SystemTime, UNIX_EPOCH},
};

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::Result;

/// The region that all requests are signed for.
pub(crate) const REGION: &str = "us-east-1";

/// The client's name for itself.
pub(crate) const USER_AGENT: &str = "keystead-bench/1.0";

/// A long-term key pair of a client.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
}

/// A signed request. Header names are in lower case and sorted.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
    pub(crate) service: &'static str,
    /// `YYYYMMDD` of the signature.
    pub(crate) date: String,
    pub(crate) blocks: Blocks,
}

/// SHA-256 blocks that nobody can save who verifies one request at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// With the pad states of the signing key at hand: canonical request, string to sign, the outer
    /// hash, and the body unless a header states its hash.
    pub(crate) prepared: usize,
    /// From the secret on: four HMACs of four blocks, and the pads of the last key.
    pub(crate) derived: usize,
}

/// `POST /` with a form, as the SDKs send it.
pub(crate) fn form_post(
    credentials: &Credentials,
    service: &'static str,
    host: &str,
    form: &str,
    seconds: i64,
) -> Signed {
    let headers = vec![
        (
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8".to_owned(),
        ),
        ("host", host.to_owned()),
    ];
    sign(credentials, service, "POST", "/", headers, form, seconds)
}

/// GetCallerIdentity.
pub(crate) fn get_caller_identity(credentials: &Credentials, server: SocketAddr) -> Result<Vec<u8>> {
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    Ok(form_post(credentials, "sts", &server.to_string(), form, now_seconds()?).to_bytes())
}

/// CreateUser.
pub(crate) fn create_user(credentials: &Credentials, server: SocketAddr, user: &str) -> Result<Vec<u8>> {
    let form = format!("Action=CreateUser&Version=2010-05-08&UserName={user}");
    Ok(form_post(credentials, "iam", &server.to_string(), &form, now_seconds()?).to_bytes())
}

/// CreateLoginProfile.
pub(crate) fn create_login_profile(
    credentials: &Credentials,
    server: SocketAddr,
    user: &str,
    password: &str,
) -> Result<Vec<u8>> {
    let form = format!("Action=CreateLoginProfile&Version=2010-05-08&UserName={user}&Password={password}");
    Ok(form_post(credentials, "iam", &server.to_string(), &form, now_seconds()?).to_bytes())
}

/// CreateAccessKey for a user.
pub(crate) fn create_access_key(
    credentials: &Credentials,
    server: SocketAddr,
    user: &str,
) -> Result<Vec<u8>> {
    let form = format!("Action=CreateAccessKey&Version=2010-05-08&UserName={user}");
    Ok(form_post(credentials, "iam", &server.to_string(), &form, now_seconds()?).to_bytes())
}

/// GetUser of the caller itself.
pub(crate) fn get_user(credentials: &Credentials, server: SocketAddr) -> Result<Vec<u8>> {
    let form = "Action=GetUser&Version=2010-05-08";
    Ok(form_post(credentials, "iam", &server.to_string(), form, now_seconds()?).to_bytes())
}

/// PutUserPolicy.
pub(crate) fn put_user_policy(
    credentials: &Credentials,
    server: SocketAddr,
    user: &str,
    document: &str,
) -> Result<Vec<u8>> {
    let document = escaped(document);
    let form = format!(
        "Action=PutUserPolicy&Version=2010-05-08&UserName={user}&PolicyName=measured&PolicyDocument={document}"
    );
    Ok(form_post(credentials, "iam", &server.to_string(), &form, now_seconds()?).to_bytes())
}

/// CreateRole.
pub(crate) fn create_role(
    credentials: &Credentials,
    server: SocketAddr,
    role: &str,
    trust_policy: &str,
) -> Result<Vec<u8>> {
    let trust_policy = escaped(trust_policy);
    let form = format!(
        "Action=CreateRole&Version=2010-05-08&RoleName={role}&AssumeRolePolicyDocument={trust_policy}"
    );
    Ok(form_post(credentials, "iam", &server.to_string(), &form, now_seconds()?).to_bytes())
}

/// AssumeRole.
pub(crate) fn assume_role(credentials: &Credentials, server: SocketAddr, role_arn: &str) -> Result<Vec<u8>> {
    let role_arn = escaped(role_arn);
    let form = format!("Action=AssumeRole&Version=2011-06-15&RoleArn={role_arn}&RoleSessionName=measured");
    Ok(form_post(credentials, "sts", &server.to_string(), &form, now_seconds()?).to_bytes())
}

/// Seconds since the epoch, as requests are dated.
pub(crate) fn now_seconds() -> Result<i64> {
    Ok(i64::try_from(
        SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
    )?)
}

/// `GET /bucket/key` with an empty body whose hash stands in a header, as S3's clients send it.
pub(crate) fn s3_get(credentials: &Credentials, host: &str, seconds: i64) -> Signed {
    let headers = vec![
        ("host", host.to_owned()),
        ("range", "bytes=0-4095".to_owned()),
        ("x-amz-content-sha256", hash(b"")),
    ];
    sign(
        credentials,
        "s3",
        "GET",
        "/examplebucket/photos/2026/11/photo-0001.jpg",
        headers,
        "",
        seconds,
    )
}

fn sign(
    credentials: &Credentials,
    service: &'static str,
    method: &'static str,
    path: &'static str,
    mut headers: Vec<(&'static str, String)>,
    body: &str,
    seconds: i64,
) -> Signed {
    let timestamp = basic_format(seconds);
    let date = timestamp.chars().take(8).collect::<String>();
    headers.push(("x-amz-date", timestamp.clone()));
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}\n"))
        .collect();
    let canonical = format!("{method}\n{path}\n\n{lines}\n{names}\n{}", hash(body.as_bytes()));
    let scope = format!("{date}/{REGION}/{service}/aws4_request");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{}",
        hash(canonical.as_bytes())
    );
    let secret = format!("AWS4{}", credentials.secret_access_key);
    let key = [date.as_str(), REGION, service, "aws4_request"]
        .iter()
        .fold(secret.into_bytes(), |key, part| mac(&key, part));
    let signature = HEXLOWER.encode(&mac(&key, &to_sign));
    let id = &credentials.access_key_id;
    headers.push((
        "authorization",
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"),
    ));
    headers.sort();
    let body_is_hashed = !headers.iter().any(|(name, _)| *name == "x-amz-content-sha256");
    let blocks = Blocks::count(
        canonical.len(),
        to_sign.len(),
        body_is_hashed.then_some(body.len()),
    );
    Signed {
        method,
        path,
        headers,
        body: body.to_owned(),
        service,
        date,
        blocks,
    }
}

impl Signed {
    /// The request as it goes over the wire, with the two unsigned headers that every client adds.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let Self {
            method, path, body, ..
        } = self;
        let length = body.len();
        format!(
            "{method} {path} HTTP/1.1\r\n{headers}user-agent: {USER_AGENT}\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

impl Blocks {
    fn count(canonical: usize, to_sign: usize, body: Option<usize>) -> Self {
        // The inner pad is a whole block, so the message after it pads as if it stood alone.
        let prepared = blocks(canonical) + blocks(to_sign) + 1 + body.map_or(0, blocks);
        Self {
            prepared,
            derived: prepared + 18,
        }
    }
}

/// Blocks of a message: it ends with a byte 0x80 and eight bytes of length.
fn blocks(bytes: usize) -> usize {
    (bytes + 9).div_ceil(64)
}

/// A value as it may stand in a form.
fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn basic_format(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn mac(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key"));
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Credentials {
        Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
        }
    }

    #[test]
    fn signs_as_botocore_does() {
        let form = "Action=ListAccessKeys&Version=2010-05-08&UserName=bob";
        let signed = form_post(&example(), "iam", "127.0.0.1:8080", form, 1_767_323_045);
        let (_, authorization) = signed
            .headers
            .iter()
            .find(|(name, _)| *name == "authorization")
            .unwrap();
        assert!(authorization.contains("Credential=AKIDEXAMPLE/20260102/us-east-1/iam/aws4_request"));
        assert!(
            authorization.ends_with("5ec159858cdc70e22fa78776f3b1b64c3b472461db969f82706b39c54df4095e"),
            "{authorization}"
        );
    }

    #[test]
    fn blocks_of_the_parts() {
        for (bytes, expected) in [(0, 1), (55, 1), (56, 2), (119, 2), (120, 3), (300, 5)] {
            assert_eq!(blocks(bytes), expected, "{bytes}");
        }
        let expected = Blocks {
            prepared: 9,
            derived: 27,
        };
        assert_eq!(Blocks::count(225, 135, Some(43)), expected);
        assert_eq!(
            Blocks::count(343, 135, None),
            Blocks {
                prepared: 10,
                derived: 28
            }
        );
    }
}
