//! Customers' databases: contacts brought from our store into their tables, and tokens from their tables into our connections.
//!
//! The rooms below know one side each; here they are joined, page by page, so that memory does not grow with the number of contacts.

use std::collections::BTreeMap;

use base::Problem;
use crm::database::{Database, Field, Outcome, Skip, Subject};
use model::contact::{Contact, Origin};
use model::id::{ContactId, SourceContactId, WorkspaceId};
use model::phone::{Kind, Region};
use serde::Serialize;
use store::{Db, StoreError, contact, source_contact, workspace};
use web::connect::{Kept, TakenOver, take_over};

use crate::failure::{Failure, Status};
use crate::wire::database_unusable;

/// Contacts that are read and written at once.
const PAGE: u32 = 200;
/// Contacts that are named among the skipped.
const NAMED_MAX: usize = 1000;

/// A contact that was not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its id.
    pub contact: String,
    /// Why, for programs.
    pub reason: &'static str,
    /// Why, and what can be done.
    pub detail: String,
}

/// What an export has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Rows inserted.
    pub inserted: u64,
    /// Rows brought up to date.
    pub changed: u64,
    /// Rows that were so already.
    pub unchanged: u64,
    /// Contacts that were not written, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// The first thousand of these.
    pub named: Vec<Skipped>,
}

/// Writes all contacts of a workspace into a customer's table.
///
/// # Errors
/// What stands in the way, with what to do. What was written stays; done again it goes on.
pub async fn export_contacts(db: &Db, workspace: WorkspaceId, database: &Database) -> Result<Exported, Failure> {
    let region = region(db, workspace).await?;
    let export = database.export(region).await.map_err(not_now)?;
    let mut exported = Exported::default();
    let mut after = None;
    loop {
        let contacts = contact::page(db, workspace, after, PAGE).await.map_err(|error| database_unusable(&error))?;
        let Some(last) = contacts.last() else { return Ok(exported) };
        after = Some(ContactId::from_number(last.id.number()));
        let (subjects, skipped) = subjects(db, workspace, &contacts).await.map_err(|error| database_unusable(&error))?;
        skipped.iter().for_each(|(id, skip)| exported.note(id, skip));
        let outcomes = export.write(&subjects).await.map_err(not_now)?;
        for (subject, outcome) in subjects.iter().zip(outcomes) {
            match outcome {
                Outcome::Inserted => exported.inserted += 1,
                Outcome::Changed => exported.changed += 1,
                Outcome::Unchanged => exported.unchanged += 1,
                Outcome::Skipped(skip) => exported.note(&subject.id, &skip),
            }
        }
    }
}

impl Exported {
    fn note(&mut self, contact: &str, skip: &Skip) {
        *self.skipped.entry(skip.name()).or_default() += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(Skipped { contact: contact.to_owned(), reason: skip.name(), detail: skip.to_string() });
        }
    }
}

/// The region in which a workspace's people write numbers.
///
/// # Errors
/// When our own database does not answer.
pub async fn region(db: &Db, workspace: WorkspaceId) -> Result<Option<Region>, Failure> {
    let code = workspace::region(db, workspace).await.map_err(|error| database_unusable(&error))?;
    Ok(code.as_deref().and_then(Region::named))
}

/// What of these contacts can be written, and why the rest cannot.
async fn subjects(db: &Db, workspace: WorkspaceId, contacts: &[Contact]) -> Result<(Vec<Subject>, Vec<(String, Skip)>), StoreError> {
    let held = contacts.iter().flat_map(|contact| &contact.phones).map(|held| held.value.e164.as_str());
    let shared = contact::shared_numbers(db, workspace, &held.collect::<Vec<_>>()).await?;
    let sources: Vec<SourceContactId> = contacts.iter().flat_map(|contact| contact.sources.iter().copied()).collect();
    let known = source_contact::find_many(db, workspace, &sources).await?;
    let known: BTreeMap<SourceContactId, (Origin, String)> =
        known.into_iter().map(|kept| (kept.source.id, (kept.source.origin, kept.foreign_id))).collect();
    let (mut subjects, mut skipped) = (Vec::new(), Vec::new());
    for contact in contacts {
        let id = ContactId::from_number(contact.id.number()).to_string();
        let own = contact.phones.iter().map(|held| &held.value);
        let own = own.filter(|number| number.kind != Kind::Service && number.extension.is_none() && !shared.contains(&number.e164));
        let numbers: Vec<String> = own.map(|number| number.e164.clone()).collect();
        if numbers.is_empty() {
            skipped.push((id, why_without(contact)));
        } else {
            subjects.push(Subject { id, numbers, values: values(contact, &known), origins: contact.origins.clone() });
        }
    }
    Ok((subjects, skipped))
}

fn why_without(contact: &Contact) -> Skip {
    match (contact.phones.is_empty(), contact.unusable.is_empty()) {
        (false, _) => Skip::SharedNumber,
        (true, false) => Skip::UnusableNumber,
        (true, true) => Skip::NoNumber,
    }
}

fn values(contact: &Contact, known: &BTreeMap<SourceContactId, (Origin, String)>) -> BTreeMap<Field, String> {
    let foreign = |origin| {
        let ids = contact.sources.iter().filter_map(|source| known.get(source));
        ids.filter(|(from, _)| *from == origin).map(|(_, id)| id.clone()).next()
    };
    let chosen = |value: &Option<model::contact::Chosen<String>>| value.as_ref().map(|chosen| chosen.value.clone());
    let values = [
        (Field::Name, chosen(&contact.display_name)),
        (Field::Email, contact.addresses.first().map(|held| held.value.clone())),
        (Field::Company, chosen(&contact.organisation)),
        (Field::Title, chosen(&contact.title)),
        (Field::GoogleContactId, foreign(Origin::Google)),
        (Field::OutlookContactId, foreign(Origin::Outlook)),
    ];
    values.into_iter().filter_map(|(field, value)| Some((field, value?))).filter(|(_, value)| !value.is_empty()).collect()
}

/// What became of one session's tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// What the other program calls it.
    pub session: String,
    /// `connected`, `known` or `unusable`.
    pub outcome: &'static str,
    /// The account, if it was connected.
    pub account: Option<String>,
    /// What was connected.
    pub provider: Option<&'static str>,
    /// Why it cannot be used, and what to do.
    pub problem: Option<Problem>,
}

/// Connects the accounts whose tokens a customer's table holds; what became of each session.
///
/// # Errors
/// What stands in the way of all, with what to do. What was connected stays.
pub async fn import_grants(web: &web::State, workspace: WorkspaceId, actor: &str, database: &Database) -> Result<Vec<Session>, Failure> {
    let mut sessions: Vec<Session> = Vec::new();
    loop {
        let after = sessions.last().map(|session| session.session.clone());
        let page = database.session_grants(after.as_deref()).await.map_err(not_now)?;
        let is_last = Database::is_last_page(page.len());
        for grant in page {
            let kept = Kept { refresh_token: grant.refresh_token, token_type: grant.token_type, scope: grant.scope };
            let taken = take_over(web, workspace, actor, &kept).await.map_err(|failure| not_now(failure.problem))?;
            sessions.push(session(grant.session, taken));
        }
        if is_last {
            return Ok(sessions);
        }
    }
}

fn session(session: String, taken: TakenOver) -> Session {
    let empty = Session { session, outcome: "known", account: None, provider: None, problem: None };
    match taken {
        TakenOver::Known => empty,
        TakenOver::Connected { account, provider } => {
            Session { outcome: "connected", account: Some(account), provider: Some(provider), ..empty }
        }
        TakenOver::Unusable(problem) => Session { outcome: "unusable", problem: Some(problem), ..empty },
    }
}

fn not_now(problem: Problem) -> Failure {
    Failure { problems: vec![problem], status: Status::NotNow }
}
