//! How every command begins (settings, notices, log, runtime) and ends (result or problem, exit status).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::{Cli, Command, Global};
use crate::config::{self, Environment, Settings};
use crate::failure::{Failure, Status};
use crate::logging;
use crate::screen::Screen;

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "rapport.toml";

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
    match cli.command {
        Command::Completions { shell } => {
            super::completions::print(shell);
            Ok(Status::Well)
        }
        _ => {
            let _settings = settings(&cli.global, screen)?;
            Ok(Status::Well)
        }
    }
}

/// Reads and judges the settings, says what the operator should know, and starts the log.
fn settings(global: &Global, screen: Screen) -> Result<Settings, Failure> {
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
    let (mut settings, judged) = Settings::judge(&values)?;
    notices.extend(judged);
    for notice in notices {
        screen.aside(&format!("Note: {}", notice.0));
    }
    settings.log = louder(settings.log, global.verbose);
    logging::start(settings.log);
    Ok(settings)
}

fn louder(log: config::Logging, verbose: u8) -> config::Logging {
    let least = match verbose {
        0 => return log,
        1 => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    config::Logging { level: log.level.max(least), integration_level: log.integration_level.max(least), ..log }
}
