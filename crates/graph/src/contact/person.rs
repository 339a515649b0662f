//! A contact as Graph describes it (graph.md 9.1).

use base::Timestamp;
use serde::Deserialize;

use crate::mail::EmailAddress;
use crate::mail::{reading_null_as_default as null_as_default, reading_time as time};
use crate::page::{Delta, DeltaEntry, RemovedMark};

/// A contact. Properties that we do not read are skipped.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Contact {
    /// Its immutable id.
    pub id: String,
    #[serde(rename = "@removed")]
    removed: Option<RemovedMark>,
    /// The id of its folder.
    pub parent_folder_id: Option<String>,
    /// When anything of it last changed.
    #[serde(deserialize_with = "time")]
    pub last_modified_date_time: Option<Timestamp>,
    /// Its name as it is shown.
    pub display_name: Option<String>,
    /// What somebody is called by friends.
    pub given_name: Option<String>,
    /// The family's name.
    pub surname: Option<String>,
    /// Where somebody works.
    pub company_name: Option<String>,
    /// As what.
    pub job_title: Option<String>,
    /// Three at most.
    #[serde(deserialize_with = "null_as_default")]
    pub email_addresses: Vec<EmailAddress>,
    /// In somebody's pocket.
    pub mobile_phone: Option<String>,
    /// Two at most.
    #[serde(deserialize_with = "null_as_default")]
    pub business_phones: Vec<String>,
    /// Two at most.
    #[serde(deserialize_with = "null_as_default")]
    pub home_phones: Vec<String>,
}

impl DeltaEntry for Contact {
    fn into_delta(self) -> Delta<Self> {
        if self.removed.is_some() { Delta::Removed { id: self.id } } else { Delta::Changed(self) }
    }
}
