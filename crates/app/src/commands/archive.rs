//! `rapport archive`: brings original mail out into a directory of this machine.
//!
//! This process alone carries it, so that it writes where it was started, with the rights of whoever started it; a running server
//! goes on beside it undisturbed. What was interrupted is found again by its directory and goes on where it stood.

use std::path::Path;
use std::time::Duration;

use api::access::Mailboxes;
use base::{Clock, Problem, Timestamp};
use model::archive::{Archive, ArchiveState, Format, Target, Wanted};
use model::id::ArchiveId;
use serde::Serialize;
use store::work::{self, Lane};
use store::{Ending, StoreError, Transaction, archive as rows};

use super::pick;
use crate::cli::{Archive as Arguments, ArchiveFormat};
use crate::config::Settings;
use crate::engine::LEASE;
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen};
use crate::wire::{House, WORKSPACE, database_unusable};

/// How often it is looked whether the work can be claimed.
const LOOK: Duration = Duration::from_millis(250);
/// Archives that are looked through for one of the same directory.
const LOOKED_AT: u32 = 1000;

#[derive(Serialize)]
struct Done {
    id: String,
    directory: String,
    kept: i64,
    missing: i64,
    size_bytes: i64,
    manifest_sha256: String,
}

impl Report for Done {
    fn text(&self) -> String {
        let missing = match self.missing {
            0 => "Nothing is missing.".to_owned(),
            number => format!("{number} could not be had; the manifest names each with the reason."),
        };
        let Done { directory, kept, size_bytes, manifest_sha256, .. } = self;
        format!("{kept} messages, {size_bytes} bytes, are in {directory}. {missing}\nmanifest.jsonl has the SHA-256 {manifest_sha256}.")
    }
}

/// Brings mail out; status 1 if some of it could not be had.
///
/// # Errors
/// When the database or the directory cannot be used, or it was interrupted.
pub async fn archive(arguments: &Arguments, settings: Settings, screen: Screen) -> Result<Status, Failure> {
    let house = House::open(settings, Clock::system()).await?;
    let directory = std::path::absolute(&arguments.to).map_err(|error| directory_unusable(&arguments.to, &error))?;
    let archive = begin(&house, arguments, &directory).await?;
    let done = carry(&house, archive, screen).await?;
    let status = if done.missing > 0 { Status::FoundWrong } else { Status::Well };
    screen.result(&Done {
        id: done.id.to_string(),
        directory: directory.display().to_string(),
        kept: done.kept,
        missing: done.missing,
        size_bytes: done.size_bytes,
        manifest_sha256: base::random::hex(&done.manifest_sha256.unwrap_or_default()),
    });
    Ok(status)
}

/// The archive of this directory that was interrupted, or a new one.
async fn begin(house: &House, arguments: &Arguments, directory: &std::path::Path) -> Result<ArchiveId, Failure> {
    let now = house.clock.now();
    let mailbox = match &arguments.mailbox {
        Some(address) => pick::mailboxes(&house.db, std::slice::from_ref(address)).await?.first().map(|mailbox| mailbox.id),
        None => None,
    };
    let wanted = Wanted {
        mailbox,
        query: arguments.query.clone(),
        received_from: arguments.from,
        received_before: arguments.before,
        ..Wanted::default()
    };
    let target = Target::Directory { path: directory.display().to_string(), format: format_of(arguments.format) };
    if let Some(present) = interrupted(house, &target).await.map_err(|error| database_unusable(&error))? {
        return resume(house, present, &wanted, now).await;
    }
    let judged = api::archives::judge(&house.db, WORKSPACE, &Mailboxes::All, &wanted, &target).await;
    judged.map_err(|failure| Failure { problems: vec![failure.problem], status: Status::NotNow })?;
    let asked = Archive::asked(ArchiveId::new(now), WORKSPACE, wanted, target, now);
    let asked = Archive { by_command: true, asked_by: "command line".to_owned(), ..asked };
    commit(house, "archive.start", asked.id, rows::ask(&asked)).await?;
    Ok(asked.id)
}

async fn interrupted(house: &House, target: &Target) -> Result<Option<Archive>, StoreError> {
    let known = rows::list(&house.db, WORKSPACE, None, LOOKED_AT).await?;
    Ok(known.into_iter().find(|archive| archive.by_command && archive.target == *target && archive.state != ArchiveState::Done))
}

async fn resume(house: &House, present: Archive, wanted: &Wanted, now: Timestamp) -> Result<ArchiveId, Failure> {
    if present.wanted != *wanted {
        return Err(Failure::asked_wrongly(
            "archive_of_something_else",
            "An archive of something else was begun in that directory.",
            "It was interrupted, and other mail was asked for then",
            "Ask for the same as then, or name another directory.",
        ));
    }
    if !present.state.goes_on() {
        commit(house, "archive.resume", present.id, rows::resume(&present, None, now)).await?;
    }
    Ok(present.id)
}

async fn commit(
    house: &House,
    action: &'static str,
    id: ArchiveId,
    statements: impl IntoIterator<Item = store::Statement>,
) -> Result<(), Failure> {
    let at = house.clock.now();
    let line = store::audit::AuditLine {
        id: model::id::AuditId::new(at),
        at,
        workspace: WORKSPACE,
        actor: "command line".to_owned(),
        action: action.to_owned(),
        object: id.to_string(),
        outcome: "done".to_owned(),
        detail: serde_json::Value::Null,
    };
    let made = Transaction::new("command.archive").with(store::audit::append(&line)).with_all(statements);
    house.db.commit(made).await.map(drop).map_err(|error| database_unusable(&error))
}

/// Carries the archive to its end.
async fn carry(house: &House, id: ArchiveId, screen: Screen) -> Result<Archive, Failure> {
    let spinner = super::sync::spinner(screen);
    let mut ending = crate::server::asked_to_end();
    loop {
        let present = rows::find(&house.db, id).await.map_err(|error| database_unusable(&error))?.ok_or_else(gone)?;
        match present.state {
            ArchiveState::Planning | ArchiveState::Carrying => {}
            ArchiveState::Done => {
                spinner.finish_and_clear();
                return Ok(present);
            }
            ArchiveState::Failed | ArchiveState::Cancelled => {
                return Err(Failure { problems: vec![present.problem.unwrap_or_else(cancelled)], status: Status::NotNow });
            }
        }
        spinner.set_message(format!("{} of {} messages, {} missing", present.kept, present.planned, present.missing));
        let kind = rows::kind_of_work(&present);
        let claimed = work::claim(&house.db, house.clock.now(), 1, LEASE, "rapport archive", &[&kind]).await;
        let Some(lease) = claimed.map_err(|error| database_unusable(&error))?.pop() else {
            tokio::select! { () = base::time::sleep(LOOK) => spinner.tick(), _ = ending.changed() => return Err(interrupted_now()) }
            continue;
        };
        tokio::select! {
            ran = house.engine.run(lease.clone()) => ran.map_err(|error| database_unusable(&error))?,
            _ = ending.changed() => {
                // Whoever runs the command again need not wait until the lease has run out.
                let released = Ending::Next(house.clock.now(), Lane::Scheduled).statements(&lease);
                let _ = house.db.commit(Transaction::new("command.release").with_all(released)).await;
                return Err(interrupted_now());
            }
        }
    }
}

fn interrupted_now() -> Failure {
    Failure::not_now(
        "archive_interrupted",
        "The archive was interrupted.",
        "What was brought out is in its place, and the manifest is not written yet",
        "Run the same command again: it goes on where it stood.",
    )
}

fn cancelled() -> Problem {
    Problem::new("archive_cancelled", "The archive was cancelled.", "Somebody has cancelled it.", "Run the same command again to go on.")
}

fn gone() -> Failure {
    Failure::not_now("archive_gone", "The archive is not there any more.", "Somebody has removed it", "Run the command again.")
}

const fn format_of(format: ArchiveFormat) -> Format {
    match format {
        ArchiveFormat::Eml => Format::Eml,
        ArchiveFormat::Mbox => Format::Mbox,
        ArchiveFormat::Maildir => Format::Maildir,
    }
}

fn directory_unusable(path: &Path, error: &std::io::Error) -> Failure {
    let title = format!("The directory {} cannot be used.", path.display());
    Failure::asked_wrongly("directory_unusable", title, error.to_string(), "Name another one with --to.")
}
