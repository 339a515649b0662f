//! Contacts, what they were made of and how they came, as the outside reads them.

use base::Timestamp;
use model::contact::{Because, Chosen, Contact as Made, Held, Key, Proposal, Reason, Said};
use model::phone::{Number, Phone, Unusable};
use serde::Serialize;
use store::contact_saying::Saying;
use store::contact_sync::{ContactSync as Sync, Outcome};
use store::source_contact::Kept;
use utoipa::ToSchema;

use super::{Problem, id};

/// One person of all address books.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Contact {
    /// Its id. It is that of the oldest of its source contacts, and another when that one goes.
    #[schema(value_type = id::ContactId)]
    pub id: model::id::ContactId,
    /// How it is called: a name, or else where somebody works, an address or a number.
    pub name: String,
    /// Why this name was chosen, in words; `null` where no source has one.
    pub name_reason: Option<String>,
    /// What somebody is called by friends.
    pub given_name: Option<String>,
    /// The family's name.
    pub family_name: Option<String>,
    /// Where somebody works.
    pub organisation: Option<String>,
    /// As what.
    pub title: Option<String>,
    /// Numbers that can be called, each once.
    pub phones: Vec<ContactPhone>,
    /// What was meant as a number and is none.
    pub unusable_phones: Vec<UnusablePhone>,
    /// E-mail addresses, each once.
    pub addresses: Vec<String>,
    /// Where it comes from in one word: `whatsapp`, `google`, `outlook` or `both`, which is WhatsApp and another.
    #[schema(value_type = String)]
    pub source: &'static str,
    /// Where it comes from: `outlook`, `google`, `api`, `whatsapp`.
    #[schema(value_type = Vec<String>)]
    pub origins: Vec<&'static str>,
    /// What it was made of.
    #[schema(value_type = Vec<id::SourceContactId>)]
    pub sources: Vec<model::id::SourceContactId>,
    /// Why these are one person's; empty for one alone.
    pub evidence: Vec<ContactEvidence>,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// A number that can be called.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactPhone {
    /// In E.164: `+628123456789`.
    pub number: String,
    /// The digits to dial once it is answered.
    pub extension: Option<String>,
    /// What kind of line: `mobile`, `landline`, `mobile_or_landline`, `voip`, `personal`, `pager`, `service`, `unknown`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// As the preferred source writes it.
    pub written: String,
}

/// What was meant as a number and is none.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnusablePhone {
    /// As it was written.
    pub written: String,
    /// Why it cannot be used, as a code.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// The same in words.
    pub reason: String,
}

/// Why source contacts are one person's.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactEvidence {
    /// `number`, `address`, or `by_hand`.
    #[schema(value_type = String)]
    pub because: &'static str,
    /// The number or the address that they have in common.
    pub value: Option<String>,
    /// Which of them.
    #[schema(value_type = Vec<id::SourceContactId>)]
    pub sources: Vec<model::id::SourceContactId>,
}

/// A contact with what each source says, side by side.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WholeContact {
    /// The contact.
    #[serde(flatten)]
    pub contact: Contact,
    /// What each source says.
    pub cards: Vec<SourceContact>,
    /// What people said of them, the latest first.
    pub sayings: Vec<ContactSaying>,
}

/// What one source says of somebody.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SourceContact {
    /// Its id.
    #[schema(value_type = id::SourceContactId)]
    pub id: model::id::SourceContactId,
    /// The contact that it is in; `null` for the moment before that is decided.
    #[schema(value_type = Option<id::ContactId>)]
    pub contact: Option<model::id::ContactId>,
    /// Where it comes from.
    #[schema(value_type = String)]
    pub origin: &'static str,
    /// The address book.
    #[schema(value_type = id::ContactBookId)]
    pub book: model::id::ContactBookId,
    /// What its source calls it.
    pub foreign_id: String,
    /// Its name.
    pub name: String,
    /// Where somebody works.
    pub organisation: Option<String>,
    /// As what.
    pub title: Option<String>,
    /// Numbers that can be called.
    pub phones: Vec<ContactPhone>,
    /// What was meant as a number and is none.
    pub unusable_phones: Vec<UnusablePhone>,
    /// E-mail addresses.
    pub addresses: Vec<String>,
    /// When the source says that it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// What a person said of two source contacts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactSaying {
    /// `joined` or `parted`.
    #[schema(value_type = String)]
    pub said: &'static str,
    /// Of which two.
    #[schema(value_type = Vec<id::SourceContactId>)]
    pub sources: [model::id::SourceContactId; 2],
    /// Who.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Two contacts that may be one person's.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactProposal {
    /// The two.
    pub contacts: Vec<Contact>,
    /// How likely it is, in percent; a feeling, not a probability.
    pub score: u8,
    /// What speaks for it and against it, in words.
    pub reasons: Vec<String>,
}

/// An address book.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactBook {
    /// Its id.
    #[schema(value_type = id::ContactBookId)]
    pub id: model::id::ContactBookId,
    /// Where its contacts come from.
    #[schema(value_type = String)]
    pub origin: &'static str,
    /// What it is called: an account's address, or what a file or a program calls it.
    pub name: String,
    /// The connection that it is read through; `null` for files and programs.
    #[schema(value_type = Option<id::ConnectionId>)]
    pub connection: Option<model::id::ConnectionId>,
    /// `connected`, `reconnect` or `disconnected`; `null` for files and programs.
    #[schema(value_type = Option<String>)]
    pub state: Option<&'static str>,
    /// Why the account cannot be read.
    pub problem: Option<Problem>,
    /// How many contacts are in it.
    pub contact_count: i64,
    /// When it was last read to the end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
    /// Its last synchronisation.
    pub last_sync: Option<ContactSync>,
}

/// One reading of an address book, with what came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactSync {
    /// Its id.
    #[schema(value_type = id::ContactSyncId)]
    pub id: model::id::ContactSyncId,
    /// Of which book.
    #[schema(value_type = id::ContactBookId)]
    pub book: model::id::ContactBookId,
    /// `running`, `done` or `failed`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// How many contacts were read, known ones among them.
    pub total: i64,
    /// How many made a contact.
    pub new: i64,
    /// How many changed.
    pub updated: i64,
    /// How many came to a contact that was there before.
    pub merged: i64,
    /// How many have no number that can be used. They are kept, and joined by address.
    pub skipped: i64,
    /// Who asked for it; `schedule` if nobody did.
    pub asked_by: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When all of it was decided, or it failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

/// What came of one source contact in a synchronisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactSyncLine {
    /// What it says now; `null` if it is gone since.
    pub source: Option<SourceContact>,
    /// Why none of its numbers can be used, in words. Empty if it has none.
    pub reasons: Vec<String>,
}

/// What was written into an address book.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WrittenBack {
    /// Which.
    #[schema(value_type = id::ContactBookId)]
    pub book: model::id::ContactBookId,
    /// Whether a contact was made there; else one that it had was changed.
    pub made: bool,
    /// What of it was written; empty if it said all that already.
    pub parts: Vec<WrittenPart>,
    /// What there was no room for.
    pub left_out: Vec<LeftOut>,
}

/// A part of a contact that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WrittenPart {
    /// Its name.
    Name,
    /// Where somebody works.
    Organisation,
    /// As what.
    Title,
    /// Numbers.
    Phones,
    /// Addresses.
    Addresses,
}

/// What there was no room for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOut {
    /// The number or the address.
    pub value: String,
    /// Why, in words.
    pub reason: String,
}

impl Contact {
    /// As it was made.
    pub fn of(made: Made, changed_at: Timestamp) -> Self {
        let value = |chosen: Option<Chosen<String>>| chosen.map(|chosen| chosen.value);
        Contact {
            id: model::id::ContactId::from_number(made.id.number()),
            name: made.shown(),
            name_reason: made.display_name.as_ref().map(|chosen| chosen.why.to_string()),
            source: made.compatible_source().name(),
            given_name: value(made.given_name),
            family_name: value(made.family_name),
            organisation: value(made.organisation),
            title: value(made.title),
            phones: made.phones.into_iter().map(|held: Held<Number>| ContactPhone::of(held.value)).collect(),
            unusable_phones: made.unusable.into_iter().map(|held| UnusablePhone::of(held.value)).collect(),
            addresses: made.addresses.into_iter().map(|held| held.value).collect(),
            origins: made.origins.iter().map(|origin| origin.name()).collect(),
            sources: made.sources,
            evidence: made.evidence.into_iter().map(ContactEvidence::of).collect(),
            changed_at,
        }
    }
}

impl ContactPhone {
    fn of(number: Number) -> Self {
        ContactPhone { kind: number.kind.name(), number: number.e164, extension: number.extension, written: number.written }
    }
}

impl UnusablePhone {
    fn of(unusable: Unusable) -> Self {
        UnusablePhone { written: unusable.written, code: unusable.reason.name(), reason: unusable.reason.to_string() }
    }
}

impl ContactEvidence {
    fn of(evidence: model::contact::Evidence) -> Self {
        let (because, value) = match evidence.because {
            Because::ByHand => ("by_hand", None),
            Because::Same(Key::Phone { e164, .. }) => ("number", Some(e164)),
            Because::Same(Key::Address(address)) => ("address", Some(address)),
        };
        ContactEvidence { because, value, sources: evidence.sources }
    }
}

impl SourceContact {
    /// As it is kept.
    pub fn of(kept: Kept) -> Self {
        let card = kept.source.card;
        let (mut phones, mut unusable_phones) = (Vec::new(), Vec::new());
        for phone in card.phones {
            match phone {
                Phone::Usable(number) => phones.push(ContactPhone::of(number)),
                Phone::Unusable(unusable) => unusable_phones.push(UnusablePhone::of(unusable)),
            }
        }
        SourceContact {
            id: kept.source.id,
            contact: kept.contact,
            origin: kept.source.origin.name(),
            book: kept.source.book,
            foreign_id: kept.foreign_id,
            name: card.name.shown(),
            organisation: card.organisation,
            title: card.title,
            phones,
            unusable_phones,
            addresses: card.addresses,
            updated_at: kept.source.updated_at,
        }
    }
}

impl ContactSaying {
    /// As it was said.
    pub fn of(saying: Saying) -> Self {
        let said = if saying.said == Said::Joined { "joined" } else { "parted" };
        ContactSaying { said, sources: [saying.one, saying.other], by: saying.by, at: saying.at }
    }
}

impl ContactProposal {
    /// A proposal about these.
    pub fn of(proposal: &Proposal, contacts: Vec<Contact>) -> Self {
        ContactProposal { contacts, score: proposal.score, reasons: proposal.reasons.iter().map(Reason::to_string).collect() }
    }
}

impl ContactSync {
    /// A synchronisation with what came of it.
    pub fn of(sync: Sync, counts: &[(Outcome, i64)]) -> Self {
        let count = |wanted: Outcome| counts.iter().find(|(outcome, _)| *outcome == wanted).map_or(0, |(_, count)| *count);
        ContactSync {
            id: sync.id,
            book: sync.book,
            state: sync.state.name(),
            problem: sync.problem.as_ref().map(Problem::of),
            total: sync.total,
            new: count(Outcome::New),
            updated: count(Outcome::Updated),
            merged: count(Outcome::Merged),
            skipped: count(Outcome::Skipped),
            asked_by: sync.asked_by,
            started_at: sync.started_at,
            ended_at: sync.ended_at,
        }
    }
}
