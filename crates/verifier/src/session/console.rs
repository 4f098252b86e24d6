use std::sync::Arc;

use keystead_types::{Session, Timestamp};

use super::Opened;
use crate::{Authenticated, Directory, Failure, Verifier, authenticated::Scope};

/// What the scope of a console session names as its service.
const SERVICE: &str = "console";

impl<D: Directory> Verifier<D> {
    /// Tells whose session of the console a token is of. `region` is where the console is said to act.
    ///
    /// The directory is asked each time: people are slower than programs, and a session that was ended is refused at
    /// once.
    ///
    /// # Errors
    ///
    /// Nobody is signed in with it, or not any more; the user is gone or has revoked its sessions; the directory does
    /// not answer.
    pub async fn authenticate_console(
        &self,
        token: &str,
        region: &str,
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        let found = self.directory.console_session(token).await;
        let found = found.map_err(Failure::DirectoryUnavailable)?;
        let found = found.ok_or(Failure::SessionToken)?;
        let facts = Session {
            issued_at: found.issued_at,
            expires_at: found.expires_at,
            mfa_at: found.mfa_at,
            source_identity: None,
            tags: Box::default(),
            policy: None,
            policy_ids: Box::default(),
            ancestors: Box::default(),
        };
        let opened = Arc::new(Opened::new(found.principal, Arc::new(facts), &self.permissions));
        opened.is_of_time(now)?;
        self.confirm(&opened).await?;
        let scope = Arc::new(Scope {
            date: found.issued_at.to_string().into(),
            region: region.into(),
            service: SERVICE.into(),
        });
        Ok(Authenticated::of_console(found.access_key_id, opened, scope))
    }
}
