//! People on WhatsApp, and the cards they share.

use serde::{Deserialize, Serialize};

/// Somebody on WhatsApp to make.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewWhatsappPerson {
    /// The name that they chose.
    pub name: String,
    /// The number as it is dialled, in international form (`+55 11 91234-5678`).
    pub number: String,
    /// Their WhatsApp id if it is not the digits of the number (Brazil, Mexico, Argentina).
    pub wa_id: Option<String>,
    /// The username (2026).
    pub username: Option<String>,
    /// The number is hidden from businesses: `wa_id` and `from` are left out (2026).
    pub number_hidden: bool,
}

impl NewWhatsappPerson {
    /// Somebody with a name and a number.
    pub fn person(name: &str, number: &str) -> Self {
        Self { name: name.to_owned(), number: number.to_owned(), ..Self::default() }
    }
}

/// Somebody on WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WhatsappPerson {
    /// The business-scoped user id, for example `ID.13491208655302741918`. It names the person in this crate, too.
    pub user_id: String,
    /// The parent user id, for example `ID.ENT.11815799212886844830`.
    pub parent_user_id: String,
    /// The name that they chose.
    pub name: String,
    /// The number as it is dialled.
    pub number: String,
    /// Country code and number, digits only; not always the dialled number's.
    pub wa_id: String,
    /// The username.
    pub username: Option<String>,
    /// Calls leave `wa_id` and `from` out.
    pub number_hidden: bool,
}

/// A contact card that somebody shares: a third person's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Card {
    /// The name as it is shown.
    pub formatted_name: String,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// Numbers.
    pub phones: Vec<CardPhone>,
    /// Addresses.
    pub emails: Vec<String>,
    /// The company.
    pub company: Option<String>,
    /// The title.
    pub title: Option<String>,
}

/// A number of a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CardPhone {
    /// As it stands in the sender's address book.
    pub phone: String,
    /// The WhatsApp id, if the number is on WhatsApp.
    pub wa_id: Option<String>,
}

/// Why a card came (2026).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The business asked for the sender's own contact information.
    ContactRequest,
    /// The person shared it.
    Other,
}

/// What became of a message that the business sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It left.
    Sent,
    /// It arrived.
    Delivered,
    /// It was read.
    Read,
    /// It failed.
    Failed,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}
