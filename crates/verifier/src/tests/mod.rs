mod authenticate;
mod caching;
mod interleavings;
mod permissions;
mod single_flight;
pub(crate) mod support;
mod threads;
