//! `keystead restore`.

use std::{path::Path, sync::Arc};

use keystead_server::environment::SystemRandom;

use crate::{
    failure::Failure,
    master_key::{VARIABLE, from_file, from_variable},
    print::print,
};

/// Restores a backup. A key that came from the environment stays there.
pub(crate) fn run(file: &Path, data: &Path, master_key: Option<&Path>) -> Result<(), Failure> {
    if !file.is_file() {
        return Err(Failure::work(format!("there is no backup {}", file.display())));
    }
    let (key, key_file) = match master_key {
        Some(path) => (from_file(path)?, true),
        None => {
            let missing = || {
                Failure::usage(format!(
                    "a backup does not hold the master key that opens it: give the file that was in use with \
                     --master-key FILE, or the key itself in {VARIABLE}"
                ))
            };
            (from_variable(VARIABLE)?.ok_or_else(missing)?, false)
        }
    };
    keystead_store::restore(file, data, &key, key_file, Arc::new(SystemRandom)).map_err(Failure::work)?;
    print(&format!(
        "Restored {} into {}. A backup holds no admin.env; `keystead admin recover` makes a new one.",
        file.display(),
        data.display()
    ))
}
