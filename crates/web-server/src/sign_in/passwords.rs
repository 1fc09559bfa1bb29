//! Password hashes: made and checked on blocking threads, a few at a time, as each takes 19 MiB and a core.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, password_hash};
use contact_center::people::PasswordHash;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::SignInConfig;

/// Where passwords are hashed.
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    max_waiting: usize,
    timeout: Duration,
    /// Checked where there is no user, so that nobody can tell by the time it takes.
    nobody: PasswordHash,
}

/// Too many passwords are being checked; nothing is known of this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords wait for verification")]
pub(crate) struct Busy;

/// The right to hash one password.
pub(crate) struct Turn(OwnedSemaphorePermit);

impl Passwords {
    pub(crate) fn new(config: &SignInConfig) -> Passwords {
        let salt: [u8; 16] = crate::random::bytes();
        let secret: [u8; 16] = crate::random::bytes();
        Passwords {
            permits: Arc::new(Semaphore::new(config.max_verifications.max(1))),
            waiting: AtomicUsize::new(0),
            max_waiting: config.max_waiting_verifications,
            timeout: config.verification_timeout,
            nobody: hash_with_salt(&secret, &salt),
        }
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self) -> Result<Turn, Busy> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.max_waiting {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Busy);
        }
        let waited = tokio::time::timeout(self.timeout, Arc::clone(&self.permits).acquire_owned()).await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let Ok(Ok(permit)) = waited else { return Err(Busy) };
        Ok(Turn(permit))
    }

    /// Hashes a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<PasswordHash, Busy> {
        let salt: [u8; 16] = crate::random::bytes();
        self.turn().await?.run(move || hash_with_salt(password.as_bytes(), &salt)).await
    }

    /// Whether the password is the one that was hashed.
    pub(crate) async fn verify(
        &self,
        turn: Turn,
        password: String,
        hash: PasswordHash,
    ) -> Result<bool, Busy> {
        turn.run(move || {
            let argon2 = Argon2::default();
            let parsed = password_hash::phc::PasswordHash::new(&hash.0);
            parsed.is_ok_and(|parsed| argon2.verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await
    }

    /// Takes as long as [`Passwords::verify`], for a user who is not there.
    pub(crate) async fn verify_nobody(&self, turn: Turn, password: String) -> Result<(), Busy> {
        self.verify(turn, password, self.nobody.clone()).await.map(|_| ())
    }
}

impl Turn {
    /// The permit goes along, so that a caller who gives up frees no place that is still in use.
    async fn run<R: Send + 'static>(self, work: impl FnOnce() -> R + Send + 'static) -> Result<R, Busy> {
        let Turn(permit) = self;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|_| Busy)
    }
}

fn hash_with_salt(password: &[u8], salt: &[u8; 16]) -> PasswordHash {
    let hash = Argon2::default().hash_password_with_salt(password, salt);
    assert!(hash.is_ok(), "the parameters of Argon2 are wrong");
    PasswordHash(hash.map(|hash| hash.to_string()).unwrap_or_default())
}

/// Hashes a password before there is a server, for its first administrator.
#[must_use]
pub fn hash_password(password: &str) -> PasswordHash {
    hash_with_salt(password.as_bytes(), &crate::random::bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(password: &str, given: &str, same: bool) {
        let passwords = Passwords::new(&SignInConfig::default());
        let hash = passwords.hash(password.to_owned()).await.unwrap();
        let turn = passwords.turn().await.unwrap_or_else(|_| panic!("no turn"));
        assert_eq!(passwords.verify(turn, given.to_owned(), hash).await, Ok(same));
    }

    #[tokio::test]
    async fn a_password_is_verified_by_its_hash_alone() {
        check("secret", "secret", true).await;
        check("secret", "Secret", false).await;
        check("", "", true).await;
    }

    #[test]
    fn hashes_of_one_password_differ_and_name_argon2id() {
        let (one, two) = (hash_password("secret"), hash_password("secret"));
        assert_ne!(one.0, two.0);
        assert!(one.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[tokio::test]
    async fn who_finds_too_many_waiting_is_sent_away_at_once() {
        let config = SignInConfig { max_waiting_verifications: 0, ..SignInConfig::default() };
        assert_eq!(Passwords::new(&config).hash("secret".to_owned()).await.unwrap_err(), Busy);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_sent_away() {
        let passwords = Passwords::new(&SignInConfig { max_verifications: 1, ..SignInConfig::default() });
        let turn = passwords.turn().await;
        assert_eq!(passwords.turn().await.map(|_| ()).unwrap_err(), Busy);
        drop(turn);
        assert!(passwords.turn().await.is_ok());
    }
}
