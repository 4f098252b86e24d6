//! STS.

mod access_key_info;
mod assume_role;
mod assumption;
mod authorization_message;
mod caller_identity;
mod credentials;
mod federation_token;
mod issue;
mod one_time_code;
mod session_policies;
mod session_tags;
mod session_token;
mod use_of_credentials;

pub use self::one_time_code::{CodeChecked, OneTimeCode, OneTimeCodes};
pub(crate) use self::{
    authorization_message::message,
    issue::{Issue, Issuing},
    one_time_code::NoDevices,
    use_of_credentials::may_call,
};
