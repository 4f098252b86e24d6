//! IAM: one file per resource.

mod access_key;
mod access_key_last_used;
mod account;
mod owner;
mod page;
mod user;
mod user_tag;
