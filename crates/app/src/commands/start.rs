//! How every command begins (settings, notices, log, runtime) and ends (result or problem, exit status).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{administrator, archive, audit, connect, database, demo, doctor, mailboxes, serve, sync, workspaces};
use crate::cli::{Cli, Command, Global};
use crate::config::{self, Environment, LogFormat, Logging, Notice, Settings};
use crate::failure::{Failure, Status};
use crate::logging;
use crate::screen::Screen;

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "rapport.toml";
/// The demo speaks by its page, not by its log.
const DEMO_LOG: Logging = Logging { level: tracing::Level::WARN, integration_level: tracing::Level::WARN, format: LogFormat::Human };

/// Runs one command.
pub fn run(cli: Cli) -> ExitCode {
    let screen = Screen::new(cli.global.json);
    let ended = perform(cli, screen).unwrap_or_else(|failure| {
        screen.failure(&failure);
        failure.status
    });
    ExitCode::from(ended.code())
}

fn perform(cli: Cli, screen: Screen) -> Result<Status, Failure> {
    if let Command::Completions { shell } = cli.command {
        super::completions::print(shell);
        return Ok(Status::Well);
    }
    // Two libraries below want to be told which cryptography to use; a second call changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::not_now("no_runtime", "The program cannot start its threads.", error.to_string(), "Look at the limits of this user.")
    })?;
    let ended = runtime.block_on(dispatch(cli, screen));
    // Threads that still compute something nobody waits for do not hold up the end.
    runtime.shutdown_background();
    ended
}

async fn dispatch(cli: Cli, screen: Screen) -> Result<Status, Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Demo(arguments) => {
            logging::start(louder(DEMO_LOG, global.verbose));
            demo::play(arguments, global, screen).await
        }
        Command::Doctor(arguments) => doctor::examine(arguments, read_settings(global), screen).await,
        Command::Serve(arguments) => serve::serve(arguments, settings(global, screen)?, screen).await,
        Command::Connect(arguments) => connect::connect(arguments, settings(global, screen)?, screen).await,
        Command::Mailboxes => mailboxes::list(&settings(global, screen)?, screen).await,
        Command::Workspaces(arguments) => workspaces::workspaces(arguments, settings(global, screen)?, screen).await,
        Command::Sync(arguments) => sync::sync(arguments, settings(global, screen)?, screen).await,
        Command::Audit(arguments) => audit::audit(arguments, settings(global, screen)?, screen).await,
        Command::Archive(arguments) => archive::archive(arguments, settings(global, screen)?, screen).await,
        Command::Database { what } => database::database(what, settings(global, screen)?, screen).await,
        Command::Token { new } => administrator::renew(*new, &settings(global, screen)?, screen).await,
        Command::Completions { .. } => Ok(Status::Well),
    }
}

/// Reads and judges the settings, says what the operator should know, and starts the log.
fn settings(global: &Global, screen: Screen) -> Result<Settings, Failure> {
    let (settings, notices) = read_settings(global)?;
    for notice in notices {
        screen.aside(&format!("Note: {}", notice.0));
    }
    logging::start(settings.log);
    Ok(settings)
}

/// Reads and judges the settings.
fn read_settings(global: &Global) -> Result<(Settings, Vec<Notice>), Failure> {
    let environment = Environment::of_this_process();
    let file = global.config.clone().or_else(|| Path::new(DEFAULT_FILE).is_file().then(|| PathBuf::from(DEFAULT_FILE)));
    let (mut values, mut notices) =
        config::read(file.as_deref(), &environment).map_err(|problems| Failure { problems, status: Status::AskedWrongly })?;
    if let Some(data) = &global.data {
        values.set("data.directory", data.display().to_string(), "--data");
    }
    if let Some(database) = &global.database {
        values.set("database.url", database, "--database");
    }
    if values.get("integrations.file").is_none()
        && let Some(usual) = usual_integrations(file.as_deref())
    {
        values.set("integrations.file", usual.display().to_string(), "integrations.json");
    }
    let (mut settings, judged) = Settings::judge(&values)?;
    notices.extend(judged);
    settings.log = louder(settings.log, global.verbose);
    Ok((settings, notices))
}

/// Where the file of integrations is if nobody says.
fn usual_integrations(configuration: Option<&Path>) -> Option<PathBuf> {
    let beside = configuration.and_then(Path::parent).unwrap_or(Path::new("")).join("integrations.json");
    [beside, PathBuf::from("app/config/integrations.json")].into_iter().find(|path| path.is_file())
}

fn louder(log: Logging, verbose: u8) -> Logging {
    let least = match verbose {
        0 => return log,
        1 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    Logging { level: log.level.max(least), integration_level: log.integration_level.max(least), ..log }
}
