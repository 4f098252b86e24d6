use std::fmt;

use zeroize::{Zeroize, Zeroizing};

/// A value that AWS's model marks sensitive, such as a secret access key or a password.
///
/// It is wiped from memory when dropped, its `Debug` shows nothing of it, no error repeats it and
/// no audit record holds it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sensitive<T: Zeroize>(Zeroizing<T>);

/// Bytes, which travel as base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl<T: Zeroize> Sensitive<T> {
    /// The value itself. Every caller of this is a place where it could leak.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(Zeroizing::new(value))
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sensitive]")
    }
}

impl Zeroize for Blob {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}
