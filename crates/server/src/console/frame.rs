//! What stands around a page's content.

use keystead_types::AccountId;

use super::{ask::Link, assets};

/// Where in the console a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Dashboard,
    Users,
    Groups,
    Policies,
    Roles,
    Events,
    AccountSettings,
    /// My security credentials.
    Mine,
}

impl Section {
    /// In the order of the menu.
    const ALL: [Self; 8] = [
        Self::Dashboard,
        Self::Users,
        Self::Groups,
        Self::Policies,
        Self::Roles,
        Self::Events,
        Self::AccountSettings,
        Self::Mine,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Dashboard => "Dashboard",
            Self::Users => "Users",
            Self::Groups => "Groups",
            Self::Policies => "Policies",
            Self::Roles => "Roles",
            Self::Events => "Events",
            Self::AccountSettings => "Account settings",
            Self::Mine => "My security credentials",
        }
    }

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Dashboard => "/console/",
            Self::Users => "/console/users",
            Self::Groups => "/console/groups",
            Self::Policies => "/console/policies",
            Self::Roles => "/console/roles",
            Self::Events => "/console/events",
            Self::AccountSettings => "/console/account",
            Self::Mine => "/console/me",
        }
    }
}

/// The title, the menu and whom the page is for.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) title: String,
    pub(super) section: Section,
    pub(super) account: AccountId,
    pub(super) visitor: String,
    pub(super) notice: Option<&'static str>,
}

impl Frame {
    pub(super) fn assets(&self) -> &'static str {
        assets::version()
    }

    /// Adds to the title which of a thing's pages it is.
    pub(super) fn add_tab(&mut self, tabs: &[(Link, bool)]) {
        if let Some((tab, _)) = tabs.iter().find(|(_, is_current)| *is_current) {
            self.title = format!("{}: {}", self.title, tab.text.to_lowercase());
        }
    }

    pub(super) fn menu(&self) -> [Section; 8] {
        Section::ALL
    }

    /// `page` where the menu is at the page itself.
    pub(super) fn current(&self, section: &Section) -> Option<&'static str> {
        (self.section == *section).then_some("page")
    }
}
