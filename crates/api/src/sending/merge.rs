//! Merging: a template of the workspace, and what is known of those whom its mail goes to.
//!
//! Of a recipient is told what the asker says, and what the workspace knows and the asker may know of. A field without a value and
//! without a fallback refuses the mail: nobody is written to as "Dear ,".

use std::collections::{BTreeMap, HashMap};

use model::address::Address;
use model::compose::template::{Fault, Filled, Form, Pattern, Values};
use model::customer::Customer;
use model::display_name;
use model::id::{CustomerId, PersonId, TemplateId};
use model::mailbox::Mailbox;
use model::message::{BodyKind, Participant};
use model::person::{Person, PersonAddress, PersonKind};
use model::template::Template;
use store::timeline::Owner;
use store::{customer, person, template};

use super::compose::Letter;
use super::wanted::{Addressed, FromTemplate};
use crate::access::{Asker, Sight};
use crate::failure::Failure;
use crate::read::timeline::is_known_to;
use crate::state::State;

/// The code of a refusal because a field has no value.
pub const WITHOUT_VALUE: &str = "merge_field_without_value";

/// A template that is read, and what is known for its mail.
pub struct Merge {
    subject: String,
    html: Option<Pattern>,
    text: Option<Pattern>,
    sender: Values,
    known: HashMap<String, Known>,
    chosen: Option<Known>,
}

/// What a template becomes, in every form that it has; what is missing stands in it as it was written.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// The subject.
    pub subject: String,
    /// The text as HTML.
    pub html: Option<String>,
    /// The text as plain text.
    pub text: Option<String>,
    /// The names of the fields without a value.
    pub missing: Vec<String>,
}

/// What is known of a person.
#[derive(Clone, Debug)]
struct Known {
    name: String,
    is_human: bool,
    email: String,
    customer: String,
}

impl Merge {
    /// The template of that id, for mail from `mailbox` to some of these addresses.
    ///
    /// # Errors
    /// 404 for a template or a chosen person that is not there for the asker.
    pub async fn of(
        state: &State,
        asker: &Asker,
        wanted: &FromTemplate,
        from: (Option<&Mailbox>, Option<&Addressed>),
        addresses: &[&str],
    ) -> Result<Self, Failure> {
        let template = find(state, asker, wanted.id).await?;
        let sight = Sight::of(&state.db, asker).await?;
        let known = of_addresses(state, asker, &sight, addresses).await?;
        let chosen = match wanted.person {
            Some(id) => Some(of_person(state, asker, &sight, id).await?),
            None => None,
        };
        let sender = Values { fields: wanted.fields.clone(), ..sender(from) };
        let html = template.html.as_deref().map(|html| pattern("html", html, Form::Html)).transpose()?;
        let text = template.text.as_deref().map(|text| pattern("text", text, Form::Text)).transpose()?;
        Ok(Merge { subject: template.subject, html, text, sender, known, chosen })
    }

    /// The subject: one that is wanted instead of the template's own, or that.
    ///
    /// # Errors
    /// 422 for one with a field that cannot be.
    pub fn subject(&self, wanted: Option<&str>) -> Result<Pattern, Failure> {
        pattern("subject", wanted.unwrap_or(&self.subject), Form::Line)
    }

    /// The mail for a recipient, or for nobody in particular; without a subject for an answer, which has the original's. Values in
    /// `fields` go before those that all have in common.
    ///
    /// # Errors
    /// 422 for a field without a value.
    pub fn letter(
        &self,
        recipient: Option<&Participant>,
        fields: &BTreeMap<String, String>,
        subject: Option<&Pattern>,
    ) -> Result<Letter, Failure> {
        let values = self.values(recipient, fields);
        let subject = subject.map(|subject| subject.fill(&values));
        let (kind, body) = match (&self.html, &self.text) {
            (Some(html), _) => (BodyKind::Html, html.fill(&values)),
            (None, text) => (BodyKind::Text, text.as_ref().map(|text| text.fill(&values)).unwrap_or_default()),
        };
        let missing = all_missing(subject.iter().chain([&body]));
        if missing.is_empty() {
            return Ok(Letter { subject: subject.map(|subject| subject.text), kind, content: body.text });
        }
        Err(without_value(&missing, recipient.is_none() && self.chosen.is_none()))
    }

    /// What the template becomes for a recipient, in every form that it has.
    ///
    /// # Errors
    /// When what is kept can no longer be read.
    pub fn show(&self, recipient: Option<&Participant>) -> Result<Shown, Failure> {
        let values = self.values(recipient, &BTreeMap::new());
        let subject = self.subject(None)?.fill(&values);
        let (html, text) = (self.html.as_ref().map(|html| html.fill(&values)), self.text.as_ref().map(|text| text.fill(&values)));
        let missing = all_missing([&subject].into_iter().chain(&html).chain(&text));
        Ok(Shown { subject: subject.text, html: html.map(|html| html.text), text: text.map(|text| text.text), missing })
    }

    fn values(&self, recipient: Option<&Participant>, fields: &BTreeMap<String, String>) -> Values {
        let mut values = self.sender.clone();
        values.fields.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
        let (known, recipient) = match &self.chosen {
            Some(chosen) => (Some(chosen), None),
            None => (recipient.and_then(|recipient| self.known.get(&folded(&recipient.address))), recipient),
        };
        let given = recipient.and_then(|recipient| display_name::clean(&recipient.name));
        let of_known = known.map(|known| known.name.clone()).filter(|name| !name.contains('@'));
        let is_human = known.is_none_or(|known| known.is_human);
        values.person_name = given.or(of_known).unwrap_or_default();
        values.person_first_name = display_name::first(&values.person_name).filter(|_| is_human).unwrap_or_default();
        values.person_email = match (recipient, known) {
            (Some(recipient), _) => recipient.address.clone(),
            (None, Some(known)) => known.email.clone(),
            (None, None) => String::new(),
        };
        values.customer_name = known.map(|known| known.customer.clone()).unwrap_or_default();
        values
    }
}

/// A template of the asker's workspace.
///
/// # Errors
/// 404 for one that is not there.
pub async fn find(state: &State, asker: &Asker, id: TemplateId) -> Result<Template, Failure> {
    template::find(&state.db, asker.workspace, id).await?.ok_or_else(Failure::not_found)
}

/// Reads a text with fields; `name` is what the request calls it.
///
/// # Errors
/// 422 with the place and what to do.
pub fn pattern(name: &str, text: &str, form: Form) -> Result<Pattern, Failure> {
    Pattern::read(text, form).map_err(|fault: Fault| {
        let detail = format!("In `{name}`: {}", fault.sentence());
        Failure::unprocessable(fault.code(), "A field of the template cannot be.", detail, fault.action())
    })
}

fn all_missing<'a>(parts: impl IntoIterator<Item = &'a Filled>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in parts.into_iter().flat_map(|part| &part.missing) {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all
}

fn without_value(missing: &[String], is_to_nobody: bool) -> Failure {
    let names = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let why = match is_to_nobody && missing.iter().any(|name| name.starts_with("person.") || name.starts_with("customer.")) {
        true => " The mail is not to one person alone: name in `template.person` of whom it tells.",
        false => "",
    };
    let detail = format!("Without a value that can stand there, and without a fallback: {names}.{why}");
    let action = "Give a value, or write a fallback into the template, as in `{{person.first_name | \"there\"}}`.";
    Failure::unprocessable(WITHOUT_VALUE, "A field of the template has no value.", detail, action)
}

fn sender((mailbox, from): (Option<&Mailbox>, Option<&Addressed>)) -> Values {
    let of_mailbox = mailbox.map(|mailbox| (mailbox.display_name.clone(), mailbox.address.clone())).unwrap_or_default();
    let (sender_name, sender_email) = match from {
        Some(from) => (from.name.trim().to_owned(), from.email.trim().to_owned()),
        None => of_mailbox,
    };
    Values { sender_name, sender_email, ..Values::default() }
}

/// An address as it is looked up.
fn folded(address: &str) -> String {
    Address::read(address).map_or_else(|| address.trim().to_lowercase(), |address| address.as_str().to_owned())
}

async fn of_person(state: &State, asker: &Asker, sight: &Sight, id: PersonId) -> Result<Known, Failure> {
    let found = person::find(&state.db, asker.workspace, id).await?.ok_or_else(Failure::not_found)?;
    if !is_known_to(&state.db, sight, Owner::Person(found.merged_into.unwrap_or(id))).await? {
        return Err(Failure::not_found());
    }
    let found = match found.merged_into {
        Some(into) => person::find(&state.db, asker.workspace, into).await?.ok_or_else(Failure::not_found)?,
        None => found,
    };
    let addresses = person::addresses_of(&state.db, &[found.id]).await?;
    let customers = customers_of(state, asker, sight, std::slice::from_ref(&found)).await?;
    Ok(Known::of(&found, addresses.into_iter().next().map(|address| address.written), &customers))
}

/// What is known of those behind these addresses, by folded address.
async fn of_addresses(state: &State, asker: &Asker, sight: &Sight, addresses: &[&str]) -> Result<HashMap<String, Known>, Failure> {
    let folded: Vec<String> = addresses.iter().map(|address| folded(address)).collect();
    let rows = person::by_addresses(&state.db, asker.workspace, &folded).await?;
    let mut ids: Vec<PersonId> = rows.iter().map(|row| row.person).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut people = Vec::new();
    for found in person::find_many(&state.db, asker.workspace, &ids).await? {
        if is_known_to(&state.db, sight, Owner::Person(found.id)).await? {
            people.push(found);
        }
    }
    let customers = customers_of(state, asker, sight, &people).await?;
    let known = |id: PersonId| people.iter().find(|person| person.id == id);
    let one = |row: PersonAddress| Some((row.address, Known::of(known(row.person)?, Some(row.written), &customers)));
    Ok(rows.into_iter().filter_map(one).collect())
}

async fn customers_of(state: &State, asker: &Asker, sight: &Sight, people: &[Person]) -> Result<HashMap<CustomerId, Customer>, Failure> {
    let mut ids: Vec<CustomerId> = people.iter().filter_map(|person| person.customer).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut customers = HashMap::new();
    for found in customer::find_many(&state.db, asker.workspace, &ids).await? {
        if is_known_to(&state.db, sight, Owner::Customer(found.id)).await? {
            customers.insert(found.id, found);
        }
    }
    Ok(customers)
}

impl Known {
    fn of(person: &Person, email: Option<String>, customers: &HashMap<CustomerId, Customer>) -> Self {
        let customer = person.customer.and_then(|id| customers.get(&id)).map(|customer| customer.name.clone());
        Known {
            name: person.name.clone(),
            is_human: person.kind == PersonKind::Person,
            email: email.unwrap_or_default(),
            customer: customer.unwrap_or_default(),
        }
    }
}
