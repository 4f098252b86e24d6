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
    "signed-out" "You are signed out.",
    "access-key-activated" "The access key is active. Requests signed with it are accepted from now on.",
    "access-key-deactivated" "The access key is inactive. Requests signed with it are refused from now on.",
    "access-key-deleted" "The access key is deleted.",
    "access-key-described" "The description is saved.",
    "alias-deleted" "The account alias is deleted.",
    "alias-set" "The account alias is set.",
    "password-policy-deleted" "The password policy is deleted. The default applies.",
    "password-policy-set" "The password policy is saved.",
    "user-created" "The user was created.",
    "user-deleted" "The user was deleted.",
}
