use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files that are left for everything but connections: the store, its readers, the log.
const FILES_RESERVED: u64 = 256;

/// Raises the process's limit of open files as far as it may, and says how many connections fit
/// under it: a store that cannot open its files is worse than a client that must come again.
pub(super) fn connections_affordable(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let Some(files) = files else { return wanted };
    let affordable =
        usize::try_from(files.saturating_sub(FILES_RESERVED).max(files / 2)).unwrap_or(usize::MAX);
    if affordable < wanted {
        tracing::warn!(
            open_files = files,
            connections = affordable,
            "the limit of open files allows fewer connections than `limits.connections_max`"
        );
    }
    wanted.min(affordable)
}
