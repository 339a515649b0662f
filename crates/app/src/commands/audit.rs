//! `rapport audit`: compares every folder with its source, id by id, now, and prints the proof.

use base::{Clock, Timestamp};
use model::mailbox::Mailbox;
use serde::Serialize;
use store::work::Lane;
use store::{StoreError, Transaction, due, folder};

use super::{pick, sync};
use crate::cli::Pick;
use crate::config::Settings;
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen, table};
use crate::wire::{House, database_unusable};

#[derive(Serialize)]
struct Proof {
    folders: Vec<FolderProof>,
    waited: bool,
}

#[derive(Serialize)]
struct FolderProof {
    mailbox: String,
    folder: String,
    there: i64,
    here: i64,
    missing: i64,
    extra: i64,
    checked_at: Option<Timestamp>,
}

impl Report for Proof {
    fn text(&self) -> String {
        if !self.waited {
            return "The audit is due. A running server does it; the console's folder ledger shows the proof.".to_owned();
        }
        let row = |proof: &FolderProof| {
            let checked = proof.checked_at.map_or_else(|| "not yet".to_owned(), |at| at.to_string());
            let figures = [proof.there, proof.here, proof.missing, proof.extra].map(|count| count.to_string());
            [vec![proof.mailbox.clone(), proof.folder.clone()], figures.to_vec(), vec![checked]].concat()
        };
        let headings = ["mailbox", "folder", "there", "here", "missing", "extra", "checked"];
        table(&headings, &self.folders.iter().map(row).collect::<Vec<_>>())
    }
}

/// Marks the audits due, helps, and prints what they found; status 1 if anything differs.
///
/// # Errors
/// When the database cannot be used or a mailbox is not known.
pub async fn audit(arguments: &Pick, settings: Settings, screen: Screen) -> Result<Status, Failure> {
    let house = House::open(settings, Clock::system()).await?;
    let picked = pick::mailboxes(&house.db, &arguments.mailboxes).await?;
    let began = house.clock.now();
    mark(&house, &picked).await.map_err(|error| database_unusable(&error))?;
    if !arguments.no_wait {
        sync::help_until(&house, screen, || audited_since(&house, &picked, began)).await?;
    }
    let folders = proofs(&house, &picked).await.map_err(|error| database_unusable(&error))?;
    let differs = folders.iter().any(|proof| proof.missing + proof.extra > 0);
    screen.result(&Proof { folders, waited: !arguments.no_wait });
    Ok(if differs && !arguments.no_wait { Status::FoundWrong } else { Status::Well })
}

async fn mark(house: &House, picked: &[Mailbox]) -> Result<(), StoreError> {
    let now = house.clock.now();
    let mut transaction = Transaction::new("command.audit");
    for mailbox in picked {
        for known in folder::counted(&house.db, mailbox.id).await? {
            transaction.push(store::work::mark_due(due::AUDIT_FOLDER, &due::folder_key(mailbox.id, known.0.id), Lane::Interactive, now));
        }
    }
    house.db.commit(transaction).await.map(drop)
}

/// How many folders are still to be audited; `None` when none is.
async fn audited_since(house: &House, picked: &[Mailbox], began: Timestamp) -> Result<Option<String>, StoreError> {
    let mut waiting = 0;
    for mailbox in picked {
        let folders = folder::counted(&house.db, mailbox.id).await?;
        waiting += folders.iter().filter(|(folder, _)| folder.audit.is_none_or(|audit| audit.at < began)).count();
    }
    Ok((waiting > 0).then(|| format!("{waiting} folders are still to be compared")))
}

async fn proofs(house: &House, picked: &[Mailbox]) -> Result<Vec<FolderProof>, StoreError> {
    let mut proofs = Vec::new();
    for mailbox in picked {
        for (folder, _) in folder::counted(&house.db, mailbox.id).await? {
            let audit = folder.audit;
            let figure = |pick: fn(folder::FolderAudit) -> i64| audit.map_or(0, pick);
            proofs.push(FolderProof {
                mailbox: mailbox.address.clone(),
                folder: folder.display_name,
                there: figure(|audit| audit.there),
                here: figure(|audit| audit.here),
                missing: figure(|audit| audit.missing),
                extra: figure(|audit| audit.extra),
                checked_at: audit.map(|audit| audit.at),
            });
        }
    }
    Ok(proofs)
}
