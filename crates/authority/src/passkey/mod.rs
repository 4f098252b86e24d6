//! Passkeys: what a browser is asked about them, and what its answer is worth. The WebAuthn rules are `webauthn-rs`'s,
//! which draws its challenges by itself.
//!
//! What was asked stays with the session of the console that it was asked in, in the store: neither the browser nor
//! another session can bring it along.

mod registration;

use keystead_store::PasskeyRecord;
use keystead_types::{Timestamp, limits};
use keystead_wire::ApiError;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::Url;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{Passkey, PasskeyAuthentication, PasskeyRegistration},
};

pub use registration::Passkeys;

/// Longest name that a host can have.
const HOST_BYTES_MAX: usize = 253;
/// What browsers show as the name of who asks.
const ASKER: &str = "Keystead";

/// Where the console is, as passkeys know it. Authenticators tell hosts apart and no ports, so the origin is compared
/// here: what listens at another port of the host could be anybody's.
#[derive(Clone, Debug)]
pub struct PasskeySite {
    origin: String,
    webauthn: Webauthn,
}

/// What the browser of a session was asked, as it is stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct AskedOfBrowser {
    origin: String,
    /// Unix time.
    asked_at: i64,
    what: Question,
}

#[derive(Serialize, Deserialize)]
pub(crate) enum Question {
    /// To make a passkey for a user.
    Make {
        /// Unique id.
        user: String,
        user_name: String,
        /// What the serial number will be.
        serial: String,
        state: PasskeyRegistration,
    },
    /// To show that one of the user's passkeys is there.
    Use(PasskeyAuthentication),
}

impl PasskeySite {
    /// The site at an origin, such as `https://keys.example.com`; `None` where browsers have no passkeys: without
    /// encryption or without a host's name, unless it is `localhost`.
    pub fn at(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let host = url.domain()?;
        let is_local = host == "localhost" || host.ends_with(".localhost");
        let is_secure = url.scheme() == "https" || is_local;
        let is_origin = url.origin().ascii_serialization().eq_ignore_ascii_case(origin);
        if !is_secure || !is_origin || host.len() > HOST_BYTES_MAX {
            return None;
        }
        let webauthn = WebauthnBuilder::new(host, &url).ok()?.rp_name(ASKER).build();
        Some(Self {
            origin: url.origin().ascii_serialization(),
            webauthn: webauthn.ok()?,
        })
    }

    /// The origin.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn webauthn(&self) -> &Webauthn {
        &self.webauthn
    }

    pub(crate) fn asks(&self, what: Question, now: Timestamp) -> AskedOfBrowser {
        AskedOfBrowser {
            origin: self.origin.clone(),
            asked_at: now.seconds(),
            what,
        }
    }

    /// Those of the passkeys that work here.
    pub(crate) fn passkeys(&self, records: &[PasskeyRecord]) -> Result<Vec<Passkey>, ApiError> {
        let here = records.iter().filter(|record| record.origin == self.origin);
        here.map(credential).collect()
    }
}

impl AskedOfBrowser {
    /// What is stored of it.
    pub(crate) fn to_text(&self) -> Result<String, ApiError> {
        to_text(self)
    }

    /// What was asked here and not too long ago.
    pub(crate) fn of_text(text: &str, site: &PasskeySite, now: Timestamp) -> Option<Question> {
        let asked: Self = serde_json::from_str(text).ok()?;
        let is_recent = (0..limits::PASSKEY_SECONDS).contains(&(now.seconds() - asked.asked_at));
        (is_recent && asked.origin == site.origin).then_some(asked.what)
    }
}

/// What a passkey's record holds for the check of what it signs.
pub(crate) fn credential(record: &PasskeyRecord) -> Result<Passkey, ApiError> {
    let passkey = serde_json::from_str(&record.credential);
    passkey.map_err(|_| {
        ApiError::service_failure("the column credential of iam_passkey is unreadable".to_owned())
    })
}

/// An answer of a browser, if it has the form of one.
pub(crate) fn browsers_answer<T: DeserializeOwned>(text: &str) -> Option<T> {
    let fits = text.len() <= limits::PASSKEY_ANSWER_BYTES_MAX;
    fits.then(|| serde_json::from_str(text).ok())?
}

/// What goes to a browser, or into the store.
pub(crate) fn to_text<T: Serialize>(value: &T) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::service_failure(error.to_string()))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn passkeys_are_where_browsers_have_them() {
        let long = format!("https://{}.example.com", "a".repeat(250));
        let rows = [
            ("https://keys.example.com", Some("https://keys.example.com")),
            ("https://Keys.Example.com", Some("https://keys.example.com")),
            (
                "https://keys.example.com:8443",
                Some("https://keys.example.com:8443"),
            ),
            ("http://localhost:9000", Some("http://localhost:9000")),
            ("http://keys.localhost:9000", Some("http://keys.localhost:9000")),
            ("http://keys.example.com", None),
            ("http://127.0.0.1:9000", None),
            ("https://127.0.0.1:9000", None),
            ("https://[::1]:9000", None),
            ("http://notlocalhost", None),
            ("http://user@localhost", None),
            ("http://localhost/x", None),
            ("http://localhost?x", None),
            ("http://%6cocalhost", None),
            (&long, None),
            ("localhost", None),
            ("https://", None),
            ("", None),
        ];
        for (given, origin) in rows {
            let site = PasskeySite::at(given);
            assert_eq!(site.as_ref().map(PasskeySite::origin), origin, "{given}");
        }
    }

    #[test]
    fn a_question_is_good_where_it_was_asked_for_ten_minutes() {
        let site = PasskeySite::at("https://keys.example.com").unwrap();
        let user = Uuid::from_bytes([7; 16]);
        let (_, state) = site
            .webauthn()
            .start_passkey_registration(user, "alice", "alice", None)
            .unwrap();
        let question = Question::Make {
            user: "AIDA".to_owned(),
            user_name: "alice".to_owned(),
            serial: "arn".to_owned(),
            state,
        };
        let at = Timestamp::from_seconds;
        let text = site.asks(question, at(1000)).to_text().unwrap();
        let port = PasskeySite::at("https://keys.example.com:8443").unwrap();
        let other = PasskeySite::at("https://example.com").unwrap();
        let rows = [
            (&site, 1000, true),
            (&site, 1599, true),
            (&site, 1600, false),
            (&site, 999, false),
            (&port, 1000, false),
            (&other, 1000, false),
        ];
        for (site, now, is_good) in rows {
            let found = AskedOfBrowser::of_text(&text, site, at(now));
            assert_eq!(found.is_some(), is_good, "{} {now}", site.origin());
        }
        assert!(AskedOfBrowser::of_text("{}", &site, at(1000)).is_none());
    }

    #[test]
    fn what_is_no_answer_is_none() {
        let long = format!("\"{}\"", "a".repeat(limits::PASSKEY_ANSWER_BYTES_MAX));
        assert_eq!(browsers_answer::<String>("\"a\"").as_deref(), Some("a"));
        assert_eq!(browsers_answer::<String>(&long), None);
        assert_eq!(browsers_answer::<String>("{"), None);
    }
}
