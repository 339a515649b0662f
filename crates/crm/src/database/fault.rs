//! Faults: what a driver said, without what must not be repeated. What the engine wrote in its own words may hold values of rows, so it
//! is looked at here to find out which column is meant, and never shown.

use std::fmt;

/// Why a statement was not done.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The engine refused, by this code of its own.
    Refused {
        /// A SQLSTATE of PostgreSQL, a number of MySQL's, or a word for SQLite.
        code: String,
        /// Its own words: only for finding names in.
        words: String,
    },
    /// Nobody answers there.
    Unreachable(String),
    /// The connection cannot be protected as it should.
    Tls(String),
    /// It took too long.
    TimedOut,
    /// What came cannot be read.
    Unreadable,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Refused { code, .. } => write!(f, "Refused({code})"),
            Fault::Unreachable(why) => write!(f, "Unreachable({why})"),
            Fault::Tls(why) => write!(f, "Tls({why})"),
            Fault::TimedOut => f.write_str("TimedOut"),
            Fault::Unreadable => f.write_str("Unreadable"),
        }
    }
}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Credentials,
    UnknownDatabase,
    NotAdmitted,
    NoTable,
    NoColumn,
    NoRight,
    NoSuchLabel,
    TooLong,
    Duplicate,
    Required,
    OtherConstraint,
    ReadOnly,
    Busy,
    TooManyConnections,
    Unknown,
}

impl Trouble {
    /// Whether it is one row's, so that others may go through.
    pub(crate) const fn is_of_one_row(self) -> bool {
        matches!(self, Trouble::NoSuchLabel | Trouble::TooLong | Trouble::Duplicate | Trouble::OtherConstraint)
    }

    /// What an engine's code means. Sources: PostgreSQL's appendix A, MySQL's and MariaDB's error references, SQLite's result codes.
    fn of(code: &str) -> Self {
        match code {
            "28P01" | "28000" | "1045" | "1698" | "1251" => Trouble::Credentials,
            "3D000" | "1049" | "no_file" => Trouble::UnknownDatabase,
            "1044" | "1130" => Trouble::NotAdmitted,
            "42P01" | "3F000" | "1146" | "no_table" => Trouble::NoTable,
            "42703" | "1054" | "no_column" => Trouble::NoColumn,
            "42501" | "1142" | "1143" | "1370" => Trouble::NoRight,
            "22P02" | "1265" | "1366" | "4025" => Trouble::NoSuchLabel,
            "22001" | "1406" => Trouble::TooLong,
            "23505" | "1062" | "unique" => Trouble::Duplicate,
            "23502" | "1364" | "1048" | "not_null" => Trouble::Required,
            "23503" | "23514" | "1452" | "3819" | "constraint" => Trouble::OtherConstraint,
            "25006" | "1290" | "1792" | "1836" | "read_only" => Trouble::ReadOnly,
            "40001" | "40P01" | "55P03" | "1205" | "1213" | "busy" => Trouble::Busy,
            "57014" | "3024" | "1969" => Trouble::Busy,
            "53300" | "1040" | "1203" | "1226" => Trouble::TooManyConnections,
            _ => Trouble::Unknown,
        }
    }
}

impl Fault {
    /// What kind of trouble it is, if the engine refused.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        match self {
            Fault::Refused { code, .. } => Some(Trouble::of(code)),
            _ => None,
        }
    }

    /// Whether the engine's own words name this, in quotes or alone.
    pub(crate) fn names(&self, name: &str) -> bool {
        let Fault::Refused { words, .. } = self else { return false };
        words.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).any(|word| word.eq_ignore_ascii_case(name))
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(refusal) => {
                let mysql = refusal.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>().map(|own| own.number().to_string());
                let code = mysql.or_else(|| refusal.code().map(|code| code.into_owned())).unwrap_or_default();
                Fault::Refused { code, words: refusal.message().to_owned() }
            }
            sqlx::Error::Io(error) => Fault::Unreachable(error.kind().to_string()),
            sqlx::Error::Tls(error) => Fault::Tls(tls_reason(&error.to_string())),
            sqlx::Error::Configuration(error) => Fault::Tls(tls_reason(&error.to_string())),
            sqlx::Error::PoolTimedOut => Fault::TimedOut,
            sqlx::Error::Protocol(words) if words.contains("SSL") || words.contains("RSA") || words.contains("TLS") => {
                Fault::Tls("the server wants the password over TLS".to_owned())
            }
            _ => Fault::Unreadable,
        }
    }
}

/// What of a TLS failure may be told: one of few reasons.
fn tls_reason(words: &str) -> String {
    let lower = words.to_lowercase();
    let known = [
        ("unknownissuer", "its certificate is of an authority that is not known here"),
        ("unknown issuer", "its certificate is of an authority that is not known here"),
        ("notvalidforname", "its certificate is for another host"),
        ("not valid for", "its certificate is for another host"),
        ("expired", "its certificate has expired"),
        ("does not support", "the server does not offer TLS"),
        ("rsa", "the server wants the password over TLS"),
        ("certificate", "its certificate is not accepted"),
    ];
    let found = known.iter().find(|(part, _)| lower.contains(part));
    found.map_or("the TLS handshake failed", |(_, reason)| reason).to_owned()
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let words = error.to_string();
        let code = match &error {
            rusqlite::Error::SqliteFailure(failure, _) => match (failure.code, failure.extended_code) {
                (rusqlite::ErrorCode::CannotOpen, _) => "no_file",
                (rusqlite::ErrorCode::ReadOnly, _) => "read_only",
                (rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked, _) => "busy",
                (rusqlite::ErrorCode::OperationInterrupted, _) => return Fault::TimedOut,
                (_, rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE | rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => "unique",
                (_, rusqlite::ffi::SQLITE_CONSTRAINT_NOTNULL) => "not_null",
                (rusqlite::ErrorCode::ConstraintViolation, _) => "constraint",
                (rusqlite::ErrorCode::NotADatabase, _) => return Fault::Unreadable,
                _ if words.contains("no such table") => "no_table",
                _ if words.contains("no such column") || words.contains("has no column") => "no_column",
                (code, _) => return Fault::Refused { code: format!("{code:?}"), words },
            },
            _ if words.contains("no such table") => "no_table",
            _ if words.contains("no such column") || words.contains("has no column") => "no_column",
            _ => return Fault::Unreadable,
        };
        Fault::Refused { code: code.to_owned(), words }
    }
}
