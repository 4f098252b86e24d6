//! What passwords of the account's users must be like.

use askama::Template;
use http::StatusCode;
use keystead_wire::{ErrorCode, iam};

use super::{
    super::{
        fields::{Fields, Form},
        frame::{Frame, Section},
        page::{Answer, page, refused_page, see},
        visitor::Visitor,
    },
    DeletePage,
};
use crate::api::Refused;

/// The length that the form proposes. AWS: 8.
const LENGTH_PROPOSED: i32 = 8;

/// A password policy as a form has it: numbers as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PolicyFields {
    pub(super) length: String,
    pub(super) uppercase: bool,
    pub(super) lowercase: bool,
    pub(super) numbers: bool,
    pub(super) symbols: bool,
    /// Days; empty for passwords that do not expire.
    pub(super) max_age: String,
    pub(super) hard_expiry: bool,
    pub(super) may_change: bool,
    /// Passwords that are remembered; empty for none.
    pub(super) remembered: String,
}

impl PolicyFields {
    /// The account's policy, if it has one.
    pub(super) async fn load(visitor: &Visitor) -> Result<Option<Self>, Refused> {
        match visitor.perform::<iam::GetAccountPasswordPolicy>(()).await {
            Ok(found) => Ok(Some(Self::from(found.password_policy))),
            Err(refused) if refused.error.code() == ErrorCode::NoSuchEntity => Ok(None),
            Err(refused) => Err(refused),
        }
    }

    fn proposed() -> Self {
        Self {
            length: LENGTH_PROPOSED.to_string(),
            may_change: true,
            ..Self::default()
        }
    }

    fn typed(fields: &Fields) -> Self {
        let text = |name| fields.text(name).trim().to_owned();
        Self {
            length: text("length"),
            uppercase: fields.is_checked("uppercase"),
            lowercase: fields.is_checked("lowercase"),
            numbers: fields.is_checked("numbers"),
            symbols: fields.is_checked("symbols"),
            max_age: text("max-age"),
            hard_expiry: fields.is_checked("hard-expiry"),
            may_change: fields.is_checked("may-change"),
            remembered: text("remembered"),
        }
    }

    /// The operation's input, or what is wrong with the fields.
    fn wanted(&self) -> Result<iam::UpdateAccountPasswordPolicyRequest, &'static str> {
        let number = |text: &str| match text {
            "" => Ok(None),
            text => text
                .parse::<i32>()
                .map(Some)
                .map_err(|_| "Lengths, days and counts are whole numbers."),
        };
        let max_password_age = number(&self.max_age)?;
        Ok(iam::UpdateAccountPasswordPolicyRequest {
            minimum_password_length: number(&self.length)?,
            require_symbols: Some(self.symbols),
            require_numbers: Some(self.numbers),
            require_uppercase_characters: Some(self.uppercase),
            require_lowercase_characters: Some(self.lowercase),
            allow_users_to_change_password: Some(self.may_change),
            max_password_age,
            password_reuse_prevention: number(&self.remembered)?,
            hard_expiry: Some(self.hard_expiry).filter(|_| max_password_age.is_some()),
        })
    }
}

impl From<iam::PasswordPolicy> for PolicyFields {
    fn from(policy: iam::PasswordPolicy) -> Self {
        let text = |number: Option<i32>| number.map(|number| number.to_string()).unwrap_or_default();
        Self {
            length: text(policy.minimum_password_length),
            uppercase: policy.require_uppercase_characters.unwrap_or_default(),
            lowercase: policy.require_lowercase_characters.unwrap_or_default(),
            numbers: policy.require_numbers.unwrap_or_default(),
            symbols: policy.require_symbols.unwrap_or_default(),
            max_age: text(policy.max_password_age),
            hard_expiry: policy.hard_expiry.unwrap_or_default(),
            may_change: policy.allow_users_to_change_password.unwrap_or_default(),
            remembered: text(policy.password_reuse_prevention),
        }
    }
}

#[derive(Template)]
#[template(path = "account/password_policy.html")]
struct PolicyPage {
    frame: Frame,
    policy: PolicyFields,
    wrong: Option<&'static str>,
    refused: Option<Refused>,
}

impl PolicyPage {
    fn new(visitor: &Visitor, policy: PolicyFields) -> Self {
        Self {
            frame: visitor.frame(Section::AccountSettings, "Edit password policy"),
            policy,
            wrong: None,
            refused: None,
        }
    }
}

/// `/console/account/password-policy`
pub(super) async fn edit(visitor: Visitor) -> Answer {
    let policy = PolicyFields::load(&visitor).await?;
    page(PolicyPage::new(
        &visitor,
        policy.unwrap_or_else(PolicyFields::proposed),
    ))
}

pub(super) async fn save(visitor: Visitor, form: Form) -> Answer {
    let mut shown = PolicyPage::new(&visitor, PolicyFields::typed(&form));
    let wanted = match shown.policy.wanted() {
        Ok(wanted) => wanted,
        Err(wrong) => {
            shown.wrong = Some(wrong);
            return refused_page(StatusCode::BAD_REQUEST, shown);
        }
    };
    match visitor.perform::<iam::UpdateAccountPasswordPolicy>(wanted).await {
        Ok(()) => see("/console/account?done=password-policy-set"),
        Err(refused) => {
            let status = refused.status();
            shown.refused = Some(refused);
            refused_page(status, shown)
        }
    }
}

pub(super) async fn ask_delete(visitor: Visitor) -> Answer {
    asking(&visitor, None).answer()
}

pub(super) async fn delete(visitor: Visitor) -> Answer {
    match visitor.perform::<iam::DeleteAccountPasswordPolicy>(()).await {
        Ok(()) => see("/console/account?done=password-policy-deleted"),
        Err(refused) => asking(&visitor, Some(refused)).answer(),
    }
}

fn asking(visitor: &Visitor, refused: Option<Refused>) -> DeletePage {
    DeletePage {
        frame: visitor.frame(Section::AccountSettings, "Delete password policy"),
        text: format!(
            "Account {} goes back to the default: passwords of at least 8 characters with three of upper case, lower \
             case, numbers and symbols. Passwords do not expire, and users need a permission to change their own.",
            visitor.account()
        ),
        action: "/console/account/password-policy/delete",
        button: "Delete the password policy".to_owned(),
        refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_all_of_a_policy() {
        let fields = "length=12&uppercase=on&numbers=on&max-age=90&hard-expiry=on&remembered=+5+";
        let typed = PolicyFields::typed(&Fields::parse(fields.as_bytes()));
        let wanted = typed.wanted().unwrap();
        assert_eq!(wanted.minimum_password_length, Some(12));
        assert_eq!(wanted.require_uppercase_characters, Some(true));
        assert_eq!(wanted.require_lowercase_characters, Some(false));
        assert_eq!(wanted.max_password_age, Some(90));
        assert_eq!(wanted.hard_expiry, Some(true));
        assert_eq!(wanted.password_reuse_prevention, Some(5));
        assert_eq!(wanted.allow_users_to_change_password, Some(false));
    }

    #[test]
    fn what_does_not_expire_has_no_hard_expiry_and_what_is_no_number_is_refused() {
        let typed = |fields: &str| PolicyFields::typed(&Fields::parse(fields.as_bytes()));
        assert_eq!(
            typed("length=8&hard-expiry=on").wanted().unwrap().hard_expiry,
            None
        );
        assert!(typed("length=eight").wanted().is_err());
    }
}
