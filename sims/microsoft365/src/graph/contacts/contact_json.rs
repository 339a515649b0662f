//! Writing a contact as JSON, with the keys of the captured answers.

use serde_json::{Map, Value, json};

use crate::graph::message_json::whole_seconds;
use crate::graph::row_filter::Searchable;
use crate::mailbox::contacts::{Contact, ContactFolder};
use crate::mailbox::{IdForm, Mailbox, WellKnown};

/// Texts that a contact has or has not.
pub const TEXTS: [&str; 24] = [
    "assistantName",
    "businessHomePage",
    "companyName",
    "department",
    "displayName",
    "fileAs",
    "generation",
    "givenName",
    "initials",
    "jobTitle",
    "manager",
    "middleName",
    "mobilePhone",
    "nickName",
    "officeLocation",
    "personalNotes",
    "profession",
    "spouseName",
    "surname",
    "title",
    "yomiCompanyName",
    "yomiGivenName",
    "yomiSurname",
    "birthday",
];
/// Lists of texts.
pub const LISTS: [&str; 5] = ["businessPhones", "homePhones", "imAddresses", "children", "categories"];
/// How many Outlook keeps of some of them (reference: Graph, section 9.1, uncertain).
pub const KEPT: [(&str, usize); 3] = [("businessPhones", 2), ("homePhones", 2), ("imAddresses", 3)];
/// Addresses of houses.
pub const ADDRESSES: [&str; 3] = ["businessAddress", "homeAddress", "otherAddress"];
/// Mail addresses as v1.0 has them beside the list.
pub const RANKED: [&str; 3] = ["primaryEmailAddress", "secondaryEmailAddress", "tertiaryEmailAddress"];

/// What can be asked of contacts.
pub const CONTACTS: Searchable = Searchable {
    kind: "contact",
    properties: &[
        &["id", "createdDateTime", "lastModifiedDateTime", "changeKey", "parentFolderId", "emailAddresses"],
        &TEXTS,
        &LISTS,
        &ADDRESSES,
        &RANKED,
    ],
    paths: &[
        "displayName",
        "givenName",
        "surname",
        "companyName",
        "department",
        "fileAs",
        "jobTitle",
        "nickName",
        "createdDateTime",
        "lastModifiedDateTime",
        "parentFolderId",
    ],
    collections: &[("emailAddresses", "address"), ("categories", "")],
};

/// What can be asked of contact folders.
pub const FOLDERS: Searchable = Searchable {
    kind: "contactFolder",
    properties: &[&["id", "displayName", "parentFolderId"]],
    paths: &["displayName"],
    collections: &[],
};

/// Everything of a contact.
pub fn contact(mailbox: &Mailbox, contact: &Contact, ids: IdForm) -> Map<String, Value> {
    let change_key = mailbox.key().change_key(contact.change);
    let mut json = Map::from_iter([
        ("@odata.etag".to_owned(), json!(format!("W/\"{change_key}\""))),
        ("id".to_owned(), json!(mailbox.contact_id(contact, ids))),
        ("createdDateTime".to_owned(), json!(whole_seconds(contact.created))),
        ("lastModifiedDateTime".to_owned(), json!(whole_seconds(contact.modified))),
        ("changeKey".to_owned(), json!(change_key)),
        ("parentFolderId".to_owned(), json!(mailbox.folder_id(contact.folder))),
    ]);
    let kept = |name: &str| contact.properties.get(name).cloned();
    json.extend(TEXTS.map(|name| (name.to_owned(), kept(name).unwrap_or(Value::Null))));
    json.extend(LISTS.map(|name| (name.to_owned(), kept(name).unwrap_or_else(|| json!([])))));
    json.extend(ADDRESSES.map(|name| (name.to_owned(), kept(name).unwrap_or_else(|| json!({})))));
    let addresses = kept("emailAddresses").unwrap_or_else(|| json!([]));
    for (name, address) in RANKED.iter().zip(addresses.as_array().into_iter().flatten()) {
        json.insert((*name).to_owned(), address.clone());
    }
    json.insert("emailAddresses".to_owned(), addresses);
    json
}

/// Everything of a folder; the default one lies at the top of the mailbox.
pub fn folder(mailbox: &Mailbox, folder: &ContactFolder) -> Map<String, Value> {
    let parent = folder.parent.unwrap_or(mailbox.well_known(WellKnown::MsgFolderRoot).number);
    let json = json!({
        "id": mailbox.folder_id(folder.number), "displayName": folder.name, "parentFolderId": mailbox.folder_id(parent),
    });
    json.as_object().cloned().unwrap_or_default()
}
