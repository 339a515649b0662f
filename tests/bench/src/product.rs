//! The product as a process: `rapport serve` on a new SQLite file, connected by the application's own permission.

use std::path::PathBuf;

use tempfile::TempDir;
use tokio::process::Command;

use crate::mirror::Mirror;
use crate::program::{Program, beside, drain, line_with};
use crate::simulator::{CLIENT_ID, CLIENT_SECRET, Simulator, TENANT};

/// The key by which its API is used.
pub const API_KEY: &str = "the-key-of-the-benchmarks-0123456789abcdef";

/// A running server with its data, which go with it.
#[derive(Debug)]
pub struct Product {
    program: Program,
    data: TempDir,
    /// Its address, without a slash at the end.
    pub url: String,
}

impl Product {
    /// Starts a server that connects these mailboxes. `notification_url` is where it tells Microsoft to post; `port` is
    /// where it listens.
    ///
    /// # Errors
    /// If it cannot be started.
    pub async fn start(simulator: &Simulator, mailboxes: &[String], port: u16, notification_url: Option<&str>) -> anyhow::Result<Self> {
        let data = TempDir::new()?;
        let mut command = Command::new(beside("rapport")?);
        let url = format!("http://127.0.0.1:{port}");
        command.args(["serve", "--json"]).env_clear().current_dir(data.path());
        command.env("RAPPORT_DATA_DIRECTORY", data.path()).env("RAPPORT_LOG_LEVEL", "warn");
        command.env("RAPPORT_SERVER_BASE_URL", &url).env("RAPPORT_SERVER_PORT", port.to_string());
        command.env("RAPPORT_MICROSOFT_AUTHORITY_URL", &simulator.url).env("RAPPORT_MICROSOFT_GRAPH_URL", &simulator.url);
        command.env("RAPPORT_APPLICATION_CLIENT_ID", CLIENT_ID).env("RAPPORT_APPLICATION_CLIENT_SECRET", CLIENT_SECRET);
        command.env("RAPPORT_APPLICATION_TENANT_ID", TENANT).env("RAPPORT_APPLICATION_MAILBOXES", mailboxes.join(","));
        command.env("RAPPORT_API_KEY", API_KEY).env("RAPPORT_WEBHOOKS_ALLOW_PRIVATE_NETWORKS", "true");
        if let Some(notification_url) = notification_url {
            command.env("RAPPORT_SERVER_NOTIFICATION_URL", notification_url);
        }
        let (program, mut output) = Program::start(command)?;
        line_with(&mut output, "administrator_token").await?;
        drain(output);
        Ok(Product { program, data, url })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// Its database, to look into.
    ///
    /// # Errors
    /// If it is not there.
    pub fn mirror(&self) -> anyhow::Result<Mirror> {
        Mirror::open(&self.database()?)
    }

    fn database(&self) -> anyhow::Result<PathBuf> {
        for entry in std::fs::read_dir(self.data.path())? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "db" || extension == "sqlite") {
                return Ok(path);
            }
        }
        anyhow::bail!("the server has made no database in {}", self.data.path().display())
    }

    /// Ends it.
    ///
    /// # Errors
    /// If it cannot be ended.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.program.stop().await
    }
}
