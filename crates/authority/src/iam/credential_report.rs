//! The credential report: every user with what it can sign in and sign with.
//!
//! A report is read when it is asked for and kept nowhere, so it is never out of date; what is kept is that one was
//! asked for.

use std::cmp::Reverse;

use keystead_store::{
    AccountRecord, CredentialKeyRecord, CredentialRecord, KeyOwner, LastUseRecord, LoginProfileRecord,
    MfaDeviceOwner, PasswordPolicyRecord, Reader, Tx,
};
use keystead_types::{AccessKeyStatus, Principal, SECONDS_PER_DAY, Timestamp, arn, limits};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError, Blob,
    iam::{
        GenerateCredentialReport, GenerateCredentialReportResponse, GetCredentialReport,
        GetCredentialReportResponse,
    },
};

use super::{account::find_account, last_use};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,\
    access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,\
    access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,\
    access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,\
    cert_2_active,cert_2_last_rotated";
const NOT_AVAILABLE: &str = "N/A";
/// Access keys that a row has columns for.
const KEYS: usize = 2;
/// AWS makes a new report after four hours at the earliest.
const REPORT_SECONDS: i64 = 4 * 3600;

impl Implemented for GenerateCredentialReport {
    type Object = AccountRecord;

    fn find(reader: &Reader<'_>, (): &(), caller: &Principal) -> Result<(Target, AccountRecord), Refusal> {
        find_account(reader, caller)
    }
}

impl Change for GenerateCredentialReport {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        account: AccountRecord,
        (): &(),
        scene: &Scene,
    ) -> Result<GenerateCredentialReportResponse, Refusal> {
        let now = scene.context.now;
        let age = account
            .credential_report_at
            .map(|asked| now.seconds() - asked.seconds());
        if age.is_none_or(|age| !(0..REPORT_SECONDS).contains(&age)) {
            tx.note_credential_report(account.id, now)?;
        }
        // The first answer is AWS's, for whoever waits for it; the report is there all the same.
        Ok(match age {
            None => GenerateCredentialReportResponse {
                state: Some("STARTED".to_owned()),
                description: Some("No report exists. Starting a new report generation task".to_owned()),
            },
            Some(_) => GenerateCredentialReportResponse {
                state: Some("COMPLETE".to_owned()),
                description: None,
            },
        })
    }
}

impl Implemented for GetCredentialReport {
    type Object = AccountRecord;

    fn find(reader: &Reader<'_>, (): &(), caller: &Principal) -> Result<(Target, AccountRecord), Refusal> {
        find_account(reader, caller)
    }
}

impl Read for GetCredentialReport {
    fn read(
        reader: &Reader<'_>,
        account: AccountRecord,
        (): &(),
        scene: &Scene,
    ) -> Result<GetCredentialReportResponse, Refusal> {
        if account.credential_report_at.is_none() {
            return Err(ApiError::report_not_present().into());
        }
        let policy = reader.password_policy(account.id)?;
        let mut report = String::from(HEADER);
        let mut add = |row: Vec<String>| {
            let fields: Vec<String> = row.into_iter().map(field).collect();
            report.push('\n');
            report.push_str(&fields.join(","));
        };
        add(root_row(reader, &account, scene)?);
        let mut after = Some(String::new());
        while let Some(position) = after {
            let page = reader.credentials_page(account.id, &position, limits::PAGE_ENTRIES_MAX)?;
            for user in page.users {
                add(user_row(user, policy.as_ref(), scene));
            }
            after = page.next;
        }
        Ok(GetCredentialReportResponse {
            content: Some(Blob(report.into_bytes())),
            report_format: Some("text/csv".to_owned()),
            generated_time: Some(scene.context.now),
        })
    }
}

fn root_row(reader: &Reader<'_>, account: &AccountRecord, scene: &Scene) -> Result<Vec<String>, Refusal> {
    let mut row = vec![
        "<root_account>".to_owned(),
        arn::root(account.id),
        account.created_at.to_string(),
    ];
    // Root has no password here, and AWS says of root's passwords no more than this.
    row.extend(["not_supported"; 4].map(str::to_owned));
    let devices = reader.mfa_devices_of(account.id, MfaDeviceOwner::Root)?;
    row.push((!devices.is_empty()).to_string());
    let keys = reader.credential_keys(account.id, KeyOwner::Root)?;
    add_keys(&mut row, keys, scene);
    Ok(row)
}

fn user_row(record: CredentialRecord, policy: Option<&PasswordPolicyRecord>, scene: &Scene) -> Vec<String> {
    let user = record.user;
    let mut row = vec![
        user.name.to_string(),
        arn::user(user.account, &user.path, &user.name),
        user.created_at.to_string(),
    ];
    row.extend(password_columns(
        record.login_profile.as_ref(),
        user.password_last_used_at,
        policy,
    ));
    row.push((user.mfa_device_count > 0).to_string());
    add_keys(&mut row, record.access_keys, scene);
    row
}

fn password_columns(
    profile: Option<&LoginProfileRecord>,
    last_used: Option<Timestamp>,
    policy: Option<&PasswordPolicyRecord>,
) -> [String; 4] {
    let Some(profile) = profile else {
        return [false.to_string(), na(), na(), na()];
    };
    let days = policy.and_then(|policy| policy.max_password_age);
    let rotation = days.map(|days| profile.changed_at.seconds() + i64::from(days) * SECONDS_PER_DAY);
    [
        true.to_string(),
        last_used.map_or_else(|| "no_information".to_owned(), |at| at.to_string()),
        profile.changed_at.to_string(),
        rotation.map_or_else(na, |at| Timestamp::from_seconds(at).to_string()),
    ]
}

/// The columns of the keys and, as there are none, of the certificates. AWS was seen to show an active key first.
fn add_keys(row: &mut Vec<String>, mut keys: Vec<CredentialKeyRecord>, scene: &Scene) {
    let is_active = |key: &CredentialKeyRecord| key.access_key.status == AccessKeyStatus::Active;
    keys.sort_by_key(|key| Reverse(is_active(key)));
    let mut keys = keys.into_iter();
    for _ in 0..KEYS {
        let Some(key) = keys.next() else {
            row.extend([false.to_string(), na(), na(), na(), na()]);
            continue;
        };
        row.extend([
            is_active(&key).to_string(),
            key.access_key.status_changed_at.to_string(),
        ]);
        row.extend(match last_use::latest(key.access_key.id, key.last_use, scene) {
            Some(LastUseRecord { at, service, region }) => [at.to_string(), region, service],
            None => [na(), na(), na()],
        });
    }
    for _ in 0..2 {
        row.extend([false.to_string(), na()]);
    }
}

/// A field of the table; quoted where it must be: names can have commas. Source: RFC 4180.
fn field(text: String) -> String {
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

fn na() -> String {
    NOT_AVAILABLE.to_owned()
}
