//! IAM: one file per resource.

mod access_key;
mod access_key_last_used;
mod account;
mod authorization_details;
mod context_keys;
mod granting_service_access;
mod group;
mod group_member;
mod inline_policy;
mod name;
mod owner;
mod page;
mod permissions_boundary;
mod policy;
mod policy_attachment;
mod policy_entity;
mod policy_holder;
mod policy_source;
mod policy_tag;
mod policy_version;
mod simulation;
mod user;
mod user_tag;
