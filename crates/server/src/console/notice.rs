//! What a page says of the step before it. The address carries a word of this list and no text, so that nobody can
//! put words into the console's mouth.

macro_rules! notices {
    ($($word:literal $text:literal,)*) => {
        /// The text for the word in `?done=`.
        pub(super) fn text(word: &str) -> Option<&'static str> {
            match word {
                $($word => Some($text),)*
                _ => None,
            }
        }
    };
}

notices! {
    "password-set" "Your password is set. Sign in with it.",
    "session-ended" "The session is ended.",
    "sessions-ended" "All other sessions are ended.",
    "session-over" "Your session has ended. Sign in to go on.",
    "session-over-unsent" "Your session has ended, and what was sent last is not done. Sign in to go on.",
    "signed-out" "You are signed out.",
    "access-key-activated" "The access key is active. Requests signed with it are accepted from now on.",
    "access-key-deactivated" "The access key is inactive. Requests signed with it are refused from now on.",
    "access-key-deleted" "The access key is deleted.",
    "access-key-described" "The description is saved.",
    "password-created" "The user can sign in to the console with the new password.",
    "password-changed" "The password is changed.",
    "password-removed" "Console access is disabled: the password is deleted.",
    "mfa-assigned" "The MFA device is assigned. From now on signing in takes one of its codes.",
    "mfa-resynced" "The MFA device is resynced.",
    "rotating-older" "The older key is rotated before the newer one: this is where that stands.",
    "passkey-assigned" "The passkey is assigned. From now on signing in takes it, or another MFA device.",
    "mfa-removed" "The MFA device is removed.",
    "tag-saved" "The tag is saved.",
    "tag-removed" "The tag is removed.",
    "group-joined" "The user is in the group now, and has its permissions.",
    "group-left" "The user is out of the group.",
    "boundary-removed" "The permissions boundary is removed.",
    "boundary-set" "The permissions boundary is set.",
    "group-created" "The group was created.",
    "group-deleted" "The group was deleted.",
    "group-renamed" "The group is renamed.",
    "group-users-added" "The users are in the group now.",
    "group-user-removed" "The user is no longer in the group.",
    "inline-policy-deleted" "The inline policy is deleted.",
    "inline-policy-saved" "The inline policy is saved. It counts from the next request on.",
    "policies-attached" "Attached. It counts from the next request on.",
    "policy-created" "The policy was created.",
    "policy-deleted" "The policy was deleted.",
    "policy-detached" "The policy is detached.",
    "policy-version-created" "The new version is saved.",
    "policy-version-deleted" "The version is deleted.",
    "policy-version-set" "The default version is set. It counts from the next request on.",
    "role-changed" "The role is saved.",
    "role-created" "The role was created.",
    "role-deleted" "The role was deleted.",
    "role-sessions-revoked" "All sessions that began before now are refused everything from the next request on.",
    "trust-policy-saved" "The trust policy is saved.",
    "alias-deleted" "The account alias is deleted.",
    "alias-set" "The account alias is set.",
    "password-policy-deleted" "The password policy is deleted. The default applies.",
    "password-policy-set" "The password policy is saved.",
    "user-created" "The user was created.",
    "user-deleted" "The user was deleted.",
}
