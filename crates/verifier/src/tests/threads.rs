//! The same promise as in the interleavings, between real threads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::support::{By, Map, NOON, active, key, verifier};
use crate::Subject;

#[test]
fn a_key_is_refused_as_soon_as_its_revocation_was_announced() {
    const CHANGES: u64 = 10_000;
    let verifier = verifier(Map::with_two_keys());
    let (announced, done) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for region in ["us-east-1", "home"] {
            let (verifier, announced, done) = (&verifier, &announced, &done);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                let signed = By {
                    region,
                    ..By::default()
                }
                .sign();
                while !done.load(Ordering::SeqCst) {
                    let before = announced.load(Ordering::SeqCst);
                    let outcome = runtime.block_on(signed.authenticate(verifier, NOON));
                    let after = verifier.directory().revision.load(Ordering::SeqCst);
                    // The key exists at even revisions.
                    assert!(
                        before != after || outcome.is_ok() == (before % 2 == 0),
                        "{before}"
                    );
                }
            });
        }
        for revision in 1..=CHANGES {
            let present = (revision % 2 == 0).then(|| active(1, "alice"));
            assert_eq!(verifier.directory().change(key(1), present), revision);
            verifier.forget(&Subject::Key(key(1)), revision);
            announced.store(revision, Ordering::SeqCst);
        }
        done.store(true, Ordering::SeqCst);
    });
}
