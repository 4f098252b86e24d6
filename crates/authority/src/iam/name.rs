//! Names and paths out of a request. The model has checked them; this turns them into what the store takes.

use std::str::FromStr;

use keystead_types::Path;
use keystead_wire::ApiError;

/// A user's, group's or policy's name, which stands in this field of the request.
pub(crate) fn parse_name<N: FromStr>(name: &str, field: &'static str) -> Result<N, ApiError> {
    name.parse().map_err(|_| ApiError::unfit_name(field))
}

/// A path, which stands in this field of the request.
pub(super) fn parse_path(path: &str, field: &'static str) -> Result<Path, ApiError> {
    path.parse().map_err(|_| ApiError::unfit_path(field))
}

/// The path that a request to make something gives, or the root path.
pub(super) fn parse_path_of_new(path: Option<&str>) -> Result<Path, ApiError> {
    path.map_or_else(|| Ok(Path::default()), |path| parse_path(path, "path"))
}
