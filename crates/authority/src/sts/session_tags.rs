//! Tags that are passed for one session, and those that it inherits.

use keystead_store::folded_tag_key;
use keystead_types::{Session, SessionTag, limits};
use keystead_wire::{ApiError, sts::Tag};

/// The tags of a new session: what is passed, and what the caller's session passes on.
///
/// # Errors
///
/// A key comes twice, or is declared transitive and not passed, or is one that the caller's session passes on.
pub(super) fn session_tags(
    passed: Option<&[Tag]>,
    transitive_keys: Option<&[String]>,
    parent: Option<&Session>,
) -> Result<Box<[SessionTag]>, ApiError> {
    let passed = passed.unwrap_or_default();
    let transitive_keys = transitive_keys.unwrap_or_default();
    let inherited = inherited(parent);
    for (position, tag) in passed.iter().enumerate() {
        let mut before = passed.iter().take(position);
        if before.any(|other| is_same(&other.key, &tag.key)) {
            return Err(ApiError::duplicate_session_tag_keys());
        }
        if inherited.clone().any(|other| is_same(&other.key, &tag.key)) {
            return Err(ApiError::transitive_tag_conflict());
        }
    }
    if !transitive_keys
        .iter()
        .all(|key| passed.iter().any(|tag| is_same(&tag.key, key)))
    {
        return Err(ApiError::transitive_tag_not_passed());
    }
    let passed = passed.iter().map(|tag| SessionTag {
        key: tag.key.as_str().into(),
        value: tag.value.as_str().into(),
        is_transitive: transitive_keys.iter().any(|key| is_same(key, &tag.key)),
    });
    let tags: Box<[SessionTag]> = passed.chain(inherited.cloned()).collect();
    match tags.len() > limits::SESSION_TAGS {
        true => Err(ApiError::too_many_session_tags(limits::SESSION_TAGS)),
        false => Ok(tags),
    }
}

/// The tags that a session passes on to those that are made from it.
pub(super) fn inherited(parent: Option<&Session>) -> impl Iterator<Item = &SessionTag> + Clone {
    let tags = parent.into_iter().flat_map(|session| session.tags.iter());
    tags.filter(|tag| tag.is_transitive)
}

/// AWS: keys of tags are compared without regard to case.
fn is_same(one: &str, other: &str) -> bool {
    folded_tag_key(one) == folded_tag_key(other)
}

#[cfg(test)]
mod tests {
    use keystead_types::Timestamp;

    use super::*;

    fn tag(key: &str) -> Tag {
        Tag {
            key: key.to_owned(),
            value: "v".to_owned(),
        }
    }

    fn parent() -> Session {
        let held = |key: &str, is_transitive| SessionTag {
            key: key.into(),
            value: "v".into(),
            is_transitive,
        };
        Session {
            issued_at: Timestamp::from_seconds(1),
            expires_at: Timestamp::from_seconds(2),
            mfa_at: None,
            source_identity: None,
            tags: [held("Team", true), held("Own", false)].into(),
            policy: None,
            policy_ids: Box::default(),
            ancestors: Box::default(),
        }
    }

    #[test]
    fn what_a_session_gets() {
        let conflict = ApiError::transitive_tag_conflict();
        type Row<'a> = (
            &'a [&'a str],
            &'a [&'a str],
            Result<&'a [(&'a str, bool)], ApiError>,
        );
        let rows: [Row<'_>; 7] = [
            (&[], &[], Ok(&[("Team", true)])),
            (&["a"], &[], Ok(&[("a", false), ("Team", true)])),
            (
                &["a", "b"],
                &["B"],
                Ok(&[("a", false), ("b", true), ("Team", true)]),
            ),
            (&["a", "A"], &[], Err(ApiError::duplicate_session_tag_keys())),
            (&["a"], &["b"], Err(ApiError::transitive_tag_not_passed())),
            (&["team"], &[], Err(conflict)),
            (&["own"], &[], Ok(&[("own", false), ("Team", true)])),
        ];
        for (passed, transitive, expected) in rows {
            let passed: Vec<Tag> = passed.iter().map(|key| tag(key)).collect();
            let transitive: Vec<String> = transitive.iter().map(|key| (*key).to_owned()).collect();
            let parent = parent();
            let found = session_tags(Some(&passed), Some(&transitive), Some(&parent));
            let keys = found.as_ref().map(|tags| {
                let tags = tags.iter().map(|tag| (&*tag.key, tag.is_transitive));
                tags.collect::<Vec<_>>()
            });
            assert_eq!(keys, expected.as_ref().map(|keys| keys.to_vec()));
        }
        let many: Vec<Tag> = (0..limits::SESSION_TAGS)
            .map(|number| tag(&number.to_string()))
            .collect();
        assert!(session_tags(Some(&many), None, None).is_ok());
        assert!(session_tags(Some(&many), None, Some(&parent())).is_err());
    }
}
