//! `rapport database`: tests a customer's database, looks up in it, brings contacts into it and tokens out of it.

use std::fmt::Write as _;

use base::Clock;
use crm::database::{Database, Described, Finding, Found, Report as Tested, Who};
use serde::Serialize;

use super::workspaces::meant;
use crate::cli::Database as What;
use crate::config::Settings;
use crate::databases::{self, Exported, Session};
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen};
use crate::wire::House;

/// Who acts, for the audit.
const ACTOR: &str = "command line";

/// Does what is asked.
///
/// # Errors
/// When no such database is described, or what stands in the way, with what to do.
pub async fn database(what: &What, settings: Settings, screen: Screen) -> Result<Status, Failure> {
    match what {
        What::Test { name } => test(&settings, name.as_deref(), screen).await,
        What::LookUp { name, who, workspace } => {
            let described = described(&settings, name)?;
            let house = House::open(settings, Clock::system()).await?;
            look_up(&house, described, who, workspace.as_deref(), screen).await
        }
        What::ExportContacts { name, workspace } => {
            let described = described(&settings, name)?;
            let house = House::open(settings, Clock::system()).await?;
            let workspace = meant(&house, workspace.as_deref()).await?;
            let exported = databases::export_contacts(&house.db, workspace, &open(described).await?).await?;
            let status = if exported.skipped.is_empty() { Status::Well } else { Status::FoundWrong };
            screen.result(&exported);
            Ok(status)
        }
        What::ImportGrants { name, workspace } => {
            let described = described(&settings, name)?;
            let house = House::open(settings, Clock::system()).await?;
            let workspace = meant(&house, workspace.as_deref()).await?;
            let sessions = databases::import_grants(&house.web, workspace, ACTOR, &open(described).await?).await?;
            let unusable = sessions.iter().any(|session| session.problem.is_some());
            screen.result(&Sessions { sessions });
            Ok(if unusable { Status::FoundWrong } else { Status::Well })
        }
    }
}

fn described(settings: &Settings, name: &str) -> Result<Described, Failure> {
    let databases = &settings.databases;
    if let Some(found) = databases.databases.iter().find(|known| known.name == name) {
        return Ok(found.clone());
    }
    let names: Vec<&str> = databases.databases.iter().map(|known| known.name.as_str()).collect();
    let (why, mend) = match (databases.disabled.iter().any(|disabled| disabled == name), names.is_empty()) {
        (true, _) => ("It is described, and off".to_owned(), "Set its `enabled` to true in integrations.json."),
        (false, true) => ("None is described".to_owned(), "Describe it in `databases` of integrations.json: docs/OPERATING.md says how."),
        (false, false) => (format!("Described are {}", names.join(", ")), "Use one of these names, or describe it in integrations.json."),
    };
    Err(Failure::asked_wrongly("database_not_described", format!("No database {name} can be used."), why, mend))
}

async fn open(described: Described) -> Result<Database, Failure> {
    Database::open(described).await.map_err(|problem| Failure { problems: vec![problem], status: Status::NotNow })
}

#[derive(Serialize)]
struct Tests {
    databases: Vec<Tested>,
}

impl Report for Tests {
    fn text(&self) -> String {
        let mut text = String::new();
        for tested in &self.databases {
            let way = match tested.encrypted {
                None => "a file",
                Some(true) => "encrypted",
                Some(false) => "not encrypted",
            };
            let _ = writeln!(text, "{}: {} {}, {way}, {} columns", tested.name, tested.engine, tested.version, tested.columns);
            for finding in &tested.findings {
                let _ = match finding {
                    Finding::Wrong(problem) => writeln!(text, "\n{problem}"),
                    Finding::Note(sentence) => writeln!(text, "Note: {sentence}"),
                };
            }
            if tested.wrong().next().is_none() {
                let _ = writeln!(text, "Contacts can be exported and looked up.");
            }
        }
        text.trim_end().to_owned()
    }
}

/// Tests one, or all; status 1 if something stands in the way.
async fn test(settings: &Settings, name: Option<&str>, screen: Screen) -> Result<Status, Failure> {
    let wanted = match name {
        Some(name) => vec![described(settings, name)?],
        None => settings.databases.databases.clone(),
    };
    if wanted.is_empty() {
        described(settings, "at all")?;
    }
    let mut databases = Vec::new();
    for described in wanted {
        let database = open(described).await?;
        let tested = database.test().await.map_err(|problem| Failure { problems: vec![problem], status: Status::NotNow })?;
        databases.push(tested);
        database.close().await;
    }
    let wrong = databases.iter().any(|tested| tested.wrong().next().is_some());
    screen.result(&Tests { databases });
    Ok(if wrong { Status::FoundWrong } else { Status::Well })
}

#[derive(Serialize)]
struct Looked {
    rows: Vec<std::collections::BTreeMap<&'static str, Option<String>>>,
    #[serde(skip)]
    found: Vec<Found>,
}

impl Report for Looked {
    fn text(&self) -> String {
        let line = |(field, value): &(&'static str, Option<String>)| format!("{field}: {}", value.as_deref().unwrap_or("-"));
        let row = |found: &Found| found.fields.iter().map(line).collect::<Vec<_>>().join("\n");
        if self.found.is_empty() { "Nobody.".to_owned() } else { self.found.iter().map(row).collect::<Vec<_>>().join("\n\n") }
    }
}

async fn look_up(house: &House, described: Described, who: &str, workspace: Option<&str>, screen: Screen) -> Result<Status, Failure> {
    let workspace = meant(house, workspace).await?;
    let region = databases::region(&house.db, workspace).await?;
    let who = Who::read(who, region).map_err(|problem| Failure { problems: vec![problem], status: Status::AskedWrongly })?;
    let found = open(described).await?.look_up(&who, region).await;
    let found = found.map_err(|problem| Failure { problems: vec![problem], status: Status::NotNow })?;
    let rows = found.iter().map(|found| found.fields.iter().cloned().collect()).collect();
    screen.result(&Looked { rows, found });
    Ok(Status::Well)
}

impl Report for Exported {
    fn text(&self) -> String {
        let skipped: u64 = self.skipped.values().sum();
        let mut text = format!("{} inserted, {} changed, {} unchanged, {skipped} skipped.", self.inserted, self.changed, self.unchanged);
        for skipped in &self.named {
            let _ = write!(text, "\n{}: {}", skipped.contact, skipped.detail);
        }
        text
    }
}

#[derive(Serialize)]
struct Sessions {
    sessions: Vec<Session>,
}

impl Report for Sessions {
    fn text(&self) -> String {
        let line = |session: &Session| match (&session.problem, &session.account, session.provider) {
            (Some(problem), _, _) => format!("{}: {problem}", session.session),
            (None, Some(account), Some(provider)) => format!("{}: {account} is connected ({provider}).", session.session),
            (None, _, _) => format!("{}: known already; nothing was changed.", session.session),
        };
        if self.sessions.is_empty() {
            "The table holds no tokens.".to_owned()
        } else {
            self.sessions.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}
