//! Signing in to the console, as time goes by and passwords grow old.

#[cfg(test)]
mod world;

use keystead_authority::{Progress, SignInRefusal};
use keystead_types::{SECONDS_PER_DAY, Timestamp, limits};
use world::{NOW, World};
use zeroize::Zeroizing;

const PASSWORD: &str = "Correct-Horse-9";

/// Parameters of UpdateAccountPasswordPolicy.
type Policy = &'static [(&'static str, &'static str)];

/// What a sign-in comes to, in a word.
async fn sign_in(world: &World, user: &str, password: &str, at: i64) -> Result<Progress, &'static str> {
    let context = world.context_at(at);
    let password = Zeroizing::new(password.to_owned());
    let begun = world
        .authority()
        .sign_in()
        .with_password("111122223333", user, password, &context);
    begun.await.map_err(word)
}

fn word(refusal: SignInRefusal) -> &'static str {
    match refusal {
        SignInRefusal::Incorrect => "incorrect",
        SignInRefusal::TooMany => "too many",
        SignInRefusal::Expired => "expired",
        SignInRefusal::Begin => "begin",
        SignInRefusal::Password(_) => "password",
        SignInRefusal::Failed(_) => "failed",
    }
}

#[tokio::test]
async fn an_old_password_is_changed_or_wants_an_administrator() {
    const AGE: Policy = &[("MaxPasswordAge", "30")];
    const HARD: Policy = &[("MaxPasswordAge", "30"), ("HardExpiry", "true")];
    let rows: [(Policy, i64, &str); 5] = [
        (&[], 1000, "signed in"),
        (AGE, 29, "signed in"),
        (AGE, 30, "another password"),
        (HARD, 29, "signed in"),
        (HARD, 30, "expired"),
    ];
    for (policy, days, expected) in rows {
        let (world, _) = World::with_password("alice", PASSWORD, policy).await;
        let found = match sign_in(&world, "alice", PASSWORD, NOW + days * SECONDS_PER_DAY).await {
            Ok(Progress::SignedIn(_)) => "signed in",
            Ok(Progress::PasswordRequired(_)) => "another password",
            Ok(Progress::SecondFactorRequired(_)) => "a code",
            Err(refusal) => refusal,
        };
        assert_eq!(found, expected, "{policy:?} after {days} days");
    }
}

#[tokio::test]
async fn a_half_finished_sign_in_is_no_session_and_ends_soon() {
    let policy = [("MaxPasswordAge", "1")];
    let (world, _) = World::with_password("alice", PASSWORD, &policy).await;
    let at = NOW + 2 * SECONDS_PER_DAY;
    let begun = sign_in(&world, "alice", PASSWORD, at).await.unwrap();
    let Progress::PasswordRequired(token) = begun else {
        unreachable!("the password is old");
    };
    assert!(!world.is_signed_in(token.expose(), at).await);
    let set = async |password: &str, at: i64| {
        let context = world.context_at(at);
        let password = Zeroizing::new(password.to_owned());
        let sign_in = world.authority().sign_in();
        let set = sign_in.with_new_password(token.expose(), password, &context);
        set.await.map_err(word)
    };
    assert_eq!(set(PASSWORD, at).await, Err("password"), "the same again");
    assert_eq!(
        set("Other-Horse-10", at + limits::SIGN_IN_SECONDS).await,
        Err("begin")
    );
    let Ok(Progress::SignedIn(session)) = set("Other-Horse-10", at + 1).await else {
        unreachable!("the password is new");
    };
    assert!(world.is_signed_in(session.expose(), at + 1).await);
    assert!(
        !world.is_signed_in(token.expose(), at + 1).await,
        "each step has another token"
    );
    assert_eq!(
        set("Third-Horse-11", at + 1).await,
        Err("begin"),
        "it is finished"
    );
}

#[tokio::test]
async fn a_session_lasts_twelve_hours_and_no_longer_than_its_user() {
    let (world, admin) = World::with_password("alice", PASSWORD, &[]).await;
    let Ok(Progress::SignedIn(session)) = sign_in(&world, "alice", PASSWORD, NOW).await else {
        unreachable!("the password is right");
    };
    let ends = NOW + limits::CONSOLE_SESSION_SECONDS;
    for (at, lasts) in [(NOW, true), (ends - 1, true), (ends, false), (NOW - 901, false)] {
        assert_eq!(world.is_signed_in(session.expose(), at).await, lasts, "{at}");
    }
    world.revoke_user("alice").await;
    assert!(!world.is_signed_in(session.expose(), NOW).await, "revoked");
    let Ok(Progress::SignedIn(session)) = sign_in(&world, "alice", PASSWORD, NOW + 1).await else {
        unreachable!("the password is right");
    };
    assert!(world.is_signed_in(session.expose(), NOW + 1).await);
    let profile = [("UserName", "alice")];
    world.call(&admin, "DeleteLoginProfile", &profile).await.unwrap();
    assert!(
        !world.is_signed_in(session.expose(), NOW + 1).await,
        "without a password"
    );
    assert_eq!(
        sign_in(&world, "alice", PASSWORD, NOW + 1).await,
        Err("incorrect")
    );
}

#[tokio::test]
async fn a_link_sets_a_password_once_within_a_day() {
    let (world, _) = World::with_password("alice", PASSWORD, &[]).await;
    let Ok(Progress::SignedIn(before)) = sign_in(&world, "alice", PASSWORD, NOW).await else {
        unreachable!("the password is right");
    };
    let sign_in_of = world.authority().sign_in();
    let at = Timestamp::from_seconds;
    assert!(
        sign_in_of
            .open_link("no such token", at(NOW))
            .await
            .unwrap()
            .is_none()
    );
    let link = world.link("alice").await;
    assert!(
        sign_in_of
            .open_link(&link, at(NOW + limits::CONSOLE_LINK_SECONDS))
            .await
            .unwrap()
            .is_none()
    );
    let set = async |password: &str| {
        let password = Zeroizing::new(password.to_owned());
        let set = sign_in_of.use_link(&link, password, at(NOW + 1)).await;
        set.map(|owner| owner.user).map_err(word)
    };
    assert_eq!(set("short").await, Err("password"));
    assert_eq!(set("Other-Horse-10").await, Ok("alice".to_owned()));
    assert_eq!(set("Third-Horse-11").await, Err("begin"));
    assert!(
        !world.is_signed_in(before.expose(), NOW + 1).await,
        "others are out"
    );
    assert_eq!(
        sign_in(&world, "alice", PASSWORD, NOW + 1).await,
        Err("incorrect")
    );
    assert!(sign_in(&world, "alice", "Other-Horse-10", NOW + 1).await.is_ok());
}
