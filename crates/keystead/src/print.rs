use std::io::{self, Write};

use crate::failure::Failure;

/// Prints lines to the standard output. Whoever reads them may have gone.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    writeln!(output, "{text}")
        .and_then(|()| output.flush())
        .map_err(|error| Failure::work(format!("the standard output: {error}")))
}
