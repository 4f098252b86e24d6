use std::{net::IpAddr, sync::Arc};

use keystead_types::{AccessKeyId, SECONDS_PER_DAY, Timestamp, limits};

use super::*;
use crate::{
    authenticated::Scope,
    tests::support::{Counting, NOON, key},
};

fn scope(service: &str, region: &str) -> Arc<Scope> {
    Arc::new(Scope {
        date: "20260102".into(),
        region: region.into(),
        service: service.into(),
    })
}

fn recorder() -> UsageRecorder {
    UsageRecorder::new(Bounds::default(), &Counting::default())
}

fn record(recorder: &UsageRecorder, id: AccessKeyId, service: &str, address: u8, agent: &str, at: i64) {
    let seen = Use {
        scope: &scope(service, "us-east-1"),
        address: IpAddr::from([192, 0, 2, address]),
        user_agent: agent,
        at: Timestamp::from_seconds(at),
    };
    recorder.record(id, &seen);
}

fn only(recorder: &UsageRecorder) -> KeyUsage {
    let drained = recorder.drain().unwrap();
    let usage = drained.batch().iter().next().cloned().unwrap();
    drained.commit();
    usage
}

#[test]
fn uses_of_a_key_are_merged() {
    let recorder = recorder();
    let day = NOON / SECONDS_PER_DAY;
    // The third comes late: it counts, but is not the last use.
    for (service, address, agent, at) in [
        ("iam", 1, "cli", NOON),
        ("sts", 1, "cli", NOON + 2),
        ("iam", 1, "cli", NOON + 1),
        ("iam", 2, "cli", NOON - SECONDS_PER_DAY),
        ("iam", 1, "boto3", NOON),
    ] {
        record(&recorder, key(1), service, address, agent, at);
    }
    let usage = only(&recorder);
    assert_eq!(usage.access_key_id(), key(1));
    assert_eq!(
        (usage.last().at().seconds(), usage.last().service()),
        (NOON + 2, "sts")
    );
    let requests: Vec<_> = usage
        .requests()
        .iter()
        .map(|requests| (requests.day, requests.count))
        .collect();
    assert_eq!(requests, [(day - 1, 1), (day, 4)]);
    let mut sources: Vec<_> = usage
        .sources()
        .iter()
        .map(|source| {
            let age = NOON - source.last_used().seconds();
            (
                source.service(),
                source.address().to_string(),
                source.user_agent(),
                age,
            )
        })
        .collect();
    sources.sort();
    let address = |last: u8| format!("192.0.2.{last}");
    let expected = [
        ("iam", address(1), "boto3", 0),
        ("iam", address(1), "cli", -1),
        ("iam", address(2), "cli", SECONDS_PER_DAY),
        ("sts", address(1), "cli", -2),
    ];
    assert_eq!(sources, expected);
    assert!(recorder.drain().is_none(), "all was committed");
}

#[test]
fn what_is_not_written_yet_can_be_read() {
    let recorder = recorder();
    let requests = || {
        let parts = recorder.unwritten(key(1));
        let counts = parts.iter().flat_map(KeyUsage::requests).map(|day| day.count);
        counts.collect::<Vec<_>>()
    };
    assert!(requests().is_empty());
    record(&recorder, key(1), "iam", 1, "cli", NOON);
    record(&recorder, key(1), "iam", 2, "cli", NOON);
    record(&recorder, key(2), "iam", 2, "cli", NOON);
    assert_eq!(requests(), [2]);
    assert_eq!(recorder.unwritten(key(1))[0].sources().len(), 2);
    let drained = recorder.drain().unwrap();
    assert_eq!(requests(), [2], "on its way");
    record(&recorder, key(1), "sts", 1, "cli", NOON);
    assert_eq!(requests(), [2, 1]);
    drop(drained);
    assert_eq!(requests(), [3], "put back");
    only(&recorder);
    assert!(requests().is_empty(), "the store has it");
}

#[test]
fn the_latest_sources_are_kept() {
    let recorder = recorder();
    for address in 0..=limits::USAGE_SOURCES_PER_KEY as u8 {
        record(
            &recorder,
            key(1),
            "iam",
            address,
            "cli",
            NOON + i64::from(address),
        );
    }
    // Too old to displace any.
    record(&recorder, key(1), "iam", 99, "cli", NOON - 1);
    let usage = only(&recorder);
    assert_eq!(usage.sources().len(), limits::USAGE_SOURCES_PER_KEY);
    assert!(
        usage
            .sources()
            .iter()
            .all(|source| source.last_used().seconds() > NOON)
    );
}

#[test]
fn a_long_user_agent_is_cut_between_characters() {
    let recorder = recorder();
    let agent = "ä".repeat(limits::USER_AGENT_BYTES_MAX) + "x";
    for agent in [&agent, &format!("a{agent}"), &agent] {
        record(&recorder, key(1), "iam", 1, agent, NOON);
    }
    let usage = only(&recorder);
    let mut lengths: Vec<_> = usage
        .sources()
        .iter()
        .map(|source| source.user_agent().len())
        .collect();
    lengths.sort();
    assert_eq!(
        lengths,
        [limits::USER_AGENT_BYTES_MAX - 1, limits::USER_AGENT_BYTES_MAX]
    );
}

#[test]
fn a_reader_always_sees_the_last_use() {
    let recorder = recorder();
    let last = || recorder.peek(key(1)).map(|last| last.at().seconds() - NOON);
    assert_eq!(last(), None);
    record(&recorder, key(1), "iam", 1, "cli", NOON);
    assert_eq!(last(), Some(0));
    let drained = recorder.drain().unwrap();
    assert_eq!(last(), Some(0), "on its way to the store");
    assert!(recorder.drain().is_none(), "one batch at a time");
    record(&recorder, key(1), "iam", 1, "cli", NOON + 1);
    assert_eq!(last(), Some(1), "newer than what is on its way");
    drop(drained);
    assert_eq!(last(), Some(1), "refused by the store, merged");
    let drained = recorder.drain().unwrap();
    record(&recorder, key(1), "iam", 1, "cli", NOON - 9);
    assert_eq!(last(), Some(1), "a late one does not hide it");
    drained.commit();
    assert_eq!(last(), Some(-9), "the rest is in the store");
}

#[test]
fn a_refused_flush_loses_nothing_and_doubles_nothing() {
    let recorder = recorder();
    let (mut recorded, mut written) = (0, 0);
    let counted = |batch: &Batch| -> u64 {
        let days = batch.iter().flat_map(KeyUsage::requests);
        days.map(|requests| requests.count).sum()
    };
    for round in 0..200_u32 {
        for number in 0..round % 7 {
            record(
                &recorder,
                key(number),
                "iam",
                (round % 5) as u8,
                "cli",
                NOON + i64::from(round),
            );
            recorded += 1;
        }
        let Some(drained) = recorder.drain() else {
            continue;
        };
        record(
            &recorder,
            key(round % 3),
            "sts",
            1,
            "cli",
            NOON + i64::from(round),
        );
        recorded += 1;
        // The store may still hold on to a batch that it refuses.
        let held = Arc::clone(drained.batch());
        if round % 3 == 0 {
            written += counted(&held);
            drained.commit();
        } else {
            drop(drained);
        }
    }
    let drained = recorder.drain().unwrap();
    written += counted(drained.batch());
    let keys = drained.batch().len();
    assert_eq!((written, keys), (recorded, recorder.keys()));
    drained.commit();
    assert_eq!((recorder.keys(), recorder.source_bytes()), (0, 0));
}

#[test]
fn what_is_written_of_a_refused_batch_does_not_come_back() {
    let recorder = recorder();
    for number in 0..100 {
        record(&recorder, key(number), "iam", 1, "cli", NOON);
    }
    let mut drained = recorder.drain().unwrap();
    drained.commit_part((0..30).map(key));
    drained.commit_part((20..60).map(key));
    record(&recorder, key(5), "iam", 1, "cli", NOON + 5);
    assert!(recorder.peek(key(7)).is_some(), "until the batch has ended");
    drop(drained);

    assert!(recorder.peek(key(7)).is_none(), "the store has it");
    let drained = recorder.drain().unwrap();
    let mut left: Vec<_> = drained
        .batch()
        .iter()
        .map(|usage| (usage.access_key_id(), usage.requests()[0].count))
        .collect();
    left.sort();
    let mut expected: Vec<_> = (60..100).chain([5]).map(|number| (key(number), 1)).collect();
    expected.sort();
    assert_eq!(left, expected);
    drained.commit();
    assert_eq!((recorder.keys(), recorder.source_bytes()), (0, 0));
}

fn small_recorder() -> UsageRecorder {
    let bounds = Bounds {
        pending_keys: 100,
        held_keys: 1000,
        source_bytes: 1 << 20,
    };
    UsageRecorder::new(bounds, &Counting::default())
}

#[tokio::test]
async fn memory_is_bounded_and_the_last_use_is_the_last_to_go() {
    let recorder = small_recorder();
    for number in 0..1010 {
        record(&recorder, key(number), "iam", 1, "cli", NOON);
        // A flush is asked for, once there is reason.
        if number + 1 == 100 {
            recorder.flush_wanted().await;
        }
    }
    assert_eq!(recorder.keys(), 1000);
    assert_eq!(recorder.dropped_uses(), 10);
    assert_eq!(recorder.dropped_sources(), 900);
    let last = || recorder.peek(key(999)).map(|last| last.at().seconds() - NOON);
    assert_eq!(last(), Some(0));
    // A key that is held goes on being counted, here and after a refused flush.
    drop(recorder.drain());
    record(&recorder, key(999), "iam", 1, "cli", NOON + 1);
    assert_eq!(last(), Some(1));
    assert_eq!(recorder.keys(), 1000);
}

#[tokio::test]
async fn sources_are_bounded_in_bytes() {
    let recorder = small_recorder();
    let agent = "a".repeat(limits::USER_AGENT_BYTES_MAX);
    for number in 0..60 {
        for address in 0..limits::USAGE_SOURCES_PER_KEY as u8 {
            record(&recorder, key(number), "iam", address, &agent, NOON);
        }
    }
    recorder.flush_wanted().await;
    assert!(recorder.source_bytes() <= 1 << 20);
    assert!(recorder.dropped_sources() > 0);
    assert_eq!(recorder.dropped_uses(), 0);
}
