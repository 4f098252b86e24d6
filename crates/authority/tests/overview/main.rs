//! What pages show to whom, over a store in memory, with callers who sign.

#[cfg(test)]
mod attention;
#[cfg(test)]
mod events;
#[cfg(test)]
mod key_use;
#[cfg(test)]
mod users;
#[cfg(test)]
#[path = "../world/mod.rs"]
mod world;

const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
const NOTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;

/// A policy that lets its holder list users, and more.
fn lists_users(more: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}}{more}]}}"#
    )
}
