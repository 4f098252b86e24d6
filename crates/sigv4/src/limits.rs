//! What a request may have at most. A request beyond any of these is refused before it is looked at.
//!
//! Within them, the work for a request grows with its size alone, whatever it holds.

/// Headers of a request.
pub const HEADERS_MAX: usize = 128;
/// Headers that one signature may name.
pub const SIGNED_HEADERS_MAX: usize = 64;
/// Length of the `Authorization` header, in bytes.
pub const AUTHORIZATION_BYTES_MAX: usize = 8 * 1024;
/// Length of the path and the query together, in bytes.
pub const TARGET_BYTES_MAX: usize = 64 * 1024;
/// Parameters of the query.
pub const QUERY_PARAMETERS_MAX: usize = 2048;
/// Seconds that a presigned request for S3 may be valid. AWS: one week.
pub const EXPIRES_SECONDS_MAX: i64 = 604_800;
/// Length of a region's name, in characters: that of a host label, as SDKs require.
pub const REGION_CHARACTERS_MAX: usize = 63;
