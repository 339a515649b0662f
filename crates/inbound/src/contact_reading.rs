//! Reading contacts: Microsoft's and Google's words into ours.

use base::Timestamp;
use google::people::Person;
use graph::contact::Contact;
use model::contact::{Card, Name};
use model::phone::{self, Phone, Region};

use crate::contact_plan::ContactEntry;

/// What a contact says, and when it last changed. Numbers without a country are read as those of `region`.
pub fn card(contact: Contact, region: Option<Region>) -> (Card, Timestamp) {
    let numbers = contact.mobile_phone.iter().chain(&contact.business_phones).chain(&contact.home_phones);
    let addresses = contact.email_addresses.into_iter().filter_map(|address| said(address.address));
    let card = Card {
        name: Name { display: said(contact.display_name), given: said(contact.given_name), family: said(contact.surname) },
        phones: numbers.flat_map(|written| phone::read(written, region)).collect(),
        addresses: addresses.collect(),
        organisation: said(contact.company_name),
        title: said(contact.job_title),
        photo: None,
    };
    (card, contact.last_modified_date_time.unwrap_or(Timestamp::EPOCH))
}

/// What a person in Google's contacts says. What it was called before it was merged is gone.
pub fn person(person: Person, region: Option<Region>) -> Vec<ContactEntry> {
    let mut entries: Vec<ContactEntry> = person.metadata.previous_resource_names.iter().cloned().map(ContactEntry::Absent).collect();
    if person.metadata.deleted {
        entries.push(ContactEntry::Absent(person.resource_name));
        return entries;
    }
    let updated_at = person.updated_at().unwrap_or(Timestamp::EPOCH);
    let name = person.names.into_iter().next().unwrap_or_default();
    let work = person.organizations.into_iter().next().unwrap_or_default();
    let numbers = person.phone_numbers.into_iter().filter_map(|number| Some((said(number.value)?, number.canonical_form)));
    let card = Card {
        name: Name { display: said(name.display_name), given: said(name.given_name), family: said(name.family_name) },
        phones: numbers.flat_map(|(written, canonical)| numbers_of(&written, canonical.as_deref(), region)).collect(),
        addresses: person.email_addresses.into_iter().filter_map(|address| said(address.value)).collect(),
        organisation: said(work.name),
        title: said(work.title),
        photo: None,
    };
    entries.push(ContactEntry::Present { foreign_id: person.resource_name, card: Box::new(card), updated_at });
    entries
}

/// A number as it was written; where no region tells its country, as Google has read it.
fn numbers_of(written: &str, canonical: Option<&str>, region: Option<Region>) -> Vec<Phone> {
    let own = phone::read(written, region);
    match canonical {
        Some(canonical) if !own.iter().any(|phone| phone.number().is_some()) => phone::read(canonical, region),
        _ => own,
    }
}

fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn googles_reading_helps_where_no_region_is_known_and_merged_persons_go() {
        let json = serde_json::json!({
            "resourceName": "people/c2", "names": [{ "displayName": "Bo Ek" }],
            "phoneNumbers": [{ "value": "0812 3456 7890", "canonicalForm": "+6281234567890" }, { "value": " " }],
            "metadata": { "previousResourceNames": ["people/c1"] },
        });
        let entries = person(serde_json::from_value(json).unwrap(), None);
        let [ContactEntry::Absent(before), ContactEntry::Present { foreign_id, card, .. }] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!((before.as_str(), foreign_id.as_str()), ("people/c1", "people/c2"));
        let numbers: Vec<_> = card.phones.iter().filter_map(|phone| phone.number()).map(|number| number.e164.as_str()).collect();
        assert_eq!(numbers, ["+6281234567890"]);
    }

    #[test]
    fn who_is_deleted_is_absent() {
        let json = serde_json::json!({ "resourceName": "people/c2", "metadata": { "deleted": true } });
        assert_eq!(person(serde_json::from_value(json).unwrap(), None), [ContactEntry::Absent("people/c2".to_owned())]);
    }
}
