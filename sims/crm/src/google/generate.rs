//! Contacts that are made up by seed, and what their owner does with them (reference: integrations 5.1 and 5.4).
//!
//! Numbers are of several regions, typed as people type them: international, national, with brackets; the canonical form
//! is there unless the number is too short to be one.

use serde_json::json;

use crate::ids::Ids;
use crate::world::World;

use super::handle::{Google, NotThere};
use super::person::Person;

const GIVEN: [&str; 20] = [
    "Anna", "Jörg", "Siti", "Budi", "Zoë", "José", "María", "Łukasz", "Søren", "Chloé", "Mehmet", "Åsa", "Dewi", "Emma", "Liam", "Olga",
    "Nguyễn", "山田", "Иван", "Noor",
];
const FAMILY: [&str; 20] = [
    "Müller",
    "Lindqvist",
    "Santoso",
    "Wijaya",
    "O'Neill",
    "García",
    "Souza",
    "Kowalski",
    "Jørgensen",
    "Lefèvre",
    "Yılmaz",
    "Andersson",
    "Putri",
    "Smith",
    "Brown",
    "Petrova",
    "Trần",
    "太郎",
    "Петров",
    "van Dijk",
];
const COMPANIES: [&str; 8] =
    ["Contoso GmbH", "PT Maju Jaya", "Fabrikam AB", "Adatum Ltd", "Café Größer & Söhne", "Tailspin S.A.", "Northwind", "Ünal A.Ş."];
const TITLES: [&str; 5] = ["Buyer", "Geschäftsführerin", "CFO", "Sales", ""];

/// A region's mobile numbers: country code, national prefix, start of the subscriber's number, how many digits follow.
const REGIONS: [(&str, &str, &str, usize); 9] = [
    ("49", "0", "1512", 7),
    ("62", "0", "812", 8),
    ("1", "", "212", 7),
    ("55", "0", "119", 8),
    ("52", "", "55", 8),
    ("44", "0", "7400", 6),
    ("46", "0", "70", 7),
    ("33", "0", "61", 7),
    ("54", "0", "911", 8),
];

/// The draws for one account: they go on where the last ones ended, since each call takes a seed from the world.
pub(super) fn draws(world: &mut World, account: &str) -> Result<Ids, NotThere> {
    let sub = world.google.account(account).map(|account| account.sub.clone());
    let sub = sub.ok_or_else(|| NotThere("account", account.to_owned()))?;
    Ok(Ids::named(world.google.ids.next_u64(), &sub))
}

/// Somebody.
pub(super) fn person(draws: &mut Ids) -> Person {
    let (given, family) = (*draws.pick(&GIVEN), *draws.pick(&FAMILY));
    let mut person = match draws.chance(0.05) {
        true => Person::default(),
        false => Person::named(given, family),
    };
    if draws.chance(0.8) || person.fields.is_empty() {
        person = person.email(&address(draws, given));
    }
    for _ in 0..draws.below(3) {
        let (typed, canonical) = number(draws);
        person = person.phone(&typed, canonical.as_deref());
    }
    if draws.chance(0.5) {
        let (company, title) = (*draws.pick(&COMPANIES), *draws.pick(&TITLES));
        person = person.organization(company, title);
    }
    if draws.chance(0.2) {
        let street = format!("Hauptstraße {}", 1 + draws.below(200));
        person = person
            .with("addresses", json!({"streetAddress": street, "city": "Köln", "country": "Germany", "countryCode": "DE", "type": "work"}));
    }
    if draws.chance(0.1) {
        let date = json!({"year": 1950 + draws.below(55), "month": 1 + draws.below(12), "day": 1 + draws.below(28)});
        person = person.with("birthdays", json!({"date": date}));
    }
    if draws.chance(0.1) {
        person = person.with("biographies", json!({"value": "Met at the fair.\nLikes tea ☕.", "contentType": "TEXT_PLAIN"}));
    }
    person.with(
        "memberships",
        json!({"contactGroupMembership": {"contactGroupId": "myContacts", "contactGroupResourceName": "contactGroups/myContacts"}}),
    )
}

fn address(draws: &mut Ids, given: &str) -> String {
    let plain: String = given.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    let case = if draws.chance(0.1) { plain.to_uppercase() } else { plain };
    format!("{case}{}@{}.example", draws.below(100_000), draws.pick(&["contoso", "fabrikam", "adatum", "mail"]))
}

/// A number as it was typed, and its canonical form where Google can tell.
pub(crate) fn number(draws: &mut Ids) -> (String, Option<String>) {
    let (country, prefix, start, digits) = *draws.pick(&REGIONS);
    // From 2 on, as an exchange in North America begins.
    let rest = format!("{}{}", 2 + draws.below(8), &draws.digits(digits)[1..]);
    let canonical = format!("+{country}{start}{rest}");
    match draws.below(8) {
        0..=3 => (format!("+{country} {start} {rest}"), Some(canonical)),
        4 | 5 => (format!("{prefix}{start}-{rest}"), Some(canonical)),
        6 => (format!("00{country} ({start}) {rest}"), Some(canonical)),
        _ => (rest[..4].to_owned(), None),
    }
}

/// One thing that an account's owner does.
pub(super) fn step(google: &Google, account: &str, draws: &mut Ids) -> Result<(), NotThere> {
    let names = google.names(account)?;
    let made = person(draws);
    if names.len() < 2 {
        return google.put_person(account, None, made).map(drop);
    }
    let first = draws.below(names.len() as u64) as usize;
    let second = (first + 1 + draws.below(names.len() as u64 - 1) as usize) % names.len();
    match draws.below(10) {
        0..=2 => google.put_person(account, None, made).map(drop),
        3..=6 => google.put_person(account, Some(&names[first]), made).map(drop),
        7 => google.remove_person(account, &names[first]),
        8 => google.merge_persons(account, &names[first], &names[second]).map(drop),
        _ => google.rename_person(account, &names[first]).map(drop),
    }
}
