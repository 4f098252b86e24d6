//! What the machine does meanwhile: cores, processor time, memory.

use std::{collections::HashMap, ffi::OsString, fs, time::Duration};

use rustix::{
    thread::{CpuSet, sched_setaffinity},
    time::{ClockId, clock_gettime},
};

use crate::Result;

/// The core of the measured server, and that of the load.
pub(crate) const SERVER_CORE: usize = 0;
pub(crate) const LOAD_CORE: usize = 1;

/// Keeps the calling thread, and whatever it starts from now on, on one core.
pub(crate) fn pin(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}

/// Processor time of the calling thread: unlike wall time, not disturbed by other processes.
pub(crate) fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Resident memory of a process, in bytes.
pub(crate) fn resident_bytes(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let kibibytes = status
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmRSS:")?
                .trim()
                .strip_suffix(" kB")?
                .parse::<u64>()
                .ok()
        })
        .ok_or("the process states no resident memory")?;
    Ok(kibibytes * 1024)
}

/// Processor time that the threads of a process have used.
pub(crate) struct ProcessTime {
    process: u32,
    /// By thread, in nanoseconds.
    threads: HashMap<OsString, u64>,
}

impl ProcessTime {
    /// As of now.
    pub(crate) fn of(process: u32) -> Result<Self> {
        let mut threads = HashMap::new();
        for thread in fs::read_dir(format!("/proc/{process}/task"))? {
            let thread = thread?;
            // A thread may end between the listing and the reading.
            let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) else {
                continue;
            };
            let nanoseconds = text.split(' ').next().and_then(|field| field.parse().ok());
            threads.insert(thread.file_name(), nanoseconds.unwrap_or(0));
        }
        Ok(Self { process, threads })
    }

    /// What was used since then, but for threads that have ended.
    pub(crate) fn elapsed(&self) -> Result<Duration> {
        let now = Self::of(self.process)?.threads.into_iter();
        let used = now.map(|(thread, nanoseconds)| {
            nanoseconds.saturating_sub(*self.threads.get(&thread).unwrap_or(&0))
        });
        Ok(Duration::from_nanos(used.sum()))
    }
}

/// Tells how much of the processors others used between two moments.
pub(crate) struct OthersMeter {
    processes: Vec<u32>,
    busy: u64,
    own: u64,
    started: std::time::Instant,
}

impl OthersMeter {
    /// Starts to count, leaving out this process and `children`.
    pub(crate) fn start(children: &[u32]) -> Result<Self> {
        let mut processes = children.to_vec();
        processes.push(std::process::id());
        Ok(Self {
            busy: machine_ticks(&fs::read_to_string("/proc/stat")?)?,
            own: own_ticks(&processes)?,
            processes,
            started: std::time::Instant::now(),
        })
    }

    /// The processors that others used since the start: 0.5 is half of one. Time that the host took
    /// away counts as well.
    pub(crate) fn finish(self) -> Result<f64> {
        let busy = machine_ticks(&fs::read_to_string("/proc/stat")?)? - self.busy;
        let own = own_ticks(&self.processes)? - self.own;
        let elapsed = self.started.elapsed().as_secs_f64() * ticks_per_second();
        Ok(busy.saturating_sub(own) as f64 / elapsed)
    }
}

fn ticks_per_second() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

/// Busy ticks of the first line of `/proc/stat`: user, nice, system, stolen. Interrupts are left out,
/// since those of the loopback device are our own.
fn machine_ticks(stat: &str) -> Result<u64> {
    let fields: Vec<u64> = stat
        .lines()
        .next()
        .and_then(|line| line.strip_prefix("cpu "))
        .map(|line| {
            line.split_whitespace()
                .filter_map(|field| field.parse().ok())
                .collect()
        })
        .unwrap_or_default();
    match fields.as_slice() {
        [user, nice, system, _idle, _wait, _irq, _softirq, stolen, ..] => Ok(user + nice + system + stolen),
        _ => Err("/proc/stat does not start with the processors' ticks".into()),
    }
}

fn own_ticks(processes: &[u32]) -> Result<u64> {
    let mut ticks = 0;
    for process in processes {
        ticks += process_ticks(&fs::read_to_string(format!("/proc/{process}/stat"))?)?;
    }
    Ok(ticks)
}

/// User and system ticks of a `/proc/PID/stat`, those of children that have ended included. Its second
/// field may hold anything between brackets.
fn process_ticks(stat: &str) -> Result<u64> {
    let after_name = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(4);
    let ticks: Vec<u64> = fields.map_while(|field| field.parse().ok()).collect();
    if ticks.len() == 4 {
        Ok(ticks.iter().sum())
    } else {
        Err("a process states no ticks".into())
    }
}

/// The processor and the kernel, for a line below the table.
pub(crate) fn description() -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("an unnamed processor", |(_, model)| model.trim());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let count = std::thread::available_parallelism()?;
    Ok(format!("{count} processors ({model}), Linux {}", kernel.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_read_out_of_the_kernels_texts() {
        let stat = "cpu  10 1 100 5000 7 9 9 4 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(machine_ticks(stat).unwrap(), 115);
        assert!(machine_ticks("intr 1 2 3\n").is_err());
        let process = "77 (a ) b) S 1 77 77 0 -1 4194304 100 0 0 0 12 30 5 2 20 0 3 0 900";
        assert_eq!(process_ticks(process).unwrap(), 49);
        assert!(process_ticks("77 (a) S 1").is_err());
    }

    #[test]
    fn this_process_has_memory_and_time() {
        let process = std::process::id();
        assert!(resident_bytes(process).unwrap() > 100_000);
        assert!(ProcessTime::of(process).unwrap().elapsed().is_ok());
        assert!(thread_time() > Duration::ZERO);
    }
}
