//! The registration of a passkey. AWS's console asks IAM for it in a way that no model describes; audit and policies
//! know it as `EnableMFADevice`.

use crate::{
    Decode, Operate, Operation,
    decode::InputShape,
    iam,
    shape::{Structure, encode},
    value::Members,
};

/// `EnableMFADevice` for a passkey, which shows no codes.
pub struct EnablePasskey;

/// What [`EnablePasskey`] is asked for. It never comes over the wire: it is made of what a browser answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnablePasskeyRequest {
    /// Whose the passkey will be.
    pub user_name: String,
    /// Its ARN.
    pub serial_number: String,
}

impl Operate for EnablePasskey {
    type Input = EnablePasskeyRequest;
    type Output = ();
    const OPERATION: &'static Operation = iam::EnableMFADevice::OPERATION;
}

impl Decode for EnablePasskeyRequest {
    const SHAPE: InputShape = InputShape(&Structure { members: &[] });

    fn from_members(_: &mut Members<'_>) -> Self {
        Self::default()
    }
}

encode!(EnablePasskeyRequest {
    user_name = "UserName",
    serial_number = "SerialNumber",
});
