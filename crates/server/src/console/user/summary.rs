//! What stands on top of a user's page: who it is, and the tabs.

use keystead_wire::{ErrorCode, iam};

use super::{
    super::{moment::Moment, path, visitor::Visitor},
    credentials::Credentials,
};
use crate::api::Refused;

/// A tab of a user's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tab {
    Permissions,
    Groups,
    Tags,
    SecurityCredentials,
}

impl Tab {
    pub(super) const ALL: [Self; 4] = [
        Self::Permissions,
        Self::Groups,
        Self::Tags,
        Self::SecurityCredentials,
    ];

    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Permissions => "Permissions",
            Self::Groups => "Groups",
            Self::Tags => "Tags",
            Self::SecurityCredentials => "Security credentials",
        }
    }

    pub(super) fn path(&self, user: &str) -> String {
        let rest = match self {
            Self::Permissions => "",
            Self::Groups => "/groups",
            Self::Tags => "/tags",
            Self::SecurityCredentials => "/security-credentials",
        };
        format!("{}{rest}", path::user(user))
    }
}

/// A user, as every tab shows it.
pub(super) struct Summary {
    pub(super) name: String,
    pub(super) tab: Tab,
    /// Who it is, where the visitor may see it.
    pub(super) about: Result<About, Refused>,
    pub(super) credentials: Credentials,
}

/// Who a user is.
pub(super) struct About {
    pub(super) arn: String,
    pub(super) path: String,
    pub(super) id: String,
    pub(super) created: Moment,
    pub(super) boundary: Option<String>,
    /// When the user last signed in to the console.
    pub(super) signed_in: Option<Moment>,
}

impl Summary {
    /// Reads it. A user that the visitor may not see is shown as far as other permissions go; one that is not there is
    /// refused.
    pub(super) async fn load(visitor: &Visitor, name: String, tab: Tab) -> Result<Self, Refused> {
        let about = About::load(visitor, &name).await;
        let about = match about {
            Err(refused) if !refused.is_denied() => return Err(refused),
            about => about,
        };
        Ok(Self {
            credentials: Credentials::load(visitor, &name).await,
            about,
            tab,
            name,
        })
    }

    /// `page` at the tab that is shown.
    pub(super) fn current(&self, tab: &Tab) -> Option<&'static str> {
        (self.tab == *tab).then_some("page")
    }

    /// When the user last signed in to the console, if the visitor may see it.
    pub(super) fn signed_in(&self) -> Option<Option<Moment>> {
        self.about.as_ref().ok().map(|about| about.signed_in)
    }

    /// When the user, or something with a key of the user's, was last here; as far as the visitor may see.
    pub(super) fn last_activity(&self) -> Option<Moment> {
        let signed_in = self.signed_in().flatten();
        signed_in.into_iter().chain(self.credentials.key_uses()).max()
    }

    /// Whether no activity is hidden from the visitor.
    pub(super) fn sees_all_activity(&self) -> bool {
        let keys = self.credentials.access_keys.as_ref();
        self.about.is_ok() && keys.is_ok_and(|listed| listed.keys.iter().all(|key| key.last_use.is_ok()))
    }
}

impl About {
    pub(super) async fn load(visitor: &Visitor, name: &str) -> Result<Self, Refused> {
        let found = visitor
            .perform::<iam::GetUser>(iam::GetUserRequest {
                user_name: Some(name.to_owned()),
            })
            .await?;
        let user = found.user;
        let boundary = user.permissions_boundary;
        Ok(Self {
            arn: user.arn,
            path: user.path.unwrap_or_default(),
            id: user.user_id,
            created: user.create_date.into(),
            boundary: boundary.and_then(|boundary| boundary.permissions_boundary_arn),
            signed_in: user.password_last_used.map(Into::into),
        })
    }
}

/// What there is, or `None` when the operation says that there is none.
pub(super) fn if_any<T>(result: Result<T, Refused>) -> Result<Option<T>, Refused> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(refused) if refused.error.code() == ErrorCode::NoSuchEntity => Ok(None),
        Err(refused) => Err(refused),
    }
}
