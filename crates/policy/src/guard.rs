//! A quick look at a resource before anything of its statement is read: of two hundred statements for as many buckets, all
//! but one are passed over by comparing eight bytes.

use crate::pattern::Pattern;
use crate::resource::RequestedResource;

/// Eight bytes, or fewer, that the resource must have at one place, if its statement is to match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    bytes: u64,
    /// Which of the eight count. None where any resource may match.
    mask: u64,
    /// Where they end.
    end: u32,
    /// Whether that is counted from where the sixth part begins: the parts before it may be of any length.
    in_last_part: bool,
}

impl Guard {
    /// The end of what the last part of all patterns begins with, or else of what they begin with.
    pub(crate) fn of(patterns: &[Pattern]) -> Self {
        let last_part = common(patterns.iter().map(Pattern::beginning_of_last_part));
        if last_part.is_empty() {
            Self::at(common(patterns.iter().map(Pattern::beginning)), false)
        } else {
            Self::at(last_part, true)
        }
    }

    fn at(beginning: &[u8], in_last_part: bool) -> Self {
        let Ok(end) = u32::try_from(beginning.len()) else {
            return Self::default();
        };
        let (mut bytes, mut mask) = ([0; 8], [0; 8]);
        let from_the_end = bytes.iter_mut().zip(&mut mask).rev();
        for ((byte, counts), wanted) in from_the_end.zip(beginning.iter().rev()) {
            *byte = *wanted;
            *counts = u8::MAX;
        }
        Self {
            bytes: u64::from_le_bytes(bytes),
            mask: u64::from_le_bytes(mask),
            end,
            in_last_part,
        }
    }

    /// `false`: no pattern matches. `true`: one may.
    #[inline]
    pub(crate) fn admits(self, resource: RequestedResource<'_>) -> bool {
        let start = match self.in_last_part {
            true => resource.last_part,
            false => Some(0),
        };
        let end = start.map(|start| start + self.end as usize);
        let Some(head) = end.and_then(|end| resource.text.as_bytes().get(..end)) else {
            return false;
        };
        // A text too short to look at may match.
        head.last_chunk()
            .is_none_or(|bytes| u64::from_le_bytes(*bytes) & self.mask == self.bytes)
    }
}

/// What all begin with.
fn common<'t>(texts: impl Iterator<Item = &'t str>) -> &'t [u8] {
    let common = texts.map(str::as_bytes).reduce(|common, text| {
        let same = common.iter().zip(text).take_while(|(a, b)| a == b).count();
        common.get(..same).unwrap_or_default()
    });
    common.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Interner;

    #[test]
    fn a_guard_admits_whatever_may_match() {
        let rows: [(&[&str], &str, bool); 22] = [
            (&["*"], "*", true),
            (&["*", "arn:aws:s3:::bucket/*"], "arn:aws:s3:::other", true),
            (&["arn:aws:s3:::bucket/*"], "arn:aws:s3:::bucket/x", true),
            (&["arn:aws:s3:::bucket/*"], "arn:aws:s3:::bucket", false),
            (&["arn:aws:s3:::bucket/*"], "arn:aws:s3:::bocket/x", false),
            (
                &["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/${a}/*"],
                "arn:aws:s3:::bucket/x",
                true,
            ),
            (
                &["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
                "arn:aws:s3:::bracket",
                false,
            ),
            (&["arn:*:s3:::a"], "arn:aws:s3:::a", true),
            (&["arn:*:s3:::a"], "arn:aws:s3:::b", false),
            (&["arn:*:s3:::a?"], "arn:aws:s3:::a", true),
            (&["arn:*:s3:::a?"], "arn:aws:s3:::", false),
            (&["arn:*:s3:::a?"], "arn:aws:s3::a", false),
            (&["arn:aws:sqs:*:*:team-1/*"], "arn:aws:sqs:r:1:team-1/x", true),
            (&["arn:aws:sqs:*:*:team-1/*"], "arn:aws:sqs:r:1:team-2/x", false),
            (
                &["arn:aws:sqs:*:*:a:b*", "arn:aws:sqs:*:*:a:c*"],
                "arn:aws:sqs:r:1:a:d",
                true,
            ),
            (
                &["arn:aws:sqs:*:*:a:b*", "arn:aws:sqs:*:*:a:c*"],
                "arn:aws:sqs:r:1:b",
                false,
            ),
            (&["arn:aws:sqs:*:*:*"], "arn:aws:sns:r:1:a", false),
            (&["arn:aws:sqs:*:*:*b"], "arn:aws:sqs:r:1:ab", true),
            (&["arn:aws:s3:::${a}b"], "arn:aws:s3:::ab", true),
            (&["arn:aws:s3:::*", "arn:aws:sqs:*:*:a"], "arn:aws:s3:::b", true),
            (&["arn:*:*:*:*:a"], ":::::a", true),
            (&["arn:aws:s3:::bucket/*"], "*", false),
        ];
        for (patterns, resource, expected) in rows {
            let mut keys = Interner::default();
            let compiled: Vec<Pattern> = patterns
                .iter()
                .map(|pattern| Pattern::compile_resource(pattern, true, &mut keys))
                .collect();
            assert_eq!(
                Guard::of(&compiled).admits(RequestedResource::parse(resource)),
                expected,
                "{patterns:?} {resource}"
            );
        }
    }
}
