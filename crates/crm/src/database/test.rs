//! The test of a description: everything that would stand in the way of a look-up or an export, found before anything is written.

use base::Problem;
use serde::Serialize;

use super::catalog::Columns;
use super::described::{Field, Tls, is_this_machine};
use super::explain::{self, About};
use super::link::Database;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It stands in the way.
    Wrong(Problem),
    /// It should be known.
    Note(String),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The database's name.
    pub name: String,
    /// What speaks there.
    pub engine: &'static str,
    /// Its version.
    pub version: String,
    /// Whether the way is encrypted; `None` where there is no way.
    pub encrypted: Option<bool>,
    /// Columns of the table of contacts.
    pub columns: usize,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// What stands in the way.
    pub fn wrong(&self) -> impl Iterator<Item = &Problem> {
        self.findings.iter().filter_map(|finding| match finding {
            Finding::Wrong(problem) => Some(problem),
            Finding::Note(_) => None,
        })
    }
}

impl Database {
    /// Looks at the way, the version, the table, its columns and our rights. Changes nothing.
    ///
    /// # Errors
    /// When the database itself does not answer; what is wrong with the table is in the report.
    pub async fn test(&self) -> Result<Report, Problem> {
        let (described, engine) = (self.described(), self.engine());
        let explained = |fault, about: &About<'_>| explain::explain(described, Some(engine), &fault, about);
        let connecting = About::connecting(described);
        let encrypted = self.is_encrypted().await.map_err(|fault| explained(fault, &connecting))?;
        let mut findings = self.of_the_way(encrypted);
        let table = &described.contacts.table;
        let columns = match self.columns(table).await {
            Ok(columns) => columns,
            Err(fault) => {
                findings.push(Finding::Wrong(explained(fault, &About::contacts(described, "SELECT, INSERT, UPDATE"))));
                Columns::default()
            }
        };
        if !columns.all.is_empty() {
            findings.extend(self.of_columns(&columns).into_iter().map(Finding::Wrong));
        }
        let version = self.version().to_owned();
        Ok(Report { name: described.name.clone(), engine: engine.title(), version, encrypted, columns: columns.all.len(), findings })
    }

    fn of_the_way(&self, encrypted: Option<bool>) -> Vec<Finding> {
        let connection = &self.described().connection;
        let note = match (encrypted, connection.tls) {
            (None, _) => return Vec::new(),
            (Some(false), _) if is_this_machine(&connection.host) => "The way is not encrypted; it does not leave this machine.",
            (Some(false), _) => "The way is not encrypted.",
            (Some(true), Tls::VerifyHost) => return Vec::new(),
            (Some(true), Tls::VerifyAuthority) => "The certificate is proven, the host's name is not: ssl_mode verify-full proves both.",
            (Some(true), _) => "The way is encrypted, but nobody proves whose server it is: ssl_mode verify-full does.",
        };
        vec![Finding::Note(note.to_owned())]
    }

    /// What is wrong with the columns, all at once.
    pub(crate) fn of_columns(&self, columns: &Columns) -> Vec<Problem> {
        let (described, engine) = (self.described(), self.engine());
        let contacts = &described.contacts;
        let table = &contacts.table;
        let said = "It is described in integrations.json, and the database does not have it";
        let mut problems = Vec::new();
        for (field, column) in &contacts.columns {
            match columns.find(column) {
                None => problems.push(explain::column_missing(described, engine, table, Some(*field), column, said)),
                Some(known) if *field == Field::Source && !known.labels.is_empty() => {
                    let lacking: Vec<&str> = ["whatsapp", "google", "outlook", "both"]
                        .into_iter()
                        .filter(|word| !known.labels.iter().any(|label| label == word))
                        .collect();
                    if !lacking.is_empty() {
                        let mend = engine.widen_source(table, column, &known.type_name, &lacking);
                        let why = format!("It lacks {}", lacking.join(" and "));
                        problems.push(explain::label_missing(described, table, column, &why, &mend));
                    }
                }
                Some(_) => {}
            }
        }
        let missing = contacts.fixed.iter().filter(|fixed| columns.find(&fixed.column).is_none());
        problems.extend(missing.map(|fixed| explain::column_missing(described, engine, table, None, &fixed.column, said)));
        problems.extend(self.of_required(columns));
        problems.extend(self.of_rights(columns));
        problems
    }

    fn of_required(&self, columns: &Columns) -> Vec<Problem> {
        let contacts = &self.described().contacts;
        let given = |name: &super::Identifier, column| columns.is(column, name);
        let unknown = columns.all.iter().filter(|column| {
            let described = [Field::Phone, Field::Name, Field::Source].into_iter().filter_map(|field| contacts.columns.get(&field));
            column.required && !described.chain(contacts.fixed.iter().map(|fixed| &fixed.column)).any(|name| given(name, column))
        });
        let explained = |name: &str| {
            explain::required_column(self.described(), self.engine(), &contacts.table, Some(name), "the table's definition says so")
        };
        unknown.map(|column| explained(&column.name)).collect()
    }

    fn of_rights(&self, columns: &Columns) -> Option<Problem> {
        let described = self.described();
        let contacts = &described.contacts;
        let own = contacts.columns.values().filter_map(|name| columns.find(name));
        let mut forbidden: Vec<&str> = own.flat_map(|column| column.forbidden.iter().copied()).collect();
        forbidden.sort_unstable();
        forbidden.dedup();
        let who = &described.connection.username;
        (!forbidden.is_empty()).then(|| {
            Problem::new(
                "database_right_missing",
                format!(
                    "The user {who} may not do all that an export takes in the table {} of the database {}.",
                    contacts.table, described.name
                ),
                format!("Missing: {}", forbidden.join(", ")),
                format!(
                    "An administrator runs: {}",
                    self.engine().grant("SELECT, INSERT, UPDATE", &contacts.table, &described.connection.database, who)
                ),
            )
        })
    }
}
