//! The real program on the filled database, with an API key.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use rapport_bench::measure;
use rapport_bench::program::{Program, beside, drain};
use tokio::process::Command;

/// A key that only this measurement knows.
const KEY: &str = "reading-bench-key-of-thirty-two-letters";

/// The program while it serves.
pub struct Server {
    program: Program,
    pub url: String,
    pub client: reqwest::Client,
}

impl Server {
    pub fn pid(&self) -> u32 {
        self.program.pid()
    }

    /// Asks, and says how many bytes the answer had; what is not 200 is said in words.
    pub async fn get(&self, path: &str) -> Result<usize, String> {
        let asked = self.client.get(format!("{}{path}", self.url)).bearer_auth(KEY).send().await;
        let answer = asked.map_err(|error| error.to_string())?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| error.to_string())?;
        if status == 200 { Ok(body.len()) } else { Err(format!("{status}: {}", String::from_utf8_lossy(&body))) }
    }
}

pub async fn start(database: &str, data: &Path, requests: u64) -> Server {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    // An example stands one folder below the programs.
    let program = beside("rapport").unwrap_or_else(|_| {
        let own = std::env::current_exe().unwrap();
        own.parent().and_then(Path::parent).unwrap().join("rapport")
    });
    let mut command = Command::new(program);
    command.args(["serve", "--json"]).env_clear().current_dir(data);
    command.env("RAPPORT_DATA_DIRECTORY", data).env("RAPPORT_DATABASE_URL", database).env("RAPPORT_LOG_LEVEL", "warn");
    command.env("RAPPORT_SERVER_BASE_URL", &url).env("RAPPORT_SERVER_PORT", port.to_string());
    command.env("RAPPORT_API_KEY", KEY).env("RAPPORT_API_REQUESTS_PER_MINUTE", (requests * 120).to_string());
    let (program, output) = Program::start(command).unwrap();
    drain(output);
    #[allow(clippy::disallowed_methods, reason = "a measurement asks a server of its own")]
    let client = reqwest::Client::new();
    let server = Server { program, url, client };
    for _ in 0..300 {
        if server.client.get(format!("{}/readyz", server.url)).send().await.is_ok_and(|answer| answer.status() == 200) {
            return server;
        }
        measure::pause(Duration::from_millis(100)).await;
    }
    panic!("the program is not ready after 30 seconds");
}
