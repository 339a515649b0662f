//! What is described of a customer's database: where it is, how it is reached, and which column of which table holds what.
//!
//! The defaults are the tables of the CRM for WhatsApp (COMPATIBILITY: "Contacts, and the WhatsApp CRM's tables").

use std::collections::BTreeMap;
use std::time::Duration;

use base::Secret;

use super::identifier::{Identifier, TableName};

/// What speaks at the other end. TiDB and MariaDB speak MySQL's protocol and are told apart by their version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PostgreSQL.
    Postgres,
    /// MySQL, MariaDB, TiDB.
    MySql,
    /// A file of SQLite.
    Sqlite,
}

impl Kind {
    /// As the file writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Postgres => "postgresql",
            Kind::MySql => "mysql",
            Kind::Sqlite => "sqlite",
        }
    }

    /// The kind of this name. Names of relatives are understood too.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "postgresql" | "postgres" => Some(Kind::Postgres),
            "mysql" | "mariadb" | "tidb" => Some(Kind::MySql),
            "sqlite" => Some(Kind::Sqlite),
            _ => None,
        }
    }

    /// The port that it usually listens on.
    pub const fn usual_port(self) -> u16 {
        match self {
            Kind::Postgres => 5432,
            Kind::MySql => 3306,
            Kind::Sqlite => 0,
        }
    }
}

/// How a connection is protected on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    Off,
    /// If the server can.
    Preferred,
    /// Always, but whose server it is is not proven.
    Required,
    /// Always, by a certificate of a known authority, whatever host it names.
    VerifyAuthority,
    /// Always, by a certificate of a known authority for this host.
    VerifyHost,
}

impl Tls {
    /// The mode of this name, in PostgreSQL's words or MySQL's.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "disable" | "disabled" => Some(Tls::Off),
            "prefer" | "preferred" => Some(Tls::Preferred),
            "require" | "required" => Some(Tls::Required),
            "verify-ca" => Some(Tls::VerifyAuthority),
            "verify-full" | "verify-identity" => Some(Tls::VerifyHost),
            _ => None,
        }
    }

    /// As the file writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Tls::Off => "disable",
            Tls::Preferred => "prefer",
            Tls::Required => "require",
            Tls::VerifyAuthority => "verify-ca",
            Tls::VerifyHost => "verify-full",
        }
    }
}

/// Where a database is and as whom it is entered.
#[derive(Clone, Debug)]
pub struct Connection {
    /// A host, or the path of a socket of this machine.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database; for SQLite the path of the file.
    pub database: String,
    /// As whom.
    pub username: String,
    /// The password; empty for none.
    pub password: Secret<String>,
    /// How it is protected.
    pub tls: Tls,
    /// A file with certificates of authorities that are believed beside the public ones.
    pub authorities: Option<String>,
}

/// Whether a host is this machine.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.starts_with('/') || host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// How much is asked at once, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Connections at once.
    pub connections_max: u32,
    /// The longest that one statement may take.
    pub timeout: Duration,
}

impl Default for Pool {
    fn default() -> Self {
        Pool { connections_max: 2, timeout: Duration::from_secs(30) }
    }
}

/// What a column of contacts can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The number: by it rows are found.
    Phone,
    /// The name that is shown.
    Name,
    /// The first e-mail address.
    Email,
    /// Where somebody works.
    Company,
    /// As what.
    Title,
    /// Google's id of it.
    GoogleContactId,
    /// Outlook's id of it.
    OutlookContactId,
    /// Where it comes from: whatsapp, google, outlook or both.
    Source,
}

impl Field {
    /// Every field.
    pub const ALL: [Field; 8] = [
        Field::Phone,
        Field::Name,
        Field::Email,
        Field::Company,
        Field::Title,
        Field::GoogleContactId,
        Field::OutlookContactId,
        Field::Source,
    ];

    /// As the file writes it; also the usual name of its column.
    pub const fn name(self) -> &'static str {
        match self {
            Field::Phone => "phone",
            Field::Name => "name",
            Field::Email => "email",
            Field::Company => "company",
            Field::Title => "title",
            Field::GoogleContactId => "google_contact_id",
            Field::OutlookContactId => "outlook_contact_id",
            Field::Source => "source",
        }
    }

    /// Whether it has a column if the file says nothing of it.
    const fn is_usual(self) -> bool {
        !matches!(self, Field::Company | Field::Title)
    }
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PhoneFormat {
    /// `+628123456789`.
    #[default]
    E164,
    /// `628123456789`.
    Digits,
}

impl PhoneFormat {
    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "e164" => Some(PhoneFormat::E164),
            "digits" => Some(PhoneFormat::Digits),
            _ => None,
        }
    }

    /// A number, E.164, in this format.
    pub fn write(self, e164: &str) -> String {
        match self {
            PhoneFormat::E164 => e164.to_owned(),
            PhoneFormat::Digits => e164.trim_start_matches('+').to_owned(),
        }
    }
}

/// A column that gets the same value in every row that is inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The column.
    pub column: Identifier,
    /// Its value.
    pub value: String,
}

/// Which table holds contacts, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactsTable {
    /// The table.
    pub table: TableName,
    /// Which column holds what. There is always one for the number.
    pub columns: BTreeMap<Field, Identifier>,
    /// How numbers are written in rows that we insert.
    pub phone_format: PhoneFormat,
    /// What rows that we insert hold besides.
    pub fixed: Vec<Fixed>,
}

impl ContactsTable {
    /// The column of the number.
    pub fn phone(&self) -> &Identifier {
        self.columns.get(&Field::Phone).expect("the number has a column")
    }
}

impl Default for ContactsTable {
    fn default() -> Self {
        let usual = Field::ALL.into_iter().filter(|field| field.is_usual());
        ContactsTable {
            table: TableName::own("contacts"),
            columns: usual.map(|field| (field, Identifier::own(field.name()))).collect(),
            phone_format: PhoneFormat::default(),
            fixed: Vec::new(),
        }
    }
}

/// The columns of a table of tokens that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantColumns {
    /// The table.
    pub table: TableName,
}

impl GrantColumns {
    /// The columns, as that CRM names them. The access token is not read: it lives for an hour, and a new one is asked for anyway.
    pub(crate) const COLUMNS: [&'static str; 4] = ["session_id", "refresh_token", "token_type", "scope"];
}

impl Default for GrantColumns {
    fn default() -> Self {
        GrantColumns { table: TableName::own("outlook_tokens") }
    }
}

/// A customer's database.
#[derive(Clone, Debug)]
pub struct Described {
    /// What it is called.
    pub name: String,
    /// What speaks there.
    pub kind: Kind,
    /// Where it is.
    pub connection: Connection,
    /// How much is asked at once.
    pub pool: Pool,
    /// Where contacts are.
    pub contacts: ContactsTable,
    /// Where tokens are.
    pub grants: GrantColumns,
}
