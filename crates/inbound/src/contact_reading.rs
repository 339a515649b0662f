//! Reading contacts: Microsoft's words into ours.

use base::Timestamp;
use graph::contact::Contact;
use model::contact::{Card, Name};
use model::phone::{self, Region};

/// What a contact says, and when it last changed. Numbers without a country are read as those of `region`.
pub fn card(contact: Contact, region: Option<Region>) -> (Card, Timestamp) {
    let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
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
