//! IAM: one file per resource.

mod access_key;
mod access_key_last_used;
mod account;
mod group;
mod group_member;
mod inline_policy;
mod name;
mod owner;
mod page;
mod permissions_boundary;
mod policy_attachment;
mod policy_holder;
mod user;
mod user_tag;
