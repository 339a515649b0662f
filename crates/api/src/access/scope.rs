//! Scopes: what an asker may do. A closed list; `admin` holds all of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing that an asker may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// Read mail, threads, people, customers and what has happened, search.
    #[serde(rename = "read")]
    Read,
    /// Change what Rapport decided: join and split threads, file them, name customers.
    #[serde(rename = "write")]
    Write,
    /// Change, move, copy and delete messages in the mailboxes that the asker may send from.
    #[serde(rename = "mail.write")]
    MailWrite,
    /// Make, change, cancel and answer what stands in calendars: one's own, or those that a program sees whole.
    #[serde(rename = "calendar.write")]
    CalendarWrite,
    /// Send mail from the mailboxes that the asker may send from.
    #[serde(rename = "send")]
    Send,
    /// Keep endpoints and their deliveries.
    #[serde(rename = "webhooks")]
    Webhooks,
    /// Connect and disconnect mailboxes.
    #[serde(rename = "connect")]
    Connect,
    /// Make addresses under which a timeline can be embedded.
    #[serde(rename = "embed")]
    Embed,
    /// Ask Microsoft for anything in a mailbox.
    #[serde(rename = "graph.read")]
    GraphRead,
    /// Change anything in a mailbox at Microsoft.
    #[serde(rename = "graph.write")]
    GraphWrite,
    /// Bring original mail out of mailboxes, all of it, private mail too, whatever the mailboxes' visibility: for administrators.
    #[serde(rename = "archive")]
    Archive,
    /// Everything, and keys, visibility and exclusions.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// Every scope there is.
    pub const ALL: [Scope; 12] = [
        Scope::Read,
        Scope::Write,
        Scope::MailWrite,
        Scope::CalendarWrite,
        Scope::Send,
        Scope::Webhooks,
        Scope::Connect,
        Scope::Embed,
        Scope::GraphRead,
        Scope::GraphWrite,
        Scope::Archive,
        Scope::Admin,
    ];

    /// As the API and the database write it.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::MailWrite => "mail.write",
            Scope::CalendarWrite => "calendar.write",
            Scope::Send => "send",
            Scope::Webhooks => "webhooks",
            Scope::Connect => "connect",
            Scope::Embed => "embed",
            Scope::GraphRead => "graph.read",
            Scope::GraphWrite => "graph.write",
            Scope::Archive => "archive",
            Scope::Admin => "admin",
        }
    }

    /// The scope of this name.
    pub fn named(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// What an asker may do, all together.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scopes(u16);

impl Scopes {
    /// What a person may do who has no role: work with what they may see, change and send mail in their own mailbox, write their own
    /// calendars, connect both.
    pub const PERSON: Scopes = Scopes(
        Scope::Read.bit()
            | Scope::Write.bit()
            | Scope::MailWrite.bit()
            | Scope::CalendarWrite.bit()
            | Scope::Send.bit()
            | Scope::Connect.bit()
            | Scope::Embed.bit(),
    );
    /// Everything.
    pub const ALL: Scopes = Scopes(Scope::Admin.bit());

    /// Whether `scope` is among them.
    pub const fn hold(self, scope: Scope) -> bool {
        self.0 & (scope.bit() | Scope::Admin.bit()) != 0
    }

    /// Whether all of `others` are among them.
    pub fn hold_all(self, others: Scopes) -> bool {
        others.list().into_iter().all(|scope| self.hold(scope))
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, scope: Scope) -> Self {
        Scopes(self.0 | scope.bit())
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// One by one.
    pub fn list(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.0 & scope.bit() != 0).collect()
    }

    /// The known ones of these names, which are parted by spaces or commas.
    pub fn read(names: &str) -> Self {
        names.split([' ', ',']).filter_map(Scope::named).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        scopes.into_iter().fold(Scopes::default(), Scopes::with)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.list().into_iter().map(Scope::name).collect();
        f.write_str(&names.join(" "))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_back_and_admin_holds_all() {
        let some = Scopes::read("read graph.write unheard-of");
        assert_eq!(some.to_string(), "read graph.write");
        assert!(some.hold(Scope::Read) && !some.hold(Scope::Write) && !some.hold(Scope::Admin));
        assert!(Scope::ALL.into_iter().all(|scope| Scopes::ALL.hold(scope)));
        assert!(Scopes::ALL.hold_all(some) && !some.hold_all(Scopes::ALL));
    }
}
