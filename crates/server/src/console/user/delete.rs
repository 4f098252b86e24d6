//! Deletes a user, and before it what is in the way, each by its own operation.

use askama::Template;
use axum::extract::Path;
use http::StatusCode;
use keystead_wire::iam;

use super::{
    super::{
        access_key::AccessKeys,
        attachments::{Owner, OwnerKind, Permissions},
        fields::Form,
        frame::{Frame, Section},
        page::{Answer, page, refused_page, see},
        visitor::Visitor,
    },
    credentials::{Device, Password},
    groups::{self, Group},
    mfa,
    summary::About,
};
use crate::api::Refused;

/// What keeps a user from being deleted.
enum Obstacle {
    AccessKey { id: String, is_active: bool },
    Password,
    MfaDevice(String),
    Group(String),
    ManagedPolicy { name: String, arn: String },
    InlinePolicy(String),
}

impl Obstacle {
    fn kind(&self) -> &'static str {
        match self {
            Self::AccessKey { .. } => "Access key",
            Self::Password => "Console password",
            Self::MfaDevice(_) => "MFA device",
            Self::Group(_) => "Membership of group",
            Self::ManagedPolicy { .. } => "Attached policy",
            Self::InlinePolicy(_) => "Inline policy",
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::AccessKey { id, .. } => id,
            Self::Password => "",
            Self::ManagedPolicy { name, .. } => name,
            Self::MfaDevice(name) | Self::Group(name) | Self::InlinePolicy(name) => name,
        }
    }

    /// What becomes of it.
    fn fate(&self) -> &'static str {
        match self {
            Self::AccessKey { is_active: true, .. } => "is active, and will be deleted",
            Self::AccessKey { .. } | Self::Password | Self::MfaDevice(_) | Self::InlinePolicy(_) => {
                "will be deleted"
            }
            Self::Group(_) => "will end; the group stays",
            Self::ManagedPolicy { .. } => "will be detached; the policy stays",
        }
    }

    async fn remove(&self, visitor: &Visitor, user: &str) -> Result<(), Refused> {
        let user_name = user.to_owned();
        match self {
            Self::AccessKey { id, .. } => {
                let input = iam::DeleteAccessKeyRequest {
                    user_name: Some(user_name),
                    access_key_id: id.clone(),
                };
                visitor.perform::<iam::DeleteAccessKey>(input).await
            }
            Self::Password => {
                let input = iam::DeleteLoginProfileRequest {
                    user_name: Some(user_name),
                };
                visitor.perform::<iam::DeleteLoginProfile>(input).await
            }
            Self::MfaDevice(serial) => mfa::remove_device(visitor, user, serial).await,
            Self::Group(group) => groups::leave(visitor, user, group).await,
            Self::ManagedPolicy { arn, .. } => {
                let policy_arn = arn.clone();
                let input = iam::DetachUserPolicyRequest {
                    user_name,
                    policy_arn,
                };
                visitor.perform::<iam::DetachUserPolicy>(input).await
            }
            Self::InlinePolicy(name) => {
                let policy_name = name.clone();
                let input = iam::DeleteUserPolicyRequest {
                    user_name,
                    policy_name,
                };
                visitor.perform::<iam::DeleteUserPolicy>(input).await
            }
        }
    }
}

/// What is in the way, in the order in which it is removed, and what the visitor may not see of it.
#[derive(Default)]
struct Obstacles {
    seen: Vec<Obstacle>,
    unseen: Vec<Refused>,
}

impl Obstacles {
    async fn load(visitor: &Visitor, user: &str) -> Self {
        let mut found = Self::default();
        found.add(AccessKeys::load(visitor, user).await, |access_keys| {
            let keys = access_keys.keys.into_iter().map(|key| Obstacle::AccessKey {
                id: key.id,
                is_active: key.is_active,
            });
            keys.collect()
        });
        found.add(Password::load(visitor, user).await, |password| {
            password.map(|_| Obstacle::Password).into_iter().collect()
        });
        found.add(Device::load(visitor, user).await, |devices| {
            let serials = devices.into_iter().map(|device| device.serial);
            serials.map(Obstacle::MfaDevice).collect()
        });
        found.add(Group::load(visitor, user).await, |groups| {
            let names = groups.into_iter().map(|group| group.name);
            names.map(Obstacle::Group).collect()
        });
        let owner = Owner::new(OwnerKind::User, user);
        let permissions = Permissions::load(visitor, owner, None).await;
        found.add(permissions.attached, |policies| {
            let managed = policies.into_iter().map(|policy| Obstacle::ManagedPolicy {
                name: policy.name,
                arn: policy.arn,
            });
            managed.collect()
        });
        found.add(permissions.inline, |names| {
            names.into_iter().map(Obstacle::InlinePolicy).collect()
        });
        found
    }

    fn add<T>(&mut self, loaded: Result<T, Refused>, obstacles: impl FnOnce(T) -> Vec<Obstacle>) {
        match loaded {
            Ok(loaded) => self.seen.extend(obstacles(loaded)),
            Err(refused) => self.unseen.push(refused),
        }
    }
}

#[derive(Template)]
#[template(path = "user/delete.html")]
struct DeletePage {
    frame: Frame,
    user: String,
    is_own: bool,
    obstacles: Obstacles,
    /// What was removed before a refusal.
    removed: Vec<Obstacle>,
    /// What could not be removed; `None` for the user itself.
    stopped_at: Option<Obstacle>,
    wrong: Option<&'static str>,
    refused: Option<Refused>,
}

impl DeletePage {
    async fn load(visitor: &Visitor, user: String) -> Self {
        Self {
            frame: visitor.frame(Section::Users, format!("Delete user: {user}")),
            is_own: visitor.name() == user,
            obstacles: Obstacles::load(visitor, &user).await,
            user,
            removed: Vec::new(),
            stopped_at: None,
            wrong: None,
            refused: None,
        }
    }
}

/// `/console/users/{user}/delete`
pub(super) async fn ask(visitor: Visitor, Path(user): Path<String>) -> Answer {
    match About::load(&visitor, &user).await {
        Err(refused) if !refused.is_denied() => Err(refused.into()),
        _ => page(DeletePage::load(&visitor, user).await),
    }
}

/// Deletes in the order of the page, and stops at the first refusal: what was removed by then stays removed, and the
/// page says so.
pub(super) async fn delete(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    if form.text("confirm").trim() != user {
        let mut asking = DeletePage::load(&visitor, user).await;
        asking.wrong = Some("That is not the user's name. Nothing was deleted.");
        return refused_page(StatusCode::BAD_REQUEST, asking);
    }
    let mut removed = Vec::new();
    for obstacle in Obstacles::load(&visitor, &user).await.seen {
        match obstacle.remove(&visitor, &user).await {
            Ok(()) => removed.push(obstacle),
            Err(refused) => return stopped(&visitor, user, removed, Some(obstacle), refused).await,
        }
    }
    let deleted = visitor
        .perform::<iam::DeleteUser>(iam::DeleteUserRequest {
            user_name: user.clone(),
        })
        .await;
    match deleted {
        Ok(()) => see("/console/users?done=user-deleted"),
        Err(refused) => stopped(&visitor, user, removed, None, refused).await,
    }
}

async fn stopped(
    visitor: &Visitor,
    user: String,
    removed: Vec<Obstacle>,
    stopped_at: Option<Obstacle>,
    refused: Refused,
) -> Answer {
    let mut asking = DeletePage::load(visitor, user).await;
    let status = refused.status();
    asking.removed = removed;
    asking.stopped_at = stopped_at;
    asking.refused = Some(refused);
    refused_page(status, asking)
}
