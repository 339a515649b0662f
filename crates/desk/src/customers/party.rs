//! Parties: who outside is on a message, and what that message tells of each. Pure.
//!
//! A message counts for nothing here if it lies in Junk or Deleted Items, or if somebody on it is left out. Of what a list
//! or a program sent only the author is a party, of that kind; the same holds for a circular to very many companies.

use std::collections::HashSet;

use base::Timestamp;
use model::address::{Address, Post};
use model::borders::Borders;
use model::customer::COMPANIES_MAX;
use model::display_name;
use model::id::MailboxId;
use model::message::{Participant, Recipients};
use model::nature::Nature;
use model::person::PersonKind;
use store::correspondence::Sheet;

/// Somebody outside on a message.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    /// The address, folded.
    pub(crate) address: Address,
    /// As it was written.
    pub(crate) written: String,
    /// The name beside it, cleaned.
    pub(crate) name: Option<String>,
    /// Whether this party wrote the message.
    pub(crate) author: bool,
    /// What the message shows this party to be.
    pub(crate) kind: PersonKind,
}

/// A message with its parties.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    /// In which mailbox.
    pub(crate) mailbox: MailboxId,
    /// When it was received.
    pub(crate) at: Timestamp,
    /// Everyone outside on it who counts; empty for what is internal or does not count.
    pub(crate) parties: Vec<Party>,
    /// Whether people wrote it to one another: only then does it file its thread.
    pub(crate) personal: bool,
}

/// What a message comes to.
pub(crate) fn letter(sheet: &Sheet, borders: &Borders) -> Letter {
    let mut parties = if is_discarded(sheet) { Vec::new() } else { outside(sheet, borders) };
    let personal = sheet.nature == Nature::Personal && companies(&parties) <= COMPANIES_MAX;
    if !personal {
        parties.retain(|party| party.author);
    }
    for party in &mut parties {
        party.kind = kind(party.address.post(), sheet.nature);
    }
    Letter { mailbox: sheet.mailbox, at: sheet.received_at, parties, personal }
}

fn is_discarded(sheet: &Sheet) -> bool {
    matches!(sheet.folder.as_deref(), Some("junkemail" | "deleteditems" | "recoverableitemsdeletions"))
}

/// Everyone outside, each once, the author first; nobody if somebody is left out.
fn outside(sheet: &Sheet, borders: &Borders) -> Vec<Party> {
    let recipients: Recipients = serde_json::from_str(&sheet.recipients).unwrap_or_default();
    let author = Participant { name: sheet.author_name.clone().unwrap_or_default(), address: sheet.author.clone().unwrap_or_default() };
    let mut known = HashSet::new();
    let mut parties = Vec::new();
    let Recipients { to, cc, bcc, reply_to: _, sender: _ } = recipients;
    let everyone = std::iter::once((true, author)).chain([to, cc, bcc].into_iter().flatten().map(|recipient| (false, recipient)));
    for (author, Participant { name, address: written }) in everyone {
        let Some(address) = Address::read(&written) else { continue };
        if borders.is_left_out(&address) {
            return Vec::new();
        }
        if !borders.is_ours(&address) && known.insert(address.clone()) {
            parties.push(Party { name: display_name::clean(&name), address, written, author, kind: PersonKind::Person });
        }
    }
    parties
}

fn companies(parties: &[Party]) -> usize {
    parties.iter().filter_map(|party| party.address.company_domain()).collect::<HashSet<_>>().len()
}

/// What an address and the nature of a message tell together.
fn kind(post: Post, nature: Nature) -> PersonKind {
    match (nature, post) {
        (_, Post::Automatic) | (Nature::Automatic, Post::Somebody | Post::Role) => PersonKind::Automatic,
        (_, Post::List) | (Nature::List, _) => PersonKind::List,
        (Nature::Personal, Post::Role) => PersonKind::Role,
        (Nature::Personal, Post::Somebody) => PersonKind::Person,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(author: &str, to: &[&str], nature: Nature) -> Sheet {
        let party = |address: &&str| Participant { name: String::new(), address: (*address).to_owned() };
        let recipients = Recipients { to: to.iter().map(party).collect(), ..Recipients::default() };
        Sheet {
            thread: model::id::ThreadId::from_number(1),
            mailbox: MailboxId::from_number(1),
            folder: Some("inbox".to_owned()),
            author_name: Some("Ek, Bo".to_owned()),
            author: Some(author.to_owned()),
            recipients: serde_json::to_string(&recipients).unwrap(),
            received_at: Timestamp::EPOCH,
            nature,
        }
    }

    fn told(sheet: &Sheet) -> (Vec<(String, PersonKind)>, bool) {
        let exclusion = store::exclusion::Exclusion {
            kind: store::exclusion::ExclusionKind::Address,
            value: "counsel@law.example".to_owned(),
            why: String::new(),
            actor: String::new(),
            added_at: Timestamp::EPOCH,
        };
        let borders = store::exclusion::borders_of(["anna@contoso.example"].into_iter(), Vec::new(), vec![exclusion]);
        let letter = letter(sheet, &borders);
        (letter.parties.iter().map(|party| (party.address.as_str().to_owned(), party.kind)).collect(), letter.personal)
    }

    fn names(parties: &[(&str, PersonKind)]) -> Vec<(String, PersonKind)> {
        parties.iter().map(|(address, kind)| ((*address).to_owned(), *kind)).collect()
    }

    #[test]
    fn everyone_outside_counts_once_and_nobody_of_ours() {
        let mail = sheet("Bo@acme.example", &["anna@contoso.example", "bo+x@acme.example", "info@fabrikam.example"], Nature::Personal);
        let both = names(&[("bo@acme.example", PersonKind::Person), ("info@fabrikam.example", PersonKind::Role)]);
        assert_eq!(told(&mail), (both, true));
        assert_eq!(told(&sheet("anna@contoso.example", &["ben@contoso.example"], Nature::Personal)), (Vec::new(), true));
    }

    #[test]
    fn of_a_list_or_a_program_only_the_author_counts_and_never_as_a_person() {
        let to = ["anna@contoso.example", "ada@fabrikam.example"];
        assert_eq!(told(&sheet("bo@acme.example", &to, Nature::List)), (names(&[("bo@acme.example", PersonKind::List)]), false));
        assert_eq!(told(&sheet("bo@acme.example", &to, Nature::Automatic)), (names(&[("bo@acme.example", PersonKind::Automatic)]), false));
        let receipt = sheet("noreply@acme.example", &to[..1], Nature::Personal);
        assert_eq!(told(&receipt).0, names(&[("noreply@acme.example", PersonKind::Automatic)]));
    }

    #[test]
    fn junk_deleted_and_left_out_mail_counts_for_nothing() {
        let mut mail = sheet("bo@acme.example", &["anna@contoso.example"], Nature::Personal);
        for folder in ["junkemail", "deleteditems"] {
            mail.folder = Some(folder.to_owned());
            assert!(told(&mail).0.is_empty());
        }
        assert!(told(&sheet("bo@acme.example", &["counsel@law.example"], Nature::Personal)).0.is_empty());
    }

    #[test]
    fn a_circular_to_many_companies_is_its_authors_alone() {
        let many: Vec<String> = (0..30).map(|number| format!("x@company{number}.example")).collect();
        let to: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(told(&sheet("bo@acme.example", &to, Nature::Personal)), (names(&[("bo@acme.example", PersonKind::Person)]), false));
        assert_eq!(told(&sheet("anna@contoso.example", &to[..25], Nature::Personal)).0.len(), 25);
    }
}
