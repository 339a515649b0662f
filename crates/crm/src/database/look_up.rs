//! Look-ups: whom a customer's table knows by a number, in any form in which it may stand there, or by an address.

use base::Problem;
use model::phone::Region;
use serde::Serialize;

use super::described::Field;
use super::explain::{About, explain};
use super::form::written_forms;
use super::link::{Database, Statement};

/// Rows that are shown.
const ROWS_MAX: usize = 20;

/// Whom to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever has this number, E.164.
    Number(String),
    /// Whoever has this address.
    Address(String),
}

impl Who {
    /// What somebody typed: an address if there is an `@` in it, else a number as people write it.
    ///
    /// # Errors
    /// When it is neither.
    pub fn read(text: &str, region: Option<Region>) -> Result<Self, Problem> {
        if text.contains('@') {
            return Ok(Who::Address(text.trim().to_lowercase()));
        }
        model::phone::look_up(text, region).map(Who::Number).ok_or_else(|| {
            let mend = "Write the number with + and the country's code, or set the workspace's region; or write a whole e-mail address.";
            Problem::new("who_unknown", "That is nobody who can be looked up.", "It is neither a phone number nor an e-mail address", mend)
        })
    }
}

/// A row that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// What is described of it: field and value, in the order of the fields.
    pub fields: Vec<(&'static str, Option<String>)>,
}

impl Found {
    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| *field == name).and_then(|(_, value)| value.as_deref())
    }
}

impl Database {
    /// The rows of somebody, 20 at most. `region` says what a number without a country means.
    ///
    /// # Errors
    /// Why the table cannot be read, with what to do.
    pub async fn look_up(&self, who: &Who, region: Option<Region>) -> Result<Vec<Found>, Problem> {
        let contacts = &self.described().contacts;
        let engine = self.engine();
        let (condition, args) = match who {
            Who::Number(e164) => {
                let forms = written_forms(e164, region);
                let places: Vec<String> = (1..=forms.len()).map(|number| engine.place(number)).collect();
                (format!("{} IN ({})", engine.as_text(&engine.quote(contacts.phone())), places.join(", ")), forms)
            }
            Who::Address(address) => {
                let Some(column) = contacts.columns.get(&Field::Email) else { return Err(self.no_addresses()) };
                (format!("LOWER({}) = {}", engine.as_text(&engine.quote(column)), engine.place(1)), vec![address.clone()])
            }
        };
        let columns: Vec<String> = contacts.columns.values().map(|column| engine.as_text(&engine.quote(column))).collect();
        let table = engine.table(&contacts.table);
        let sql = format!("SELECT {} FROM {table} WHERE {condition} LIMIT {ROWS_MAX}", columns.join(", "));
        let rows = self.rows(Statement::new(sql, args.into_iter().map(Some).collect())).await;
        let about = About::contacts(self.described(), "SELECT");
        let rows = rows.map_err(|fault| explain(self.described(), Some(engine), &fault, &about))?;
        let named = |row: Vec<Option<String>>| contacts.columns.keys().map(|field| field.name()).zip(row).collect();
        Ok(rows.into_iter().map(|row| Found { fields: named(row) }).collect())
    }

    fn no_addresses(&self) -> Problem {
        Problem::new(
            "database_column_missing",
            format!("The database {} is not described as having addresses.", self.described().name),
            "No column of the table of contacts is said to hold e-mail addresses",
            "Name it in `contacts.columns.email` of integrations.json, or look for a phone number.",
        )
    }
}
