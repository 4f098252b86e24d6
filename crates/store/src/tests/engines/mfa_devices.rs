use std::cell::Cell;

use keystead_types::{MfaDeviceArn, limits};

use super::{Case, Fixture};
use crate::{
    AccountSettings, CheckMfaCode, DeleteMfaDevice, DeleteUser, EnableMfaDevice, InsertMfaDevice,
    MfaAssignment, MfaDeviceFilter, MfaDeviceOwner, MfaDeviceRecord, MfaMatch, PutTags, StoreError,
    TagRecord,
    tests::{account, at, user, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("a_serial_number_names_one_mfa_device", serials),
    ("an_mfa_device_is_one_users", assignment),
    ("an_mfa_device_can_be_roots", roots),
    ("a_code_is_accepted_once", codes),
    ("wrong_codes_lock_an_mfa_device", failures),
    ("mfa_devices_are_listed", pages),
    ("quotas_of_mfa_devices_hold", quotas),
    ("tags_of_mfa_devices_tell_case_apart", tags),
    ("a_seed_opens_for_its_own_mfa_device_alone", bound),
];

const SEED: &[u8] = b"twenty bytes of seed";

fn serial(name: &str) -> MfaDeviceArn {
    MfaDeviceArn {
        account: account(),
        path: "/".parse().unwrap(),
        name: name.parse().unwrap(),
    }
}

fn insert(fixture: &Fixture<'_>, name: &str) -> InsertMfaDevice {
    let serial = serial(name);
    let (answer, changes) = fixture.write_and_listen(|tx| tx.insert_mfa_device(&serial, SEED, at(0)));
    assert_eq!(changes, []);
    answer
}

/// The code of this time step.
fn step(step: i64) -> impl Fn(&MfaDeviceRecord, &[u8]) -> Option<MfaMatch> {
    move |_, seed| {
        assert_eq!(seed, SEED);
        Some(MfaMatch {
            step,
            drift_steps: step % 3,
        })
    }
}

fn wrong(_: &MfaDeviceRecord, _: &[u8]) -> Option<MfaMatch> {
    None
}

fn user_owner(number: u64) -> MfaDeviceOwner {
    MfaDeviceOwner::User(user_id(number))
}

fn enable(fixture: &Fixture<'_>, name: &str, owner: MfaDeviceOwner, at_step: i64) -> EnableMfaDevice {
    fixture.write(|tx| tx.enable_mfa_device(&serial(name), owner, at(0), step(at_step)))
}

fn device(fixture: &Fixture<'_>, name: &str) -> MfaDeviceRecord {
    fixture.read(|reader| reader.mfa_device(&serial(name))).unwrap()
}

fn serials(fixture: &Fixture<'_>) {
    assert_eq!(insert(fixture, "phone"), InsertMfaDevice::Created);
    assert_eq!(insert(fixture, "phone"), InsertMfaDevice::SerialTaken);
    let elsewhere: MfaDeviceArn = "arn:aws:iam::123456789012:mfa/eu/phone".parse().unwrap();
    assert_eq!(
        fixture.write(|tx| tx.insert_mfa_device(&elsewhere, SEED, at(0))),
        InsertMfaDevice::Created
    );
    let found = device(fixture, "phone");
    assert_eq!((found.serial, found.created_at), (serial("phone"), at(0)));
    assert_eq!((found.assignment, found.failure_count), (None, 0));
    assert_eq!(fixture.read(|reader| reader.mfa_device(&serial("none"))), None);
    let delete = |serial: &MfaDeviceArn| fixture.write(|tx| tx.delete_mfa_device(serial));
    assert_eq!(delete(&elsewhere), DeleteMfaDevice::Deleted);
    assert_eq!(delete(&elsewhere), DeleteMfaDevice::NoDevice);
    assert_eq!(fixture.account().mfa_device_count, 1);
}

fn assignment(fixture: &Fixture<'_>) {
    let (alice, bob) = (user_owner(1), user_owner(2));
    fixture.write(|tx| tx.insert_user(&user(2, "bob")));
    insert(fixture, "phone");
    let rows = [
        ("none", alice, EnableMfaDevice::NoDevice),
        ("phone", user_owner(9), EnableMfaDevice::NoUser),
        ("phone", alice, EnableMfaDevice::Enabled),
        ("phone", alice, EnableMfaDevice::InUse),
        ("phone", bob, EnableMfaDevice::InUse),
    ];
    for (name, user, expected) in rows {
        assert_eq!(enable(fixture, name, user, 5), expected);
    }
    let held = MfaAssignment {
        owner: alice,
        enabled_at: at(0),
    };
    assert_eq!(device(fixture, "phone").assignment, Some(held));
    let counts = || {
        let account = fixture.account();
        (
            fixture.user(1).mfa_device_count,
            account.mfa_device_count,
            account.mfa_device_in_use_count,
        )
    };
    assert_eq!(counts(), (1, 1, 1));
    assert_eq!(
        fixture.refused(|tx| tx.delete_mfa_device(&serial("phone"))),
        DeleteMfaDevice::InUse
    );
    assert_eq!(
        fixture.refused(|tx| tx.delete_user(account(), user_id(1))),
        DeleteUser::HasMfaDevices
    );
    assert!(!fixture.refused(|tx| tx.deactivate_mfa_device(&serial("phone"), bob)));
    assert!(fixture.write(|tx| tx.deactivate_mfa_device(&serial("phone"), alice)));
    assert!(!fixture.refused(|tx| tx.deactivate_mfa_device(&serial("phone"), alice)));
    assert_eq!(counts(), (0, 1, 0));
    assert_eq!(device(fixture, "phone").assignment, None);
    assert_eq!(
        enable(fixture, "phone", bob, 5),
        EnableMfaDevice::WrongCode,
        "codes that enabled it once are used up"
    );
    assert_eq!(enable(fixture, "phone", bob, 6), EnableMfaDevice::Enabled);
    assert_eq!(
        fixture.write(|tx| tx.delete_user(account(), user_id(1))),
        DeleteUser::Deleted
    );
}

fn roots(fixture: &Fixture<'_>) {
    let (root, alice, max) = (MfaDeviceOwner::Root, user_owner(1), limits::MFA_DEVICES_PER_USER);
    for number in 0..=max {
        insert(fixture, &format!("m{number}"));
    }
    for number in 1..=max {
        assert_eq!(
            enable(fixture, &format!("m{number}"), root, 5),
            EnableMfaDevice::Enabled
        );
    }
    let more = fixture.refused(|tx| tx.enable_mfa_device(&serial("m0"), root, at(0), step(5)));
    assert_eq!(more, EnableMfaDevice::QuotaReached(max));
    assert_eq!(enable(fixture, "m0", alice, 5), EnableMfaDevice::Enabled);
    assert_eq!(enable(fixture, "m1", alice, 6), EnableMfaDevice::InUse);

    let check = |name, owner, at_step| {
        fixture.write(|tx| tx.check_mfa_code(&serial(name), owner, at(0), step(at_step)))
    };
    assert_eq!(check("m1", root, 7), CheckMfaCode::Accepted);
    assert_eq!(check("m1", alice, 8), CheckMfaCode::NoDevice);
    assert_eq!(check("m0", root, 8), CheckMfaCode::NoDevice);
    assert!(!fixture.refused(|tx| tx.deactivate_mfa_device(&serial("m1"), alice)));
    assert!(fixture.write(|tx| tx.deactivate_mfa_device(&serial("m1"), root)));
    let listed = |owner| {
        fixture
            .read(|reader| reader.mfa_devices_of(account(), owner))
            .len()
    };
    assert_eq!((listed(root), listed(alice)), (max as usize - 1, 1));
    assert_eq!(fixture.account().mfa_device_in_use_count, max);
    assert_eq!(fixture.user(1).mfa_device_count, 1);
}

fn codes(fixture: &Fixture<'_>) {
    let (alice, phone) = (user_owner(1), serial("phone"));
    insert(fixture, "phone");
    let check = |user, at_step| fixture.write(|tx| tx.check_mfa_code(&phone, user, at(0), step(at_step)));
    assert_eq!(check(alice, 4), CheckMfaCode::NoDevice, "not enabled yet");
    enable(fixture, "phone", alice, 5);
    let rows = [
        (user_owner(2), 7, CheckMfaCode::NoDevice),
        (alice, 5, CheckMfaCode::WrongCode),
        (alice, 7, CheckMfaCode::Accepted),
        (alice, 7, CheckMfaCode::WrongCode),
        (alice, 6, CheckMfaCode::WrongCode),
        (alice, 8, CheckMfaCode::Accepted),
    ];
    for (user, at_step, expected) in rows {
        assert_eq!(check(user, at_step), expected, "{at_step}");
    }
    let found = device(fixture, "phone");
    assert_eq!(
        (found.last_step, found.drift_steps, found.failure_count),
        (8, 2, 0)
    );
}

fn failures(fixture: &Fixture<'_>) {
    let (alice, phone, period) = (user_owner(1), serial("phone"), limits::MFA_FAILURES_SECONDS);
    insert(fixture, "phone");
    enable(fixture, "phone", alice, 5);
    let fail = |seconds| fixture.write(|tx| tx.check_mfa_code(&phone, alice, at(seconds), wrong));
    let seen = Cell::new(0);
    let locked = |seconds| {
        let look = |_: &MfaDeviceRecord, _: &[u8]| {
            seen.set(seen.get() + 1);
            None
        };
        let answer = fixture.refused(|tx| tx.check_mfa_code(&phone, alice, at(seconds), look));
        assert_eq!(answer, CheckMfaCode::Locked, "{seconds}");
    };
    for number in 0..limits::MFA_FAILURES_MAX {
        assert!(!device(fixture, "phone").is_locked(at(i64::from(number))));
        assert_eq!(fail(i64::from(number)), CheckMfaCode::WrongCode);
    }
    locked(4);
    locked(period - 1);
    assert_eq!(seen.get(), 0, "a locked device's codes are not looked at");
    // The count starts anew after its time, and after a right code.
    assert_eq!(fail(period), CheckMfaCode::WrongCode);
    assert_eq!(device(fixture, "phone").failure_count, 1);
    let accepted = fixture.write(|tx| tx.check_mfa_code(&phone, alice, at(period), step(9)));
    assert_eq!(accepted, CheckMfaCode::Accepted);
    assert_eq!(device(fixture, "phone").failure_count, 0);
    // Whoever sets the clock back does not lock it for longer.
    for _ in 0..limits::MFA_FAILURES_MAX {
        fail(1000);
    }
    locked(1000);
    assert_eq!(fail(999), CheckMfaCode::WrongCode);

    insert(fixture, "other");
    for _ in 0..limits::MFA_FAILURES_MAX {
        let answer = fixture.write(|tx| tx.enable_mfa_device(&serial("other"), alice, at(0), wrong));
        assert_eq!(answer, EnableMfaDevice::WrongCode);
    }
    assert_eq!(enable(fixture, "other", alice, 1), EnableMfaDevice::Locked);
}

fn pages(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_user(&user(2, "bob")));
    for name in ["d", "a", "c", "b"] {
        insert(fixture, name);
    }
    enable(fixture, "c", user_owner(1), 1);
    enable(fixture, "a", user_owner(1), 1);
    enable(fixture, "b", user_owner(2), 1);
    let list = |filter, limit| {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| reader.mfa_devices_page(account(), filter, &after, limit));
            assert!(page.devices.len() <= limit as usize);
            seen.extend(page.devices.iter().map(|device| device.serial.name.to_string()));
            match page.next {
                Some(next) => after = next,
                None => return seen,
            }
        }
    };
    for limit in [1, 2, 9] {
        assert_eq!(list(MfaDeviceFilter::Any, limit), ["a", "b", "c", "d"]);
        assert_eq!(list(MfaDeviceFilter::Assigned, limit), ["a", "b", "c"]);
        assert_eq!(list(MfaDeviceFilter::Unassigned, limit), ["d"]);
    }
    let of = |owner| {
        let devices = fixture.read(|reader| reader.mfa_devices_of(account(), owner));
        devices
            .iter()
            .map(|device| device.serial.name.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(of(user_owner(1)), ["a", "c"]);
    assert_eq!(of(user_owner(2)), ["b"]);
    assert_eq!(of(user_owner(9)), [""; 0]);
}

fn quotas(fixture: &Fixture<'_>) {
    let max = limits::MFA_DEVICES_PER_USER;
    for number in 1..=max {
        insert(fixture, &format!("m{number}"));
        let enabled = enable(fixture, &format!("m{number}"), user_owner(1), 1);
        assert_eq!(enabled, EnableMfaDevice::Enabled);
    }
    insert(fixture, "more");
    let refused = fixture.refused(|tx| tx.enable_mfa_device(&serial("more"), user_owner(1), at(0), step(1)));
    assert_eq!(refused, EnableMfaDevice::QuotaReached(max));
    let settings = AccountSettings {
        users_quota: max + 1,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    let refused = fixture.refused(|tx| tx.insert_mfa_device(&serial("one-more"), SEED, at(0)));
    assert_eq!(refused, InsertMfaDevice::QuotaReached(max + 1));
}

fn tags(fixture: &Fixture<'_>) {
    let phone = serial("phone");
    let tag = |key: &str| TagRecord {
        key: key.to_owned(),
        value: "v".to_owned(),
    };
    let put =
        |serial: &MfaDeviceArn, tags: &[TagRecord]| fixture.write(|tx| tx.put_mfa_device_tags(serial, tags));
    assert_eq!(put(&phone, &[tag("a")]), PutTags::NoOwner);
    insert(fixture, "phone");
    assert_eq!(put(&phone, &[tag("team"), tag("Team")]), PutTags::Stored);
    let many: Vec<_> = (0..limits::TAGS_PER_MFA_DEVICE - 1)
        .map(|number| tag(&number.to_string()))
        .collect();
    assert_eq!(put(&phone, &many), PutTags::QuotaReached);
    assert_eq!(device(fixture, "phone").tag_count, 2);
    let keys = ["team".to_owned()];
    assert!(fixture.write(|tx| tx.remove_mfa_device_tags(&phone, &keys)));
    assert!(!fixture.refused(|tx| tx.remove_mfa_device_tags(&serial("none"), &keys)));
    let found = || fixture.read(|reader| reader.mfa_device_tags(&phone));
    assert_eq!(found(), [tag("Team")]);
    fixture.write(|tx| tx.delete_mfa_device(&phone));
    assert_eq!(found(), []);
}

fn bound(fixture: &Fixture<'_>) {
    insert(fixture, "phone");
    let statement = "UPDATE iam_mfa_device SET arn = 'arn:aws:iam::123456789012:mfa/other'";
    fixture.engine().execute(statement, &[]).unwrap();
    fixture.write(|tx| {
        let error = tx.enable_mfa_device(&serial("other"), user_owner(1), at(0), step(1));
        assert!(matches!(error, Err(StoreError::Sealed(_))), "{error:?}");
        Ok(())
    });
}
