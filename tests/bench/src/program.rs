//! The programs that are measured: found beside this one, started, ended.

use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// A program that runs; it ends with this value.
#[derive(Debug)]
pub struct Program {
    child: Child,
    pid: u32,
}

impl Program {
    /// Starts `command` and gives it back with its standard output.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(mut command: Command) -> anyhow::Result<(Self, BufReader<ChildStdout>)> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("{command:?} cannot be started"))?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let pid = child.id().context("it has just been started")?;
        Ok((Program { child, pid }, BufReader::new(stdout)))
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Ends it.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// If it fails.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        let status = self.child.wait().await?;
        anyhow::ensure!(status.success(), "a program ended with {status}");
        Ok(())
    }
}

/// The path of a program that was built together with this one.
///
/// # Errors
/// If it was not built.
pub fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    anyhow::ensure!(path.exists(), "{} is not built: `cargo xtask bench` builds it", path.display());
    Ok(path)
}

/// Reads lines until one holds `wanted`, and gives what stands behind it.
///
/// # Errors
/// If the output ends before.
pub async fn line_with(output: &mut BufReader<ChildStdout>, wanted: &str) -> anyhow::Result<String> {
    let mut line = String::new();
    loop {
        line.clear();
        anyhow::ensure!(output.read_line(&mut line).await? > 0, "the program ended without saying \"{wanted}\"");
        if let Some((_, behind)) = line.split_once(wanted) {
            return Ok(behind.split_whitespace().next().unwrap_or_default().to_owned());
        }
    }
}

/// Goes on reading, so that the program never waits for a reader.
pub fn drain(mut output: BufReader<ChildStdout>) {
    tokio::spawn(async move {
        let _ = tokio::io::copy(&mut output, &mut tokio::io::sink()).await;
    });
}
