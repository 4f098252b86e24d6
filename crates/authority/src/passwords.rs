//! Hashing of passwords, which takes long: on a bounded pool of threads, where nobody waits for it but who asked.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::SaltString,
};
use keystead_types::{Random, limits};
use keystead_wire::ApiError;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Bytes of a salt. Source: RFC 9106, 3.1.
const SALT_BYTES: usize = 16;

/// Where passwords are hashed.
#[derive(Clone)]
pub(crate) struct Passwords {
    /// One for each that is being hashed.
    running: Arc<Semaphore>,
    /// One for each that is being hashed or waits for it.
    admitted: Arc<Semaphore>,
}

/// A password that is to be set, with what it must not be.
pub(crate) struct NewPassword {
    pub(crate) password: Zeroizing<String>,
    /// What was said to be the present password, and the present one's hash.
    pub(crate) old: Option<(Zeroizing<String>, Zeroizing<String>)>,
    /// Hashes of passwords that may not be set again.
    pub(crate) former: Vec<Zeroizing<String>>,
}

/// A password that may be set.
pub(crate) struct HashedPassword {
    /// Its hash, as a PHC string.
    pub(crate) hash: Zeroizing<String>,
    /// The hash of the present password, where that had to be known.
    pub(crate) replaces: Option<Zeroizing<String>>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let running = limits::PASSWORDS_HASHED_AT_ONCE;
        Self {
            running: Arc::new(Semaphore::new(running)),
            admitted: Arc::new(Semaphore::new(running + limits::PASSWORDS_WAITING_MAX)),
        }
    }

    /// Compares and hashes.
    ///
    /// # Errors
    ///
    /// `AccessDenied` for a wrong old password, `PasswordPolicyViolation` for a former one, `Throttling` when too
    /// many wait already.
    pub(crate) async fn hash(
        &self,
        new: NewPassword,
        random: Arc<dyn Random>,
    ) -> Result<HashedPassword, ApiError> {
        self.run(move || new.hash(&*random)).await
    }
}

impl Passwords {
    /// Whether a hash is a password's. Without a hash it never is, and takes as long.
    ///
    /// # Errors
    ///
    /// `Throttling` when too many wait already.
    pub(crate) async fn compare(
        &self,
        password: Zeroizing<String>,
        hash: Option<Zeroizing<String>>,
    ) -> Result<bool, ApiError> {
        self.run(move || {
            let argon2 = argon2()?;
            match hash {
                Some(hash) => is_password(&argon2, &password, &hash),
                None => argon2
                    .hash_password(
                        password.as_bytes(),
                        &SaltString::encode_b64(&[0; SALT_BYTES]).map_err(failure)?,
                    )
                    .map_err(failure)
                    .map(|_| false),
            }
        })
        .await
    }

    /// Runs what takes long, when it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let admitted = Arc::clone(&self.admitted).try_acquire_owned();
        let admitted = admitted.map_err(|_| ApiError::throttling())?;
        let running = Arc::clone(&self.running).acquire_owned().await;
        let running = running.map_err(|_| ApiError::throttling())?;
        // Both are held by the work itself: a client that goes away does not make room before it ends.
        let work = move || {
            let done = work();
            drop((running, admitted));
            done
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| ApiError::service_failure(error.to_string()))?
    }
}

impl NewPassword {
    fn hash(self, random: &dyn Random) -> Result<HashedPassword, ApiError> {
        let argon2 = argon2()?;
        let replaces = match self.old {
            Some((said, hash)) if !is_password(&argon2, &said, &hash)? => {
                return Err(ApiError::old_password_incorrect());
            }
            old => old.map(|(_, hash)| hash),
        };
        for former in &self.former {
            if is_password(&argon2, &self.password, former)? {
                return Err(ApiError::password_policy_violation());
            }
        }
        let mut salt = [0; SALT_BYTES];
        random.fill(&mut salt);
        let salt = SaltString::encode_b64(&salt).map_err(failure)?;
        let hash = argon2
            .hash_password(self.password.as_bytes(), &salt)
            .map_err(failure)?;
        Ok(HashedPassword {
            hash: Zeroizing::new(hash.to_string()),
            replaces,
        })
    }
}

fn argon2() -> Result<Argon2<'static>, ApiError> {
    let params = Params::new(
        limits::PASSWORD_HASH_KIB,
        limits::PASSWORD_HASH_PASSES,
        limits::PASSWORD_HASH_LANES,
        None,
    );
    let params = params.map_err(|error| ApiError::service_failure(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Whether a hash is a password's. It is compared with the parameters that the hash itself names.
fn is_password(argon2: &Argon2<'_>, password: &str, hash: &str) -> Result<bool, ApiError> {
    let hash = PasswordHash::new(hash).map_err(failure)?;
    match argon2.verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::Password) => Ok(false),
        Err(error) => Err(failure(error)),
    }
}

fn failure(error: argon2::password_hash::Error) -> ApiError {
    ApiError::service_failure(format!("a password hash: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn new(password: &str) -> NewPassword {
        NewPassword {
            password: Zeroizing::new(password.to_owned()),
            old: None,
            former: Vec::new(),
        }
    }

    #[test]
    fn what_is_compared_before_a_password_is_hashed() {
        let present = new("first").hash(&Fixed).unwrap().hash;
        assert!(
            present.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{}",
            *present
        );
        for (said, former, expected) in [
            ("first", false, Ok(())),
            ("other", false, Err(ApiError::old_password_incorrect())),
            ("first", true, Err(ApiError::password_policy_violation())),
        ] {
            let asked = NewPassword {
                old: Some((Zeroizing::new(said.to_owned()), present.clone())),
                former: former
                    .then(|| new("second").hash(&Fixed).unwrap().hash)
                    .into_iter()
                    .collect(),
                ..new("second")
            };
            let found = asked
                .hash(&Fixed)
                .map(|hashed| assert_eq!(hashed.replaces, Some(present.clone())));
            assert_eq!(
                found.map_err(|error| error.to_string()),
                expected.map_err(|error| error.to_string())
            );
        }
    }

    #[tokio::test]
    async fn too_many_at_once_are_refused() {
        let passwords = Passwords::new();
        let all = limits::PASSWORDS_HASHED_AT_ONCE + limits::PASSWORDS_WAITING_MAX;
        let held = passwords
            .admitted
            .try_acquire_many(u32::try_from(all).unwrap())
            .unwrap();
        assert!(passwords.hash(new("x"), Arc::new(Fixed)).await.is_err());
        drop(held);
        assert!(passwords.hash(new("x"), Arc::new(Fixed)).await.is_ok());
    }
}
