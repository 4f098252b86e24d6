//! Time-based one-time passwords as virtual MFA devices show them: RFC 6238 with SHA-1, six digits, 30 seconds.

use hmac::{Hmac, KeyInit, Mac};
use keystead_store::{MfaDeviceRecord, MfaMatch};
use keystead_types::{Timestamp, limits};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Seconds that a code is shown.
const STEP_SECONDS: i64 = 30;
/// Codes have six digits.
const CODES: u32 = 1_000_000;

/// What a code is, of a device whose clock is as far off as was seen last; `None` when it is wrong.
pub(crate) fn one_code(
    device: &MfaDeviceRecord,
    seed: &[u8],
    now: Timestamp,
    code: &str,
) -> Option<MfaMatch> {
    let present = step_at(now);
    let expected = present + device.drift_steps;
    around(expected, limits::MFA_SKEW_STEPS)
        .find(|step| *step > device.last_step && is_code(seed, *step, code))
        .map(|step| MfaMatch {
            step,
            drift_steps: device.drift_steps,
        })
}

/// What the later of two codes in a row is, and with it how far off the device's clock is; `None` when one is wrong.
pub(crate) fn two_codes(
    device: &MfaDeviceRecord,
    seed: &[u8],
    now: Timestamp,
    (first, second): (&str, &str),
) -> Option<MfaMatch> {
    let present = step_at(now);
    let step = around(present, limits::MFA_RESYNC_STEPS).find(|step| {
        *step > device.last_step && is_code(seed, step - 1, first) && is_code(seed, *step, second)
    })?;
    let drift_steps = step - present;
    Some(MfaMatch {
        step,
        // Who types two codes takes a step to do it: that is no drift.
        drift_steps: match drift_steps.abs() <= limits::MFA_SKEW_STEPS {
            true => 0,
            false => drift_steps,
        },
    })
}

/// Steps as far as `reach` from one, earliest first.
fn around(step: i64, reach: i64) -> impl Iterator<Item = i64> {
    step - reach..=step + reach
}

fn step_at(time: Timestamp) -> i64 {
    time.seconds().div_euclid(STEP_SECONDS)
}

fn is_code(seed: &[u8], step: i64, code: &str) -> bool {
    code_at(seed, step).is_some_and(|expected| expected.as_bytes().ct_eq(code.as_bytes()).into())
}

/// The code of a step; `None` before 1970.
fn code_at(seed: &[u8], step: i64) -> Option<String> {
    let counter = u64::try_from(step).ok()?;
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).ok()?;
    mac.update(&counter.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    // RFC 4226, 5.3: the last four bits say where the number is.
    let offset = usize::from(digest.last()? & 0x0f);
    let number: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    let number = u32::from_be_bytes(number) & 0x7fff_ffff;
    Some(format!("{:06}", number % CODES))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    fn device(last_step: i64, drift_steps: i64) -> MfaDeviceRecord {
        MfaDeviceRecord {
            serial: "arn:aws:iam::123456789012:mfa/phone".parse().unwrap(),
            created_at: Timestamp::from_seconds(0),
            assignment: None,
            last_step,
            drift_steps,
            failure_count: 0,
            failures_since: Timestamp::from_seconds(0),
            tag_count: 0,
        }
    }

    fn code(step: i64) -> String {
        code_at(SEED, step).unwrap()
    }

    #[test]
    fn vectors_of_rfc_6238() {
        // Appendix B, of whose eight digits the last six are these.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(
                code(step_at(Timestamp::from_seconds(seconds))),
                expected,
                "{seconds}"
            );
        }
        assert_eq!(code_at(SEED, -1), None);
    }

    #[test]
    fn a_code_is_good_a_step_around_and_once() {
        let now = Timestamp::from_seconds(100 * STEP_SECONDS);
        for (last_step, drift, step, expected) in [
            (0, 0, 98, None),
            (0, 0, 99, Some(99)),
            (0, 0, 100, Some(100)),
            (0, 0, 101, Some(101)),
            (0, 0, 102, None),
            (100, 0, 100, None),
            (100, 0, 99, None),
            (99, 0, 100, Some(100)),
            (0, 5, 100, None),
            (0, 5, 104, Some(104)),
            (0, 5, 107, None),
            (0, -5, 95, Some(95)),
        ] {
            let found = one_code(&device(last_step, drift), SEED, now, &code(step));
            let row = (last_step, drift, step);
            assert_eq!(found.map(|found| found.step), expected, "{row:?}");
            assert!(found.is_none_or(|found| found.drift_steps == drift), "{row:?}");
        }
        assert_eq!(one_code(&device(0, 0), SEED, now, ""), None);
        assert_eq!(one_code(&device(0, 0), SEED, now, &code(100)[..5]), None);
    }

    #[test]
    fn two_codes_in_a_row_tell_the_drift() {
        let now = Timestamp::from_seconds(100 * STEP_SECONDS);
        let far = limits::MFA_RESYNC_STEPS;
        for (last_step, first, second, expected) in [
            (0, 99, 100, Some((100, 0))),
            (0, 100, 101, Some((101, 0))),
            (0, 98, 99, Some((99, 0))),
            (0, 97, 98, Some((98, -2))),
            (0, 99 + far, 100 + far, Some((100 + far, far))),
            (0, 100 + far, 101 + far, None),
            (0, 99, 101, None),
            (0, 100, 99, None),
            (0, 100, 100, None),
            (100, 99, 100, None),
            (100, 100, 101, Some((101, 0))),
        ] {
            let codes = (&*code(first), &*code(second));
            let found = two_codes(&device(last_step, 0), SEED, now, codes);
            let found = found.map(|found| (found.step, found.drift_steps));
            assert_eq!(found, expected, "{last_step} {first} {second}");
        }
    }
}
