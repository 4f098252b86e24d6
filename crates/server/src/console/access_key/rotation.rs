//! Rotation as a guided flow. Which step it is at follows from the keys alone, so that one may leave and come back.

use askama::{Template, filters::HtmlSafe};
use axum::{extract::Path, response::Response};

use super::{
    super::{
        frame::{Frame, Section},
        live,
        page::{Answer, page, see},
        path,
        visitor::Visitor,
    },
    cards::{AccessKey, AccessKeys, commits},
    detail::Usage,
};
use crate::api::Refused;

/// Days without use after which deleting the old key is offered.
const IDLE_DAYS: i64 = 1;
/// Seconds within which a use of the old key says that somebody still has it.
const IN_USE_SECONDS: i64 = 3600;

/// The step that a rotation is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// There is no newer key.
    Create,
    /// The newer key was not used yet.
    Switch,
    /// Both are in use: see who still uses the old one.
    Test,
    /// The new key is in use, and the old one is not.
    Deactivate,
    /// The old key is inactive, and not for long: wait whether anything fails.
    Wait,
    /// The old key is inactive and idle.
    Delete,
    /// The old key is gone.
    Done,
}

/// What a step is decided by.
#[derive(Clone, Copy)]
struct Facts {
    old_exists: bool,
    old_is_active: bool,
    old_use: OldUse,
    new_exists: bool,
    new_is_used: bool,
}

/// How long ago the old key was used, as far as the visitor may know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OldUse {
    /// So lately that somebody still has it.
    Now,
    /// Not lately, and not long enough ago for deleting it.
    Recent,
    /// Long ago, or never.
    Idle,
}

impl OldUse {
    fn of(old: Option<&AccessKey>) -> Self {
        match old.map(|old| &old.last_use) {
            Some(Ok(None)) => Self::Idle,
            Some(Ok(Some(used))) if used.at.days() >= IDLE_DAYS => Self::Idle,
            Some(Ok(Some(used))) if used.at.seconds_ago() < IN_USE_SECONDS => Self::Now,
            Some(Ok(Some(_)) | Err(_)) | None => Self::Recent,
        }
    }
}

impl Step {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Create, "Create the second key"),
        (Self::Switch, "Switch over"),
        (Self::Test, "See who still uses the old key"),
        (Self::Deactivate, "Deactivate the old key"),
        (Self::Delete, "Delete the old key"),
    ];

    fn of(facts: Facts) -> Self {
        match facts {
            Facts {
                old_exists: false, ..
            } => Self::Done,
            Facts {
                old_is_active: false,
                old_use: OldUse::Idle,
                ..
            } => Self::Delete,
            Facts {
                old_is_active: false, ..
            } => Self::Wait,
            Facts {
                new_exists: false, ..
            } => Self::Create,
            Facts {
                new_is_used: false, ..
            } => Self::Switch,
            Facts {
                old_use: OldUse::Now, ..
            } => Self::Test,
            _ => Self::Deactivate,
        }
    }

    /// The step of the list that it belongs to.
    fn listed(self) -> Self {
        match self {
            Self::Wait => Self::Deactivate,
            other => other,
        }
    }

    fn is_before(self, other: &Self) -> bool {
        (self as u8) < (*other as u8)
    }
}

/// A rotation as it stands.
#[derive(Template)]
#[template(path = "access_key/rotation_state.html")]
struct Rotation {
    user: String,
    old_id: String,
    keys: AccessKeys,
    new_id: Option<String>,
    step: Step,
    /// Who used the old key, for the steps that look at it.
    usage: Option<Result<Usage, Refused>>,
}

impl Rotation {
    async fn load(visitor: &Visitor, user: String, old_id: String) -> Result<Self, Refused> {
        let keys = AccessKeys::load(visitor, &user).await?;
        let old = keys.find(&old_id);
        let newer = keys.keys.iter().rfind(|key| key.id != old_id);
        let step = Step::of(Facts {
            old_exists: old.is_some(),
            old_is_active: old.is_some_and(|old| old.is_active),
            old_use: OldUse::of(old),
            new_exists: newer.is_some(),
            new_is_used: newer.is_some_and(AccessKey::is_used),
        });
        let usage = match step {
            Step::Create | Step::Done => None,
            _ => Some(Usage::load(visitor, &user, &old_id).await),
        };
        Ok(Self {
            new_id: newer.map(|key| key.id.clone()),
            step,
            usage,
            user,
            old_id,
            keys,
        })
    }

    /// The key that is to be rotated first, if the one that was asked for is the newer of two.
    fn older(&self) -> Option<&AccessKey> {
        let at = self.keys.keys.iter().position(|key| key.id == self.old_id)?;
        self.keys.keys.first().filter(|_| at > 0)
    }

    fn steps(&self) -> [(Step, &'static str); 5] {
        Step::ALL
    }

    fn is_at(&self, step: &Step) -> bool {
        self.step.listed() == *step
    }

    fn is_past(&self, step: &Step) -> bool {
        step.is_before(&self.step.listed())
    }

    fn newer(&self) -> Option<&AccessKey> {
        self.keys.find(self.new_id.as_deref()?)
    }

    /// How long the old key has to be idle before it is deleted.
    fn idle_hours(&self) -> i64 {
        IDLE_DAYS * 24
    }

    fn path(&self) -> String {
        format!("{}/rotate", self.old_path())
    }

    fn old_path(&self) -> String {
        path::access_key(&self.user, &self.old_id)
    }

    fn create_path(&self) -> String {
        let (keys, old) = (self.keys.path(), path::segment(&self.old_id));
        format!("{keys}/new?replaces={old}")
    }

    fn back(&self) -> String {
        path::security_credentials(&self.user)
    }
}

/// A template escapes by itself.
impl HtmlSafe for Rotation {}

#[derive(Template)]
#[template(path = "access_key/rotation.html")]
struct RotationPage {
    frame: Frame,
    rotation: Rotation,
}

/// `/console/users/{user}/access-keys/{id}/rotate`, where `id` is the old key.
pub(super) async fn rotation(visitor: Visitor, Path((user, id)): Path<(String, String)>) -> Answer {
    let frame = visitor.frame(Section::Users, format!("Rotate access key {id}"));
    let rotation = Rotation::load(&visitor, user, id).await?;
    if let Some(older) = rotation.older() {
        let older = path::access_key(&rotation.user, &older.id);
        return see(&format!("{older}/rotate?done=rotating-older"));
    }
    page(RotationPage { frame, rotation })
}

/// Tells the page how the rotation stands, whenever that changes.
pub(super) async fn live(visitor: Option<Visitor>, Path((user, id)): Path<(String, String)>) -> Response {
    let Some(visitor) = visitor else {
        return live::ended();
    };
    if Rotation::load(&visitor, user.clone(), id.clone()).await.is_err() {
        return live::ended();
    }
    visitor.tell("rotation", commits, move |visitor| {
        let (user, id) = (user.clone(), id.clone());
        async move {
            let rotation = Rotation::load(&visitor, user, id).await.ok()?;
            rotation.render().ok()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_follows_from_the_keys() {
        use OldUse::{Idle, Now, Recent};
        let rows = [
            ([true, true, false, false], Now, Step::Create),
            ([true, true, true, false], Now, Step::Switch),
            ([true, true, true, true], Now, Step::Test),
            ([true, true, true, true], Recent, Step::Deactivate),
            ([true, true, true, true], Idle, Step::Deactivate),
            ([true, false, true, true], Now, Step::Wait),
            ([true, false, true, true], Recent, Step::Wait),
            ([true, false, true, true], Idle, Step::Delete),
            ([true, false, false, false], Idle, Step::Delete),
            ([false, false, true, true], Recent, Step::Done),
        ];
        for ([old_exists, old_is_active, new_exists, new_is_used], old_use, step) in rows {
            let facts = Facts {
                old_exists,
                old_is_active,
                old_use,
                new_exists,
                new_is_used,
            };
            assert_eq!(Step::of(facts), step);
        }
        assert!(Step::Create.is_before(&Step::Switch) && !Step::Delete.is_before(&Step::Delete));
        assert!(!Step::Deactivate.is_before(&Step::Wait.listed()));
    }
}
