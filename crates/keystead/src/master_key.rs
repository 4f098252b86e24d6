//! Where the master key comes from.

use std::{env, path::Path, process::Command};

use keystead_server::config::MasterKeyLocation;
use keystead_store::{MasterKey, MasterKeySource};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The environment variable that holds the master key, unless the settings name another place.
pub(crate) const VARIABLE: &str = "KEYSTEAD_MASTER_KEY";

/// The environment variable that holds the key before a given one, for the start that exchanges them.
const PREVIOUS_VARIABLE: &str = "KEYSTEAD_PREVIOUS_MASTER_KEY";

/// The master key as the settings say, else from the environment, else from the data directory.
pub(crate) fn source(location: Option<&MasterKeyLocation>) -> Result<MasterKeySource, Failure> {
    let (key, origin) = match location {
        Some(MasterKeyLocation::File(path)) => (from_file(path)?, path.display().to_string()),
        Some(MasterKeyLocation::Environment(name)) => {
            let key = from_variable(name)?;
            let missing = || {
                Failure::work(format!(
                    "the environment variable {name} should hold the master key and is not set"
                ))
            };
            (key.ok_or_else(missing)?, name.clone())
        }
        Some(MasterKeyLocation::Command(words)) => from_command(words)?,
        None => match from_variable(VARIABLE)? {
            Some(key) => (key, VARIABLE.to_owned()),
            None => return Ok(MasterKeySource::File),
        },
    };
    Ok(MasterKeySource::Given {
        key,
        previous: from_variable(PREVIOUS_VARIABLE)?,
        origin,
    })
}

/// The key in a file that others cannot read.
pub(crate) fn from_file(path: &Path) -> Result<MasterKey, Failure> {
    let key = MasterKey::read_file(path).map_err(Failure::work)?;
    key.ok_or_else(|| Failure::work(format!("there is no master key file {}", path.display())))
}

/// The key in an environment variable, if it is set.
pub(crate) fn from_variable(name: &str) -> Result<Option<MasterKey>, Failure> {
    match env::var(name) {
        Ok(text) => MasterKey::parse(&Zeroizing::new(text), name)
            .map(Some)
            .map_err(Failure::work),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Failure::work(format!(
            "the environment variable {name} is no text"
        ))),
    }
}

fn from_command(words: &[String]) -> Result<(MasterKey, String), Failure> {
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| Failure::usage("`master_key.command` names no program"))?;
    let origin = format!("the output of {program}");
    let output = Command::new(program).args(arguments).output();
    let output = output
        .map_err(|error| Failure::work(format!("{program}, which should print the master key: {error}")))?;
    if !output.status.success() {
        return Err(Failure::work(format!(
            "{program}, which should print the master key, failed: {}",
            output.status
        )));
    }
    let text = Zeroizing::new(String::from_utf8_lossy(&Zeroizing::new(output.stdout)).into_owned());
    Ok((MasterKey::parse(&text, &origin).map_err(Failure::work)?, origin))
}
