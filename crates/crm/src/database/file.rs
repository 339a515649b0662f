//! `integrations.json`: which databases are described in it. What else stands there is other rooms' business and is left alone.
//!
//! Everything that cannot be right is said at once, by its path in the file, without the value. `${NAME}` is an environment reference.

use std::collections::BTreeMap;
use std::time::Duration;

use base::{Problem, Secret};
use serde_json::{Map, Value};

use super::described::{Connection, ContactsTable, Described, Field, Fixed, GrantColumns, Kind, PhoneFormat, Pool, Tls, is_this_machine};
use super::identifier::{Identifier, TableName};

/// Something the operator should know that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(pub String);

/// What is described.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Databases that are on.
    pub databases: Vec<Described>,
    /// Names of those that are off.
    pub disabled: Vec<String>,
    /// What the operator should know.
    pub notices: Vec<Notice>,
}

/// Reads the text of a file that is called `name`; `variable` gives the value of an environment variable.
///
/// # Errors
/// Everything that cannot be right, all at once.
pub fn read(text: &str, name: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<File, Vec<Problem>> {
    let whole: Value = serde_json::from_str(text).map_err(|error| {
        let why = format!("Line {}, column {}: it is not valid JSON", error.line(), error.column());
        vec![Problem::new("integrations_invalid", format!("{name} cannot be read."), why, "Mend that place, then try again.")]
    })?;
    let mut reader = Reader { name, variable, problems: Vec::new(), file: File::default() };
    match whole.get("databases") {
        None => {}
        Some(Value::Array(databases)) => {
            for (place, database) in databases.iter().enumerate() {
                reader.database(&format!("databases[{place}]"), database);
            }
        }
        Some(_) => reader.refuse("databases", "It is not a list", "Write \"databases\": [ { … } ]."),
    }
    if reader.problems.is_empty() { Ok(reader.file) } else { Err(reader.problems) }
}

struct Reader<'a> {
    name: &'a str,
    variable: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
    file: File,
}

impl Reader<'_> {
    fn refuse(&mut self, path: &str, why: impl Into<String>, mend: impl Into<String>) {
        let title = format!("{path} in {} cannot be right.", self.name);
        self.problems.push(Problem::new("integrations_invalid", title, why, mend));
    }

    fn database(&mut self, path: &str, given: &Value) {
        let Some(given) = given.as_object() else {
            return self.refuse(path, "It is not an object", "Write { \"name\": …, \"type\": … }.");
        };
        let name = self.text(given, path, "name").filter(|name| !name.is_empty());
        let Some(name) = name else {
            return self.refuse(&format!("{path}.name"), "There is none", "Give the database a name, such as customer_db.");
        };
        if given.get("enabled") == Some(&Value::Bool(false)) {
            return self.file.disabled.push(name);
        }
        if self.file.databases.iter().any(|known| known.name == name) {
            self.refuse(&format!("{path}.name"), "Another database is called the same", "Give each a name of its own.");
        }
        self.unknown(given, path, &["name", "enabled", "type", "connection", "pool_config", "queries", "contacts", "tokens"]);
        let kind = self.text(given, path, "type").and_then(|kind| Kind::named(&kind));
        let Some(kind) = kind else {
            return self.refuse(&format!("{path}.type"), "It is no type of database that is known", "Write postgresql, mysql or sqlite.");
        };
        let Some(connection) = self.connection(given, path, kind) else { return };
        let pool = self.pool(given, path);
        let contacts = self.contacts(given, path);
        let grants = self.grants(given, path);
        self.file.databases.push(Described { name, kind, connection, pool, contacts, grants });
    }

    fn connection(&mut self, given: &Map<String, Value>, path: &str, kind: Kind) -> Option<Connection> {
        let path = format!("{path}.connection");
        let Some(own) = given.get("connection").and_then(Value::as_object) else {
            self.refuse(
                &path,
                "There is none",
                "Write { \"host\": …, \"database\": …, \"username\": …, \"password\": \"${DB_PASSWORD}\" }.",
            );
            return None;
        };
        self.unknown(own, &path, &["host", "port", "database", "username", "password", "ssl_mode", "ssl_ca"]);
        let database = self.needed(own, &path, "database")?;
        if kind == Kind::Sqlite {
            let (host, username) = (String::new(), String::new());
            let password = Secret::new(String::new());
            return Some(Connection { host, port: 0, database, username, password, tls: Tls::Off, authorities: None });
        }
        let host = self.needed(own, &path, "host")?;
        let username = self.needed(own, &path, "username")?;
        let password = self.text(own, &path, "password").unwrap_or_default();
        let port = self.number(own, &path, "port", 1..=65_535, u64::from(kind.usual_port()));
        let tls = self.tls(own, &path, &host)?;
        let authorities = self.text(own, &path, "ssl_ca").filter(|file| !file.is_empty());
        let port = u16::try_from(port).unwrap_or(kind.usual_port());
        Some(Connection { host, port, database, username, password: Secret::new(password), tls, authorities })
    }

    /// Proven, unless the way does not leave this machine.
    fn tls(&mut self, own: &Map<String, Value>, path: &str, host: &str) -> Option<Tls> {
        let local = is_this_machine(host);
        let Some(text) = self.text(own, path, "ssl_mode") else { return Some(if local { Tls::Preferred } else { Tls::VerifyHost }) };
        let path = format!("{path}.ssl_mode");
        match Tls::named(&text) {
            None => {
                self.refuse(&path, "It is no mode that is known", "Write disable, prefer, require, verify-ca or verify-full.");
                None
            }
            Some(Tls::Off | Tls::Preferred) if !local => {
                let why = "The password and your customers' data would leave this machine in the clear, or could be made to";
                self.refuse(&path, why, "Write verify-full; or require, if you accept that nobody proves whose server it is.");
                None
            }
            Some(mode) => {
                if mode == Tls::Required && !local {
                    let sentence = format!(
                        "{path} in {} is \"require\": the way is encrypted, but nobody proves whose server it is. \"verify-full\" does.",
                        self.name
                    );
                    self.file.notices.push(Notice(sentence));
                }
                Some(mode)
            }
        }
    }

    fn pool(&mut self, given: &Map<String, Value>, path: &str) -> Pool {
        let usual = Pool::default();
        let Some(own) = given.get("pool_config").and_then(Value::as_object) else { return usual };
        let path = format!("{path}.pool_config");
        self.unknown(own, &path, &["min_connections", "max_connections", "command_timeout"]);
        let most = self.number(own, &path, "max_connections", 1..=100, u64::from(usual.connections_max));
        let timeout = self.number(own, &path, "command_timeout", 1..=3600, usual.timeout.as_secs());
        // Exports and look-ups come one after the other: more than a few connections would only be idle.
        Pool { connections_max: u32::try_from(most.min(5)).unwrap_or(usual.connections_max), timeout: Duration::from_secs(timeout) }
    }

    fn contacts(&mut self, given: &Map<String, Value>, path: &str) -> ContactsTable {
        let mut contacts = ContactsTable::default();
        let Some(own) = given.get("contacts").and_then(Value::as_object) else { return contacts };
        let path = format!("{path}.contacts");
        self.unknown(own, &path, &["table", "columns", "phone_format", "new_rows"]);
        if let Some(table) = self.table(own, &path) {
            contacts.table = table;
        }
        if let Some(format) = self.text(own, &path, "phone_format") {
            match PhoneFormat::named(&format) {
                Some(format) => contacts.phone_format = format,
                None => {
                    self.refuse(&format!("{path}.phone_format"), "It is no format that is known", "Write e164 (+628…) or digits (628…).")
                }
            }
        }
        if let Some(columns) = own.get("columns").and_then(Value::as_object) {
            self.columns(columns, &format!("{path}.columns"), &mut contacts.columns);
        }
        if let Some(fixed) = own.get("new_rows").and_then(Value::as_object) {
            let path = format!("{path}.new_rows");
            for name in fixed.keys() {
                let value = self.text(fixed, &path, name);
                match (self.identifier(&format!("{path}.{name}"), name), value) {
                    (Some(column), Some(value)) => contacts.fixed.push(Fixed { column, value }),
                    (_, None) => self.refuse(&format!("{path}.{name}"), "It is no text", "Write the value in double quotes."),
                    (None, _) => {}
                }
            }
        }
        self.once(&contacts, &path);
        contacts
    }

    fn columns(&mut self, own: &Map<String, Value>, path: &str, columns: &mut BTreeMap<Field, Identifier>) {
        for (name, value) in own {
            let path = format!("{path}.{name}");
            let Some(field) = Field::ALL.into_iter().find(|field| field.name() == name) else {
                let known = Field::ALL.map(Field::name).join(", ");
                self.refuse(&path, "It is no field of a contact that is known", format!("Use one of {known}."));
                continue;
            };
            match value {
                Value::Null if field == Field::Phone => {
                    self.refuse(&path, "Rows are found by their number", "Name the column that holds it.");
                }
                Value::Null => {
                    columns.remove(&field);
                }
                Value::String(column) => {
                    if let Some(column) = self.identifier(&path, column) {
                        columns.insert(field, column);
                    }
                }
                _ => self.refuse(
                    &path,
                    "It is neither a column's name nor null",
                    "Write the name in double quotes, or null to leave it out.",
                ),
            }
        }
    }

    /// No column may hold two things.
    fn once(&mut self, contacts: &ContactsTable, path: &str) {
        let mut seen = std::collections::BTreeSet::new();
        let mut all = contacts.columns.values().chain(contacts.fixed.iter().map(|fixed| &fixed.column));
        let twice = all.find(|column| !seen.insert(column.as_str().to_ascii_lowercase())).cloned();
        if let Some(column) = twice {
            self.refuse(path, format!("The column {column} is said to hold two things"), "Name each column once.");
        }
    }

    fn grants(&mut self, given: &Map<String, Value>, path: &str) -> GrantColumns {
        let Some(own) = given.get("tokens").and_then(Value::as_object) else { return GrantColumns::default() };
        let path = format!("{path}.tokens");
        self.unknown(own, &path, &["table"]);
        self.table(own, &path).map_or_else(GrantColumns::default, |table| GrantColumns { table })
    }

    fn table(&mut self, own: &Map<String, Value>, path: &str) -> Option<TableName> {
        let text = self.text(own, path, "table")?;
        let read = TableName::read(&text);
        if read.is_none() {
            let mend = "Use letters, digits and _ only, with the schema and a dot in front of it if need be.";
            self.refuse(&format!("{path}.table"), "It is no name of a table", mend);
        }
        read
    }

    fn identifier(&mut self, path: &str, text: &str) -> Option<Identifier> {
        let read = Identifier::read(text);
        if read.is_none() {
            self.refuse(path, "It is no name of a column", "Use letters, digits and _ only, 63 at most, not beginning with a digit.");
        }
        read
    }

    fn unknown(&mut self, own: &Map<String, Value>, path: &str, known: &[&str]) {
        for name in own.keys().filter(|name| !known.contains(&name.as_str())) {
            self.refuse(
                &format!("{path}.{name}"),
                "A misspelt member would silently not count",
                format!("Use one of {}.", known.join(", ")),
            );
        }
    }

    fn needed(&mut self, own: &Map<String, Value>, path: &str, member: &str) -> Option<String> {
        let problems = self.problems.len();
        let text = self.text(own, path, member).filter(|text| !text.is_empty());
        if text.is_none() && self.problems.len() == problems {
            self.refuse(&format!("{path}.{member}"), "There is none", format!("Write \"{member}\": \"…\"."));
        }
        text
    }

    fn number(&mut self, own: &Map<String, Value>, path: &str, member: &str, range: std::ops::RangeInclusive<u64>, usual: u64) -> u64 {
        let given = match own.get(member) {
            None => return usual,
            Some(Value::String(_)) => self.text(own, path, member).and_then(|text| text.parse().ok()),
            Some(value) => value.as_u64(),
        };
        given.filter(|number| range.contains(number)).unwrap_or_else(|| {
            let mend = format!("Write a whole number from {} to {}.", range.start(), range.end());
            self.refuse(&format!("{path}.{member}"), "It is not a number that makes sense here", mend);
            usual
        })
    }

    /// A text with its references to the environment followed.
    fn text(&mut self, own: &Map<String, Value>, path: &str, member: &str) -> Option<String> {
        let text = own.get(member)?.as_str()?.to_owned();
        let mut whole = String::new();
        let mut rest = text.as_str();
        while let Some((before, behind)) = rest.split_once("${") {
            let Some((name, after)) = behind.split_once('}') else { break };
            whole.push_str(before);
            match (self.variable)(name) {
                Some(value) => whole.push_str(&value),
                None => {
                    let shown = if Identifier::read(name).is_some() { name } else { "that" };
                    let why = format!("The environment variable {shown} is not set");
                    self.refuse(&format!("{path}.{member}"), why, format!("Set {shown}, or write the value in its place."));
                    return None;
                }
            }
            rest = after;
        }
        whole.push_str(rest);
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<String> {
        (name == "DB_PASSWORD").then(|| "s3cret-${X}".to_owned())
    }

    #[test]
    fn a_database_is_described_with_the_usual_table_and_its_password_from_the_environment() {
        let text = r#"{"crm_systems": [{"anything": 1}], "databases": [
            {"name": "crm", "enabled": true, "type": "mysql", "queries": {},
             "connection": {"host": "127.0.0.1", "port": 3306, "database": "crm", "username": "rapport", "password": "${DB_PASSWORD}"},
             "pool_config": {"min_connections": 5, "max_connections": 20, "command_timeout": 10},
             "contacts": {"phone_format": "digits", "columns": {"company": "firma", "email": null}, "new_rows": {"session_id": "main"}}},
            {"name": "off", "enabled": false, "connection": {"password": "${NOT_SET}"}}]}"#;
        let file = read(text, "integrations.json", &variable).unwrap();
        let crm = &file.databases[0];
        assert_eq!(crm.connection.password.expose(), "s3cret-${X}");
        assert_eq!((crm.connection.tls, crm.pool.connections_max, crm.pool.timeout.as_secs()), (Tls::Preferred, 5, 10));
        assert_eq!(crm.contacts.phone_format, PhoneFormat::Digits);
        let columns: Vec<&str> = crm.contacts.columns.values().map(Identifier::as_str).collect();
        assert_eq!(columns, ["phone", "name", "firma", "google_contact_id", "outlook_contact_id", "source"]);
        assert_eq!((crm.contacts.fixed[0].column.as_str(), file.disabled), ("session_id", vec!["off".to_owned()]));
        assert!(!format!("{crm:?}").contains("s3cret"));
    }

    #[test]
    fn all_that_cannot_be_right_is_said_at_once_by_its_path() {
        let text = r#"{"databases": [
            {"name": "a", "type": "mysql", "connection": {"host": "db.example", "database": "d", "username": "u", "password": "${NOT_SET}", "ssl_mode": "prefer"}},
            {"name": "b", "type": "oracle"},
            {"name": "c", "type": "postgresql", "connection": {"host": "h", "database": "d", "username": "u", "passwort": "x"},
             "contacts": {"table": "a;b", "phone_format": "local", "columns": {"phone": null, "fax": "fax", "name": "x y", "source": "email"}}}]}"#;
        let problems = read(text, "integrations.json", &variable).unwrap_err();
        let titles: Vec<&str> = problems.iter().map(|problem| problem.title.split(' ').next().unwrap_or_default()).collect();
        for path in [
            "databases[0].connection.password",
            "databases[0].connection.ssl_mode",
            "databases[1].type",
            "databases[2].connection.passwort",
            "databases[2].contacts.table",
            "databases[2].contacts.phone_format",
            "databases[2].contacts.columns.phone",
            "databases[2].contacts.columns.fax",
            "databases[2].contacts.columns.name",
            "databases[2].contacts",
        ] {
            assert!(titles.contains(&path), "{path}: {titles:?}");
        }
        assert!(problems[0].detail.contains("NOT_SET"), "{problems:?}");
    }

    #[test]
    fn a_way_that_leaves_this_machine_is_proven_unless_somebody_says_otherwise() {
        let described = |mode: &str| {
            format!(
                r#"{{"databases": [{{"name": "a", "type": "postgresql", "connection": {{"host": "db.example", "database": "d", "username": "u"{mode}}}}}]}}"#
            )
        };
        let usual = read(&described(""), "f", &variable).unwrap();
        assert_eq!((usual.databases[0].connection.tls, usual.databases[0].connection.port), (Tls::VerifyHost, 5432));
        let required = read(&described(", \"ssl_mode\": \"require\""), "f", &variable).unwrap();
        assert_eq!((required.databases[0].connection.tls, required.notices.len()), (Tls::Required, 1));
        assert!(read(&described(", \"ssl_mode\": \"disable\""), "f", &variable).is_err());
    }
}
