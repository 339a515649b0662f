//! `rapport sync`: asks Microsoft for what is new, now. The work is marked due; a running server does it, and this
//! process helps, so that it gets done without one too.

use std::time::Duration;

use base::{Clock, Timestamp};
use indicatif::{ProgressBar, ProgressStyle};
use model::mailbox::Mailbox;
use serde::Serialize;
use store::work::Lane;
use store::{StoreError, Transaction, due, folder, mailbox, work};
use tokio::sync::watch;

use super::pick;
use crate::cli::Pick;
use crate::config::Settings;
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen, table};
use crate::wire::{House, database_unusable};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(150);

#[derive(Serialize)]
struct Synced {
    mailboxes: Vec<SyncedMailbox>,
    waited: bool,
}

#[derive(Serialize)]
struct SyncedMailbox {
    address: String,
    state: String,
    messages_here: i64,
    last_contact_at: Option<Timestamp>,
}

impl Report for Synced {
    fn text(&self) -> String {
        if !self.waited {
            return format!("Marked due: {} mailboxes. A running server does the rest.", self.mailboxes.len());
        }
        let row = |mailbox: &SyncedMailbox| vec![mailbox.address.clone(), mailbox.state.clone(), mailbox.messages_here.to_string()];
        table(&["mailbox", "state", "messages"], &self.mailboxes.iter().map(row).collect::<Vec<_>>())
    }
}

/// Marks the mailboxes' folders due and, unless told otherwise, waits until that is done.
///
/// # Errors
/// When the database cannot be used or a mailbox is not known.
pub async fn sync(arguments: &Pick, settings: Settings, screen: Screen) -> Result<Status, Failure> {
    let house = House::open(settings, Clock::system()).await?;
    let picked = pick::mailboxes(&house.db, &arguments.mailboxes).await?;
    mark(&house, &picked).await.map_err(|error| database_unusable(&error))?;
    if !arguments.no_wait {
        help_until(&house, screen, || settled(&house, &picked)).await?;
    }
    let mailboxes = look(&house, &picked).await.map_err(|error| database_unusable(&error))?;
    screen.result(&Synced { mailboxes, waited: !arguments.no_wait });
    Ok(Status::Well)
}

async fn mark(house: &House, picked: &[Mailbox]) -> Result<(), StoreError> {
    let now = house.clock.now();
    let mut transaction = Transaction::new("command.sync");
    for mailbox in picked {
        transaction.push(due::mailbox(due::PULL_FOLDERS, mailbox.id, Lane::Interactive, now));
        for known in folder::list(&house.db, mailbox.id).await?.into_iter().filter(|folder| folder.removed_at.is_none()) {
            transaction.push(due::pull_messages(mailbox.id, known.id, Lane::Interactive, now));
        }
    }
    house.db.commit(transaction).await.map(drop)
}

/// Runs an engine beside whatever server there is until `done` says so.
///
/// # Errors
/// When the database does not answer.
pub async fn help_until<F>(house: &House, screen: Screen, done: impl Fn() -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<Option<String>, StoreError>>,
{
    let (stop, stopped) = watch::channel(false);
    let workers = u32::try_from(house.settings.sync.workers).unwrap_or(u32::MAX);
    let engine = tokio::spawn(house.engine.clone().serve(workers, stopped));
    let spinner = spinner(screen);
    let mut ending = crate::server::asked_to_end();
    let outcome = loop {
        match done().await {
            Ok(None) => break Ok(()),
            Ok(Some(waiting_for)) => spinner.set_message(waiting_for),
            Err(error) => break Err(database_unusable(&error)),
        }
        tokio::select! {
            () = base::time::sleep(LOOK) => spinner.tick(),
            _ = ending.changed() => break Ok(()),
        }
    };
    spinner.finish_and_clear();
    let _ = stop.send(true);
    let _ = engine.await;
    outcome
}

/// What turns while something goes on.
pub fn spinner(screen: Screen) -> ProgressBar {
    if screen.is_json() {
        return ProgressBar::hidden();
    }
    ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {elapsed} {msg}").expect("the template is well formed"))
}

/// What of these mailboxes is still due or under way; `None` when nothing is.
async fn settled(house: &House, picked: &[Mailbox]) -> Result<Option<String>, StoreError> {
    let backlog = work::list_due(&house.db, house.clock.now(), 10_000).await?;
    let ours = |item: &&work::Item| due::mailbox_of(&item.key).is_some_and(|id| picked.iter().any(|mailbox| mailbox.id == id));
    let waiting: Vec<_> = backlog.iter().filter(ours).collect();
    let here: i64 = look(house, picked).await?.iter().map(|mailbox| mailbox.messages_here).sum();
    Ok((!waiting.is_empty()).then(|| format!("{} pieces of work are due; {here} messages are here", waiting.len())))
}

async fn look(house: &House, picked: &[Mailbox]) -> Result<Vec<SyncedMailbox>, StoreError> {
    let mut synced = Vec::new();
    for mailbox in picked {
        let Some(now) = mailbox::find(&house.db, mailbox.id).await? else { continue };
        let folders = folder::counted(&house.db, mailbox.id).await?;
        synced.push(SyncedMailbox {
            address: now.address,
            state: now.state.name().to_owned(),
            messages_here: folders.iter().map(|(_, here)| here).sum(),
            last_contact_at: now.last_contact_at,
        });
    }
    Ok(synced)
}
