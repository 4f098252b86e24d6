//! A quick look at a resource before anything of its statement is read: of two hundred statements for as many buckets, all
//! but one are passed over by comparing eight bytes.

use crate::pattern::Pattern;

/// Eight bytes that the resource must have at one place, if its statement is to match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Guard {
    /// Where they end; 0 where any resource may match.
    end: u32,
    bytes: u64,
}

impl Guard {
    /// The end of what all patterns begin with.
    pub(crate) fn of(patterns: &[Pattern]) -> Self {
        let mut texts = patterns.iter().map(|pattern| pattern.beginning().as_bytes());
        let first = texts.next().unwrap_or_default();
        let common = texts.fold(first, |common, text| {
            let same = common.iter().zip(text).take_while(|(a, b)| a == b).count();
            common.get(..same).unwrap_or_default()
        });
        match (common.last_chunk(), u32::try_from(common.len())) {
            (Some(bytes), Ok(end)) => Self {
                end,
                bytes: u64::from_le_bytes(*bytes),
            },
            _ => Self::default(),
        }
    }

    /// `false`: no pattern matches. `true`: one may.
    #[inline]
    pub(crate) fn admits(self, resource: &str) -> bool {
        if self.end == 0 {
            return true;
        }
        let head = resource.as_bytes().get(..self.end as usize);
        let bytes = head.and_then(<[u8]>::last_chunk);
        bytes.is_some_and(|bytes| u64::from_le_bytes(*bytes) == self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Interner;

    #[test]
    fn a_guard_admits_whatever_may_match() {
        let rows: [(&[&str], &str, bool); 9] = [
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
            (&["arn:*:s3:::a"], "arn:aws:s3:::b", true),
            (&["arn:aws:s3:::bucket/*"], "*", false),
        ];
        for (patterns, resource, expected) in rows {
            let mut keys = Interner::default();
            let compiled: Vec<Pattern> = patterns
                .iter()
                .map(|pattern| Pattern::compile_resource(pattern, true, &mut keys))
                .collect();
            assert_eq!(
                Guard::of(&compiled).admits(resource),
                expected,
                "{patterns:?} {resource}"
            );
        }
    }
}
