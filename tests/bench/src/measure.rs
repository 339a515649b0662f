//! Measuring a process from outside: its CPU time and its peak memory, as Linux accounts them.
//!
//! Source: proc(5): `/proc/<pid>/stat` fields 14 and 15 (user and system time in clock ticks of 1/100 s),
//! `/proc/<pid>/status` line `VmHWM` (peak resident set, kB), `/proc/<pid>/schedstat` field 1 (CPU time of one thread, ns).

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// Clock ticks in a second, the same on every Linux that Rust runs on.
const TICKS_PER_SECOND: u64 = 100;

/// The CPU time that a process has taken so far, all its threads, those that have ended too.
///
/// # Errors
/// If there is no such process.
pub fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    // The second field is the program's name in parentheses, which may hold blanks.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |place: usize| fields.get(place).and_then(|field| field.parse::<u64>().ok()).context("/proc has another form");
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 1000 / TICKS_PER_SECOND))
}

/// The most memory that a process has held at once so far, in bytes.
///
/// # Errors
/// If there is no such process.
pub fn peak_memory_bytes(pid: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("/proc has another form")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}

/// The time now, for measuring how long something takes.
#[allow(clippy::disallowed_methods, reason = "a benchmark measures the real time that passes")]
pub fn now() -> Instant {
    Instant::now()
}

/// The time of day in milliseconds since 1970, for comparing with what another program of this machine wrote down.
#[allow(clippy::disallowed_methods, reason = "a benchmark compares clocks of one machine")]
pub fn wall_ms() -> f64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0
}

/// A time in RFC 3339 form as milliseconds since 1970.
pub fn millis_of(text: &str) -> Option<f64> {
    text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond() as f64)
}

/// Waits, for looking again at a process that is at work.
#[allow(clippy::disallowed_methods, reason = "a benchmark waits for another process")]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// What a run over a number of messages came to.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// Messages that were taken.
    pub messages: u64,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// CPU time of the process, in seconds.
    pub cpu_seconds: f64,
    /// The most memory that the process held, in bytes.
    pub peak_memory_bytes: u64,
}

impl Run {
    /// Messages in a second.
    pub fn rate(&self) -> f64 {
        self.messages as f64 / self.seconds
    }

    /// CPU time for one message, in microseconds.
    pub fn cpu_micros(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.messages as f64
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_process_has_taken_time_and_memory() {
        let pid = std::process::id();
        let wasted: u64 = (0..50_000_000u64).fold(0, |sum, number| std::hint::black_box(sum ^ number));
        assert!(super::cpu_time(pid).unwrap().as_millis() > 0, "{wasted}");
        assert!(super::peak_memory_bytes(pid).unwrap() > 1_000_000);
    }
}
