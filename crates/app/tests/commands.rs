//! The program as an operator uses it, from the outside: real processes, a simulated Microsoft 365 over HTTP.

#![allow(clippy::unwrap_used, reason = "this whole file is a test")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use microsoft365_sim::directory::{fixture, tenant};
use microsoft365_sim::server::{Listen, Running, serve};
use microsoft365_sim::{Config, Simulator};
use serde_json::Value;

const SUPPORT: &str = "support@contoso.example";

/// A simulated Microsoft 365 and the settings that point the program at it.
struct World {
    microsoft: Running,
    data: tempfile::TempDir,
    port: u16,
}

impl World {
    async fn new() -> Self {
        let simulator = Simulator::new(Config::default());
        simulator.control().generate(4, 1).unwrap();
        let microsoft = serve(simulator, Listen::loopback()).await.unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        World { microsoft, data: tempfile::tempdir().unwrap(), port }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = rapport(self.data.path(), arguments);
        for (name, value) in [
            ("BASE_URL", format!("http://localhost:{}", self.port)),
            ("MICROSOFT_CLIENT_ID", fixture::WEB_APP_ID.to_owned()),
            ("MICROSOFT_CLIENT_SECRET", fixture::WEB_APP_SECRET.to_owned()),
            ("MICROSOFT_TENANT_ID", tenant::DEFAULT_TENANT.to_owned()),
            ("RAPPORT_MICROSOFT_AUTHORITY_URL", self.microsoft.http_url.clone()),
            ("RAPPORT_MICROSOFT_GRAPH_URL", self.microsoft.http_url.clone()),
            ("EMAILBOT_M365_CLIENT_ID", fixture::SERVICE_APP_ID.to_owned()),
            ("EMAILBOT_M365_CLIENT_SECRET", fixture::SERVICE_APP_SECRET.to_owned()),
            ("EMAILBOT_M365_TENANT_ID", tenant::DEFAULT_TENANT.to_owned()),
        ] {
            command.env(name, value);
        }
        command
    }

    /// Runs a command to its end, off the threads that serve Microsoft 365.
    async fn run(&self, arguments: &[&str]) -> (i32, Value) {
        let mut command = self.command(arguments);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        (output.status.code().unwrap(), json_of(&output))
    }
}

fn rapport(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
    command.args(arguments).arg("--json").arg("--data").arg(data).current_dir(data).env_clear();
    command
}

fn json_of(output: &Output) -> Value {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}\n{out}\n{err}"))
}

/// A server that ends with the test.
struct Server(Child);

impl Server {
    /// Starts it and waits until it says where it listens.
    fn start(mut command: Command) -> (Self, Value) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        for line in output.lines().map_while(Result::ok) {
            said += &line;
            if line == "}" {
                break;
            }
        }
        (Server(child), serde_json::from_str(&said).unwrap())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shared_mailbox_is_connected_synced_and_proven_by_commands_alone() {
    let world = World::new().await;
    let (status, examined) = world.run(&["doctor"]).await;
    let wrong: Vec<_> = examined["findings"].as_array().unwrap().iter().filter(|finding| finding["verdict"] == "wrong").collect();
    assert_eq!((status, wrong.len()), (0, 0), "{wrong:#?}");

    let (status, connected) = world.run(&["connect", "--application", SUPPORT]).await;
    assert_eq!((status, &connected["address"]), (0, &Value::from(SUPPORT)), "{connected:#}");
    let (status, synced) = world.run(&["sync"]).await;
    assert_eq!((status, &synced["mailboxes"][0]["state"]), (0, &Value::from("live")), "{synced:#}");
    let here = synced["mailboxes"][0]["messages_here"].as_i64().unwrap();
    assert!(here > 0, "{synced:#}");

    let (status, proof) = world.run(&["audit"]).await;
    let folders = proof["folders"].as_array().unwrap();
    let sum = |figure: &str| folders.iter().map(|folder| folder[figure].as_i64().unwrap()).sum::<i64>();
    assert_eq!((status, sum("there"), sum("here"), sum("missing"), sum("extra")), (0, here, here, 0, 0), "{proof:#}");
    let (status, health) = world.run(&["mailboxes"]).await;
    assert_eq!((status, &health["mailboxes"][0]["state"]), (0, &Value::from("live")), "{health:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_administrators_token_is_shown_at_the_first_start_only() {
    let world = World::new().await;
    let start = |command: Command| tokio::task::spawn_blocking(move || Server::start(command));
    let (first, said) = start(world.command(&["serve"])).await.unwrap();
    assert!(said["administrator_token"].as_str().is_some_and(|token| token.starts_with("rapport_")), "{said:#}");
    drop(first);
    let (_second, said) = start(world.command(&["serve"])).await.unwrap();
    assert_eq!(said.get("administrator_token"), None);
    let (status, renewed) = world.run(&["token", "--new"]).await;
    assert_eq!(status, 0);
    assert!(renewed["administrator_token"].as_str().is_some(), "{renewed:#}");
}

#[test]
fn a_wrong_configuration_has_a_status_of_its_own_and_names_the_setting() {
    let data = tempfile::tempdir().unwrap();
    let output = rapport(data.path(), &["mailboxes"]).env("MICROSOFT_CLIENT_ID", "my-app").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(json_of(&output)["problems"][0]["title"], "MICROSOFT_CLIENT_ID cannot be right.");
}

#[test]
fn a_command_for_an_unknown_mailbox_says_how_to_find_the_known_ones() {
    let data = tempfile::tempdir().unwrap();
    let output = rapport(data.path(), &["sync", "nobody@contoso.example"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(json_of(&output)["problems"][0]["action"].as_str().unwrap().contains("rapport connect"));
}
