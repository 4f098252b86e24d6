use keystead_types::{SECONDS_PER_DAY, limits};

use super::{Case, Fixture};
use crate::{
    DayUseRecord, KeyOwner, LastUseRecord, SourceUseRecord, UsageRecord,
    tests::{account, add_key, at, key_id, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("the_latest_use_wins", last_use),
    ("requests_add_up_by_day", days),
    ("the_latest_sources_are_kept", sources),
    ("use_goes_with_its_key", deletion),
];

fn used(number: u64, seconds: i64, region: &str) -> UsageRecord {
    UsageRecord {
        access_key: key_id(number),
        last: LastUseRecord {
            at: at(seconds),
            service: "iam".to_owned(),
            region: region.to_owned(),
        },
        days: vec![DayUseRecord {
            day: at(seconds).day(),
            requests: 3,
        }],
        sources: vec![source(1, seconds)],
    }
}

fn source(number: usize, seconds: i64) -> SourceUseRecord {
    SourceUseRecord {
        service: "iam".to_owned(),
        region: "us-east-1".to_owned(),
        source_address: format!("192.0.2.{number}"),
        user_agent: "aws-cli".to_owned(),
        last_used_at: at(seconds),
    }
}

fn last_use(fixture: &Fixture<'_>) {
    fixture.write(|tx| add_key(tx, 1));
    let last = || fixture.read(|reader| reader.access_key_last_use(account(), key_id(1)));
    assert_eq!(last(), None);
    for (seconds, region) in [(20, "a"), (10, "b"), (30, "c"), (30, "d")] {
        let (_, changes) = fixture.write_and_listen(|tx| tx.add_usage(&[used(1, seconds, region)]));
        assert_eq!(changes, [], "use is no change of what a key may do");
    }
    assert_eq!(last().unwrap(), used(1, 30, "d").last);
}

fn days(fixture: &Fixture<'_>) {
    fixture.write(|tx| add_key(tx, 1));
    for day in 0..limits::USAGE_DAYS_PER_KEY + 5 {
        let record = used(1, day * SECONDS_PER_DAY, "a");
        fixture.write(|tx| tx.add_usage(&[record.clone(), record]));
    }
    let days = fixture.read(|reader| reader.access_key_days(account(), key_id(1)));
    assert_eq!(days.len() as i64, limits::USAGE_DAYS_PER_KEY);
    assert_eq!(days[0].day, at(0).day() + 5);
    assert!(days.iter().all(|day| day.requests == 6));
}

fn sources(fixture: &Fixture<'_>) {
    fixture.write(|tx| add_key(tx, 1));
    let all = 1..=limits::USAGE_SOURCES_PER_KEY + 3;
    let record = |sources| UsageRecord {
        sources,
        ..used(1, 0, "a")
    };
    let many = all.map(|number| source(number, number as i64)).collect();
    fixture.write(|tx| tx.add_usage(&[record(many)]));
    // The oldest that was kept is seen again, and an earlier time does not go back.
    fixture.write(|tx| tx.add_usage(&[record(vec![source(4, 100), source(5, 0)])]));
    let sources = fixture.read(|reader| reader.access_key_sources(account(), key_id(1)));
    assert_eq!(sources.len(), limits::USAGE_SOURCES_PER_KEY);
    assert_eq!(sources[0], source(4, 100));
    assert_eq!(sources.last().unwrap(), &source(5, 5));
}

fn deletion(fixture: &Fixture<'_>) {
    fixture.write(|tx| add_key(tx, 1));
    fixture.write(|tx| tx.add_usage(&[used(1, 0, "a")]));
    fixture.write(|tx| tx.delete_access_key(account(), KeyOwner::User(user_id(1)), key_id(1)));
    fixture.write(|tx| tx.add_usage(&[used(1, 5, "a"), used(2, 5, "a")]));
    assert_eq!(
        fixture.read(|reader| reader.access_key_last_use(account(), key_id(1))),
        None
    );
    assert_eq!(
        fixture.read(|reader| reader.access_key_days(account(), key_id(1))),
        []
    );
    assert_eq!(
        fixture.read(|reader| reader.access_key_sources(account(), key_id(1))),
        []
    );
}
