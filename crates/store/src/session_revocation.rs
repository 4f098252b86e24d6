use keystead_types::{AccountId, Timestamp, UniqueId};
use keystead_verifier::Subject;

use crate::{StoreError, Tx, account::number, statements};

/// Whose sessions are revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionOwner {
    /// The account's root user's.
    Root,
    /// A user's, with those of the federated users that it made.
    User(UniqueId),
    /// A role's.
    Role(UniqueId),
}

impl Tx<'_> {
    /// Refuses all sessions of a principal that were issued before a moment; `false` when there is no such
    /// principal. Times are in whole seconds: to be rid of what was issued in this one, name the next.
    ///
    /// An earlier moment than before takes part of a revocation back, for a revocation made while the clock was
    /// wrong. Nothing but this sets it.
    pub fn revoke_sessions(
        &mut self,
        account: AccountId,
        owner: SessionOwner,
        issued_before: Timestamp,
    ) -> Result<bool, StoreError> {
        let (moment, number) = (issued_before.seconds(), number(account));
        let (rows, subject) = match owner {
            SessionOwner::Root => {
                let parameters = [moment.into(), number.into()];
                let rows = self.execute(statements::REVOKE_ROOT_SESSIONS, &parameters)?;
                (rows, Subject::Account(account))
            }
            SessionOwner::User(id) => {
                let parameters = [moment.into(), number.into(), id.as_str().into()];
                let rows = self.execute(statements::REVOKE_USER_SESSIONS, &parameters)?;
                (rows, Subject::User(id))
            }
            SessionOwner::Role(id) => {
                let parameters = [moment.into(), number.into(), id.as_str().into()];
                let rows = self.execute(statements::REVOKE_ROLE_SESSIONS, &parameters)?;
                (rows, Subject::Role(id))
            }
        };
        if rows == 0 {
            return Ok(false);
        }
        self.change(subject)?;
        Ok(true)
    }
}
