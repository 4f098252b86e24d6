//! Verification in process, against the SHA-256 blocks of the same request and against peers.

use std::{hint::black_box, time::Duration};

use keystead_sigv4::{BodyHash, Expected, HeaderField, Rejection, Request, ServiceKind, SigningKey, present};

use crate::{
    Context, Result,
    in_process::{Case, hash_blocks, take_rounds},
    machine,
    requests::{self, Credentials, REGION, Signed},
    table::{Goal, Row, Table},
};

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    table.note("Verification: nanoseconds of the thread's own processor time; floor: compress256 over as many blocks");
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
    };
    let seconds = requests::now_seconds()?;
    let form = "Action=GetCallerIdentity&Version=2011-06-15";
    let post = requests::form_post(&credentials, "sts", "127.0.0.1:7450", form, seconds);
    let get = requests::s3_get(&credentials, "127.0.0.1:7450", seconds);
    for (title, signed) in [("GetCallerIdentity POST", &post), ("S3 GET", &get)] {
        one_request(context, table, title, signed, &credentials, seconds)?;
    }
    Ok(())
}

fn one_request(
    context: &Context,
    table: &mut Table,
    title: &str,
    signed: &Signed,
    credentials: &Credentials,
    seconds: i64,
) -> Result<()> {
    let ours = Ours::of(signed, credentials, seconds)?;
    let blocks = signed.blocks;
    let mut cases = vec![
        Case::new(
            "floor, prepared",
            Box::new(|count| Ok(hash_blocks(blocks.prepared, count))),
        ),
        Case::new(
            "floor, derived",
            Box::new(|count| Ok(hash_blocks(blocks.derived, count))),
        ),
        Case::new("ours, prepared", Box::new(|count| ours.prepared(count))),
        Case::new("ours, derived", Box::new(|count| ours.derived(count))),
    ];
    cases.extend(peers(signed, credentials, seconds));
    take_rounds(context.rounds, &mut cases)?;
    let [floor_prepared, floor_derived, prepared, derived, peers @ ..] = cases.as_slice() else {
        return Err("the cases are fewer than were made".into());
    };
    let rows = [
        ("key prepared", prepared, floor_prepared, blocks.prepared, 2.0),
        // Deriving is extra work of ours, not of the request: the goal holds against the request's blocks.
        ("key derived", derived, floor_prepared, blocks.prepared, 4.0),
    ];
    for (which, case, floor, count, goal) in rows {
        let row = Row::new(format!("verify {title}, {which}"), case.show()?);
        let row = row.floor(format!("{} ({count} blocks)", floor.show()?));
        table.push(row.ratio(case.ratio_to(floor)?, Some(Goal::AtMost(goal))));
    }
    let row = Row::new(
        format!("verify {title}, key derived, all blocks"),
        derived.show()?,
    );
    let row = row.floor(format!("{} ({} blocks)", floor_derived.show()?, blocks.derived));
    table.push(row.ratio(derived.ratio_to(floor_derived)?, None));
    for peer in peers {
        let (against, goal) = match peer.name {
            "scratchstack, prepared" => (prepared, Some(Goal::AtLeast(5.0))),
            "scratchstack, derived" => (derived, None),
            // It has no cache of keys, so what it does on each request is set against what we do.
            _ => (prepared, Some(Goal::AtLeast(4.0))),
        };
        let row = Row::new(
            format!("{}: {title}, in multiples of ours", peer.name),
            peer.show()?,
        );
        table.push(row.floor(against.show()?).ratio(peer.ratio_to(against)?, goal));
    }
    Ok(())
}

/// A request as the server hands it to the verification.
struct Ours<'a> {
    headers: Vec<HeaderField<'a>>,
    signed: &'a Signed,
    secret: &'a [u8],
    key: SigningKey,
    seconds: i64,
}

impl<'a> Ours<'a> {
    /// Checks first that the right signature passes and a wrong one does not.
    fn of(signed: &'a Signed, credentials: &'a Credentials, seconds: i64) -> Result<Self> {
        let field = |(name, value): &'a (&'static str, String)| HeaderField {
            name,
            value: value.as_bytes(),
        };
        let secret = credentials.secret_access_key.as_bytes();
        let key = SigningKey::derive(secret, &signed.date, REGION, signed.service);
        let ours = Self {
            headers: signed.headers.iter().map(field).collect(),
            signed,
            secret,
            key,
            seconds,
        };
        ours.verify(&ours.key)
            .map_err(|rejection| format!("a right signature was refused: {rejection}"))?;
        let wrong = SigningKey::derive(b"another secret", &signed.date, REGION, signed.service);
        match ours.verify(&wrong) {
            Ok(()) => Err("a wrong signature was accepted".into()),
            Err(_) => Ok(ours),
        }
    }

    fn verify(&self, key: &SigningKey) -> std::result::Result<(), Rejection> {
        let request = Request {
            method: self.signed.method,
            path: self.signed.path,
            query: "",
            headers: black_box(&self.headers),
        };
        let kind = if self.signed.service == "s3" {
            ServiceKind::S3
        } else {
            ServiceKind::Other
        };
        let expected = Expected {
            service: self.signed.service,
            kind,
            regions: None,
            skew_seconds_max: 900,
        };
        let presented = present(&request, &expected, self.seconds)?;
        let body = BodyHash::of(black_box(self.signed.body.as_bytes()));
        presented.verify(key, body).map(|valid| drop(black_box(valid)))
    }

    fn prepared(&self, count: usize) -> Result<Duration> {
        repeat(count, || self.verify(black_box(&self.key)))
    }

    fn derived(&self, count: usize) -> Result<Duration> {
        let Signed { date, service, .. } = self.signed;
        repeat(count, || {
            self.verify(&SigningKey::derive(black_box(self.secret), date, REGION, service))
        })
    }
}

fn repeat(count: usize, mut verify: impl FnMut() -> std::result::Result<(), Rejection>) -> Result<Duration> {
    let begin = machine::thread_time();
    for _ in 0..count {
        verify().map_err(|rejection| format!("a right signature was refused: {rejection}"))?;
    }
    Ok(machine::thread_time() - begin)
}

#[cfg(feature = "peers")]
fn peers<'a>(signed: &'a Signed, credentials: &'a Credentials, seconds: i64) -> Vec<Case<'a>> {
    use crate::peers::{S3s, scratchstack};

    let of_scratchstack = move |name, prepared| {
        let run = move |count| scratchstack(signed, credentials, seconds, prepared, count);
        Case::new(name, Box::new(run))
    };
    let mut cases = vec![
        of_scratchstack("scratchstack, prepared", true),
        of_scratchstack("scratchstack, derived", false),
    ];
    if signed.service == "s3" {
        let (checking, open) = (S3s::new(Some(credentials)), S3s::new(None));
        let run = move |count| {
            Ok(checking
                .calls(signed, count)?
                .saturating_sub(open.calls(signed, count)?))
        };
        cases.push(Case::new("s3s", Box::new(run)));
    }
    cases
}

#[cfg(not(feature = "peers"))]
fn peers<'a>(_: &'a Signed, _: &'a Credentials, _: i64) -> Vec<Case<'a>> {
    Vec::new()
}
