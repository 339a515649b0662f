//! `rapport workspaces`: lists the workspaces, makes one, and says whose people belong to it.

use std::fmt::Write as _;

use base::Clock;
use model::id::WorkspaceId;
use serde::Serialize;
use store::workspace::{self, Home, Workspace};
use store::{Db, StoreError, Transaction};

use crate::cli::Workspaces;
use crate::config::Settings;
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen};
use crate::wire::{House, database_unusable};

#[derive(Serialize)]
struct Line {
    id: String,
    name: String,
    homes: Vec<String>,
}

#[derive(Serialize)]
struct Known {
    workspaces: Vec<Line>,
}

impl Report for Known {
    fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.workspaces {
            let homes = if line.homes.is_empty() { "nobody signs in by Microsoft".to_owned() } else { line.homes.join(", ") };
            let _ = writeln!(text, "{}  {}  ({homes})", line.id, line.name);
        }
        text.trim_end().to_owned()
    }
}

/// Does what is said and lists them.
///
/// # Errors
/// When there is no such workspace, a home is another's, or the database cannot be used.
pub async fn workspaces(arguments: &Workspaces, settings: Settings, screen: Screen) -> Result<Status, Failure> {
    let house = House::open(settings, Clock::system()).await?;
    change(&house, arguments).await?;
    let workspaces = list(&house.db).await.map_err(|error| database_unusable(&error))?;
    screen.result(&Known { workspaces });
    Ok(Status::Well)
}

async fn change(house: &House, arguments: &Workspaces) -> Result<(), Failure> {
    let now = house.clock.now();
    let mut change = Transaction::new("workspace.change");
    let id = match &arguments.new {
        Some(name) => {
            let made = Workspace { id: WorkspaceId::new(now), name: name.clone(), created_at: now };
            change.push(workspace::ensure(&made));
            made.id
        }
        None => meant(house, arguments.workspace.as_deref()).await?,
    };
    change.extend(arguments.shut_out.iter().map(|text| workspace::remove_home(id, &home(text))));
    change.extend(arguments.let_in.iter().map(|text| workspace::put_home(id, &home(text), now)));
    match house.db.commit(change).await {
        Err(StoreError::Refused { .. }) => Err(taken()),
        outcome => outcome.map(|_| ()).map_err(|error| database_unusable(&error)),
    }
}

/// The workspace of this id, or the first.
///
/// # Errors
/// When there is none of this id.
pub async fn meant(house: &House, text: Option<&str>) -> Result<WorkspaceId, Failure> {
    let Some(text) = text else { return Ok(house.workspace) };
    let known = workspace::list(&house.db).await.map_err(|error| database_unusable(&error))?;
    let found = known.iter().find(|workspace| workspace.id.to_string() == text).map(|workspace| workspace.id);
    found.ok_or_else(|| {
        let mend = "Run `rapport workspaces` to see them, or make one with --new.";
        Failure::asked_wrongly("workspace_unknown", format!("There is no workspace {text}."), "No workspace has this id", mend)
    })
}

/// An id of Microsoft's is a tenant, anything else a domain.
fn home(text: &str) -> Home {
    let is_id = text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let text = text.trim().trim_start_matches('@').to_owned();
    if is_id { Home::Tenant(text) } else { Home::Domain(text) }
}

fn taken() -> Failure {
    let mend = "Take it out there first: `rapport workspaces --workspace ID --shut-out TENANT|DOMAIN`.";
    let why = "A tenant or a domain belongs to one workspace, so that it is clear where its people sign in";
    Failure::asked_wrongly("home_taken", "Those people belong to another workspace.", why, mend)
}

async fn list(db: &Db) -> Result<Vec<Line>, StoreError> {
    let mut lines = Vec::new();
    for known in workspace::list(db).await? {
        let homes = workspace::homes(db, known.id).await?;
        let homes = homes.iter().map(|home| format!("{} {}", home.kind(), home.name())).collect();
        lines.push(Line { id: known.id.to_string(), name: known.name, homes });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_tenant_and_anything_else_a_domain() {
        assert_eq!(home("3f1b9d1e-0000-4000-8000-0000000007e4").kind(), "tenant");
        assert_eq!(home("@contoso.example"), Home::Domain("contoso.example".to_owned()));
    }
}
