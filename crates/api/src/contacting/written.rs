//! What of a contact is written into an address book at Outlook: pure.
//!
//! The name, the company and the job as they are shown here; numbers and addresses are only added, never taken away. What Outlook has
//! no room for is said.

use graph::contact::Contact as There;
use graph::contact::write::{ADDRESSES_MAX, ContactProperties, NUMBERS_MAX};
use graph::mail::EmailAddress;
use model::contact::{Chosen, Contact};
use model::phone::{self, Kind, Number, Region};

use crate::view::{LeftOut, WrittenPart};

/// What is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// At Microsoft.
    pub properties: ContactProperties,
    /// Which parts of the contact that changes.
    pub parts: Vec<WrittenPart>,
    /// What there is no room for.
    pub left_out: Vec<LeftOut>,
}

/// What makes the contact that is `there` say what `ours` shows; for none there, all of it.
pub fn plan(ours: &Contact, there: Option<&There>, region: Option<Region>) -> Plan {
    let mut plan = Plan::default();
    let known = there.cloned().unwrap_or_default();
    let name = value(ours.display_name.as_ref());
    if name.is_some() && known.display_name != name {
        plan.parts.push(WrittenPart::Name);
    }
    if there.is_none() {
        plan.properties.given_name = value(ours.given_name.as_ref());
        plan.properties.surname = value(ours.family_name.as_ref());
    }
    plan.properties.company_name = differing(ours.organisation.as_ref(), known.company_name.as_deref());
    plan.properties.job_title = differing(ours.title.as_ref(), known.job_title.as_deref());
    for (written, part) in [(&plan.properties.company_name, WrittenPart::Organisation), (&plan.properties.job_title, WrittenPart::Title)] {
        if written.is_some() {
            plan.parts.push(part);
        }
    }
    add_numbers(&mut plan, ours, &known, region);
    add_addresses(&mut plan, ours, &known, name.as_deref());
    if !plan.parts.is_empty() {
        plan.properties.display_name = name.or(known.display_name);
    }
    plan
}

fn value(chosen: Option<&Chosen<String>>) -> Option<String> {
    chosen.map(|chosen| chosen.value.clone())
}

fn differing(ours: Option<&Chosen<String>>, there: Option<&str>) -> Option<String> {
    value(ours).filter(|ours| Some(ours.as_str()) != there)
}

/// A number goes where its kind belongs, else where there is room.
fn add_numbers(plan: &mut Plan, ours: &Contact, there: &There, region: Option<Region>) {
    let (mut mobile, mut business, mut home) = (there.mobile_phone.clone(), there.business_phones.clone(), there.home_phones.clone());
    let written = mobile.iter().chain(&business).chain(&home);
    let mut known: Vec<(String, Option<String>)> = written.flat_map(|written| phone::read(written, region)).filter_map(key).collect();
    for number in ours.phones.iter().map(|held| &held.value) {
        let own = (number.e164.clone(), number.extension.clone());
        if known.contains(&own) {
            continue;
        }
        known.push(own);
        let is_for_the_pocket = matches!(number.kind, Kind::Mobile | Kind::MobileOrLandline | Kind::Personal);
        if mobile.is_none() && is_for_the_pocket {
            mobile = Some(as_written(number));
        } else if business.len() < NUMBERS_MAX {
            business.push(as_written(number));
        } else if home.len() < NUMBERS_MAX {
            home.push(as_written(number));
        } else if mobile.is_none() {
            mobile = Some(as_written(number));
        } else {
            let reason = "Outlook keeps one mobile number, two of a business and two of a home, and all of them are taken.".to_owned();
            plan.left_out.push(LeftOut { value: as_written(number), reason });
        }
    }
    plan.properties.mobile_phone = mobile.filter(|_| there.mobile_phone.is_none());
    plan.properties.business_phones = Some(business).filter(|now| *now != there.business_phones);
    plan.properties.home_phones = Some(home).filter(|now| *now != there.home_phones);
    let ContactProperties { mobile_phone, business_phones, home_phones, .. } = &plan.properties;
    if mobile_phone.is_some() || business_phones.is_some() || home_phones.is_some() {
        plan.parts.push(WrittenPart::Phones);
    }
}

fn key(phone: phone::Phone) -> Option<(String, Option<String>)> {
    phone.number().map(|number| (number.e164.clone(), number.extension.clone()))
}

fn as_written(number: &Number) -> String {
    match &number.extension {
        None => number.e164.clone(),
        Some(extension) => format!("{} ext. {extension}", number.e164),
    }
}

fn add_addresses(plan: &mut Plan, ours: &Contact, there: &There, name: Option<&str>) {
    let mut addresses = there.email_addresses.clone();
    for own in ours.addresses.iter().map(|held| &held.value) {
        if addresses.iter().any(|known| known.address.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(own))) {
            continue;
        }
        if addresses.len() < ADDRESSES_MAX {
            addresses.push(EmailAddress { name: name.map(str::to_owned), address: Some(own.clone()) });
        } else {
            plan.left_out.push(LeftOut { value: own.clone(), reason: "Outlook keeps three addresses, and all are taken.".to_owned() });
        }
    }
    if addresses != there.email_addresses {
        plan.properties.email_addresses = Some(addresses);
        plan.parts.push(WrittenPart::Addresses);
    }
}

#[cfg(test)]
mod tests {
    use model::contact::{Card, Hands, Name, Origin, SourceContact, merge};
    use model::id::{ContactBookId, SourceContactId};
    use serde_json::json;

    use super::*;

    fn ours(name: &str, phones: &[&str], addresses: &[&str]) -> Contact {
        let card = Card {
            name: Name { display: Some(name.to_owned()), ..Name::default() },
            phones: phones.iter().flat_map(|written| phone::read(written, None)).collect(),
            addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
            organisation: Some("Acme".to_owned()),
            ..Card::default()
        };
        let at = base::Timestamp::EPOCH;
        let source =
            SourceContact { id: SourceContactId::new(at), origin: Origin::Api, book: ContactBookId::new(at), card, updated_at: at };
        merge(&[source], &Hands::default()).contacts.remove(0)
    }

    fn there(said: serde_json::Value) -> There {
        serde_json::from_value(said).unwrap()
    }

    #[test]
    fn nothing_is_written_that_is_there_already_however_it_is_written() {
        let ours = ours("Bo Ek", &["+62 813-7777-1234"], &["Bo@Acme.example"]);
        let there = there(json!({"displayName": "Bo Ek", "companyName": "Acme", "homePhones": ["0813 7777 1234"],
            "emailAddresses": [{"address": "bo@acme.EXAMPLE"}]}));
        assert_eq!(plan(&ours, Some(&there), Region::named("ID")), Plan::default());
    }

    #[test]
    fn what_is_there_stays_and_what_has_no_room_is_said() {
        let phones = ["+6281377771234", "+6281377771235", "+6281377771236", "+6281377771237", "+6281377771238"];
        let ours = ours("Bo Ek", &phones, &["b1@acme.example", "b2@acme.example", "b3@acme.example"]);
        let there =
            there(json!({"displayName": "Bo", "mobilePhone": "+6281300000000", "emailAddresses": [{"address": "old@acme.example"}]}));
        let plan = plan(&ours, Some(&there), None);
        let written = &plan.properties;
        assert_eq!((&written.mobile_phone, written.display_name.as_deref()), (&None, Some("Bo Ek")));
        let numbers: Vec<&String> = written.business_phones.iter().chain(&written.home_phones).flatten().collect();
        assert_eq!(numbers, [phones[0], phones[1], phones[2], phones[3]]);
        let addresses = written.email_addresses.as_ref().unwrap();
        assert_eq!((addresses.len(), addresses[0].address.as_deref()), (3, Some("old@acme.example")));
        let left: Vec<&str> = plan.left_out.iter().map(|left| left.value.as_str()).collect();
        assert_eq!(left, [phones[4], "b3@acme.example"]);
        let parts = [WrittenPart::Name, WrittenPart::Organisation, WrittenPart::Phones, WrittenPart::Addresses];
        assert_eq!(plan.parts, parts);
    }
}
