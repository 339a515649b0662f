//! What is on this machine: the key and its file, the database, the port.

use base::Clock;
use store::{Db, mailbox};

use super::finding::Finding;
use crate::config::Settings;
use crate::failure::Failure;
use crate::wire::{WORKSPACE, open_database, open_vault};

/// Looks at database, key and port.
pub async fn findings(settings: &Settings, clock: &Clock) -> Vec<Finding> {
    let mut findings = Vec::new();
    match open_database(settings).await {
        Ok(db) => {
            findings.push(database(&db).await);
            findings.push(key(settings, &db, clock).await);
        }
        Err(failure) => {
            findings.push(wrong("database", &failure));
            findings.push(Finding::left_out("encryption key", "the database did not open"));
        }
    }
    findings.push(port(settings).await);
    findings
}

async fn database(db: &Db) -> Finding {
    match mailbox::list(db, WORKSPACE).await {
        Ok(mailboxes) => {
            Finding::well("database", format!("{}, schema {}, {} mailboxes", db.engine_name(), Db::schema_version(), mailboxes.len()))
        }
        Err(error) => Finding::wrong("database", error.to_string(), "restore it from a backup, or name another one with --database"),
    }
}

async fn key(settings: &Settings, db: &Db, clock: &Clock) -> Finding {
    let from = match &settings.encryption.keys {
        Some(_) => "from the configuration".to_owned(),
        None => format!("in {}, readable by its owner only", settings.encryption.key_file.display()),
    };
    match open_vault(settings, db, clock.now()).await {
        Ok(_) => Finding::well("encryption key", format!("opens this database; {from}")),
        Err(failure) => wrong("encryption key", &failure),
    }
}

/// A port that is taken is well if it is our own server that has it.
async fn port(settings: &Settings) -> Finding {
    let (host, port) = (settings.server.host, settings.server.port);
    let what = "port";
    let behind = settings.server.base_url.port_or_known_default();
    match crate::server::listen(host, port).await {
        Ok(_) if crate::config::is_loopback(&settings.server.base_url) && behind != Some(port) => Finding::wrong(
            what,
            format!("the server would listen on {port}, but its address is {}", settings.server.base_url),
            "give both the same port, or put a proxy between them",
        ),
        Ok(_) => Finding::well(what, format!("{port} of {host} is free")),
        Err(_) => Finding::note(
            what,
            format!("{port} of {host} is taken"),
            "nothing, if that is Rapport itself; otherwise choose another with --port",
        ),
    }
}

fn wrong(what: &str, failure: &Failure) -> Finding {
    let problem = failure.problems.first().expect("a failure has a problem");
    Finding::wrong(what, format!("{} {}", problem.title, problem.detail), problem.action.clone())
}
