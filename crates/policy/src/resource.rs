//! The requested resource, taken apart.

/// Its parts are found once for a decision, however many statements look at them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedResource<'r> {
    pub text: &'r str,
    /// The fifth part of an ARN; empty for many resources.
    pub account: Option<&'r str>,
    /// Where the sixth part of an ARN begins.
    pub last_part: Option<usize>,
}

impl<'r> RequestedResource<'r> {
    pub(crate) fn parse(text: &'r str) -> Self {
        let bytes = text.bytes().enumerate();
        let mut colons = bytes.filter(|(_, byte)| *byte == b':').map(|(index, _)| index);
        let fourth = colons.nth(3);
        let fifth = colons.next();
        Self {
            text,
            account: fourth.and_then(|fourth| text.get(fourth + 1..fifth.unwrap_or(text.len()))),
            last_part: fifth.map(|fifth| fifth + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_has_an_account_and_a_last_part() {
        let rows = [
            ("*", None, None),
            ("", None, None),
            ("arn:aws:s3:", None, None),
            ("arn:aws:s3::", Some(""), None),
            ("arn:aws:s3:::", Some(""), Some("")),
            ("arn:aws:s3:::bucket/a:b", Some(""), Some("bucket/a:b")),
            ("arn:aws:iam::111122223333", Some("111122223333"), None),
            (
                "arn:aws:iam::111122223333:user/\u{e9}",
                Some("111122223333"),
                Some("user/\u{e9}"),
            ),
        ];
        for (text, account, last_part) in rows {
            let resource = RequestedResource::parse(text);
            assert_eq!(resource.account, account, "{text}");
            let found = resource.last_part.map(|start| &text[start..]);
            assert_eq!(found, last_part, "{text}");
        }
    }
}
