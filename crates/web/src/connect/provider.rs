//! The things that a person can connect, each by its own permissions.

use graph::oauth::TokenAnswer;

use crate::connect::explain;
use crate::failure::Failure;
use crate::settings::Delegated;

/// What can be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Mail.
    Outlook,
    /// The calendar.
    Calendar,
    /// Contacts.
    Contacts,
}

impl Provider {
    /// All of them.
    pub const ALL: [Provider; 3] = [Provider::Outlook, Provider::Calendar, Provider::Contacts];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Provider::Outlook => "microsoft_outlook",
            Provider::Calendar => "microsoft_calendar",
            Provider::Contacts => store::connection::OUTLOOK_CONTACTS,
        }
    }

    /// The provider of this name.
    ///
    /// # Errors
    /// When there is none, naming those there are.
    pub fn named(name: &str) -> Result<Self, Failure> {
        Self::ALL.into_iter().find(|provider| provider.name() == name).ok_or_else(|| explain::unknown_provider(name))
    }

    /// What Microsoft is asked for.
    pub fn scopes(self, delegated: &Delegated) -> Vec<&str> {
        let own = match self {
            Provider::Outlook => &delegated.scopes,
            Provider::Calendar => &delegated.calendar_scopes,
            Provider::Contacts => &delegated.contacts_scopes,
        };
        own.iter().map(String::as_str).collect()
    }

    /// Checks that what was granted is enough to be of use.
    ///
    /// # Errors
    /// When a permission is missing, naming it.
    pub fn check(self, tokens: &TokenAnswer) -> Result<(), Failure> {
        let enough: [&str; 2] = match self {
            Provider::Outlook => ["Mail.Read", "Mail.ReadWrite"],
            Provider::Calendar => ["Calendars.Read", "Calendars.ReadWrite"],
            Provider::Contacts => ["Contacts.Read", "Contacts.ReadWrite"],
        };
        if !enough.into_iter().any(|scope| tokens.grants(scope)) {
            return Err(explain::scope_missing(enough[0]));
        }
        if tokens.refresh_token.is_none() {
            return Err(explain::scope_missing("offline_access"));
        }
        Ok(())
    }
}
