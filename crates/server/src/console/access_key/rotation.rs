//! Rotation as a guided flow. Which step it is at follows from the keys alone, so that one may leave and come back.

use askama::{Template, filters::HtmlSafe};
use axum::{extract::Path, response::Response};

use super::{
    super::{
        frame::{Frame, Section},
        page::{Answer, page},
        path,
        problem::Problem,
        visitor::Visitor,
    },
    cards::{AccessKey, AccessKeys},
    detail::Usage,
};
use crate::api::Refused;

/// Days without use after which deleting the old key is offered.
const IDLE_DAYS: i64 = 1;

/// The step that a rotation is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// There is no newer key.
    Create,
    /// The newer key was not used yet.
    Switch,
    /// Both are in use, or were: see who still uses the old one, then deactivate it.
    Deactivate,
    /// The old key is inactive: wait whether anything fails, then delete it.
    Delete,
    /// The old key is gone.
    Done,
}

/// What a step is decided by.
#[derive(Clone, Copy)]
struct Facts {
    old_exists: bool,
    old_is_active: bool,
    new_exists: bool,
    new_is_used: bool,
}

impl Step {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Create, "Create the second key"),
        (Self::Switch, "Switch over"),
        (Self::Deactivate, "Test, then deactivate the old key"),
        (Self::Delete, "Delete the old key"),
    ];

    fn of(facts: Facts) -> Self {
        match facts {
            Facts {
                old_exists: false, ..
            } => Self::Done,
            Facts {
                old_is_active: false, ..
            } => Self::Delete,
            Facts {
                new_exists: false, ..
            } => Self::Create,
            Facts {
                new_is_used: false, ..
            } => Self::Switch,
            _ => Self::Deactivate,
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
            new_exists: newer.is_some(),
            new_is_used: newer.is_some_and(AccessKey::is_used),
        });
        let usage = match step {
            Step::Switch | Step::Deactivate | Step::Delete => {
                Some(Usage::load(visitor, &user, &old_id).await)
            }
            Step::Create | Step::Done => None,
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

    fn steps(&self) -> [(Step, &'static str); 4] {
        Step::ALL
    }

    fn is_at(&self, step: &Step) -> bool {
        self.step == *step
    }

    fn is_past(&self, step: &Step) -> bool {
        step.is_before(&self.step)
    }

    fn old(&self) -> Option<&AccessKey> {
        self.keys.find(&self.old_id)
    }

    fn newer(&self) -> Option<&AccessKey> {
        self.keys.find(self.new_id.as_deref()?)
    }

    /// Whether the old key was not used for long enough to be deleted.
    fn is_idle(&self) -> bool {
        match self.old().map(|old| &old.last_use) {
            Some(Ok(Some(used))) => used.at.days() >= IDLE_DAYS,
            Some(Ok(None)) => true,
            Some(Err(_)) | None => false,
        }
    }

    /// How long that is.
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
    page(RotationPage { frame, rotation })
}

/// Tells the page how the rotation stands, whenever that changes.
pub(super) async fn live(
    visitor: Visitor,
    Path((user, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    // What the visitor may not see is said in an answer, before anything is told.
    Rotation::load(&visitor, user.clone(), id.clone()).await?;
    Ok(visitor.tell("rotation", move |visitor| {
        let (user, id) = (user.clone(), id.clone());
        async move {
            let rotation = Rotation::load(&visitor, user, id).await.ok()?;
            rotation.render().ok()
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_follows_from_the_keys() {
        let rows = [
            ([true, true, false, false], Step::Create),
            ([true, true, true, false], Step::Switch),
            ([true, true, true, true], Step::Deactivate),
            ([true, false, true, true], Step::Delete),
            ([true, false, false, false], Step::Delete),
            ([false, false, true, true], Step::Done),
        ];
        for ([old_exists, old_is_active, new_exists, new_is_used], step) in rows {
            let facts = Facts {
                old_exists,
                old_is_active,
                new_exists,
                new_is_used,
            };
            assert_eq!(Step::of(facts), step);
        }
        assert!(Step::Create.is_before(&Step::Switch) && !Step::Delete.is_before(&Step::Delete));
    }
}
