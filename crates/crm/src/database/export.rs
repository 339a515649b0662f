//! Exports: contacts written into a customer's table, by number.
//!
//! Promises: a number that stands there in any form is found and its row brought up to date, else a row is inserted; what we do not know
//! of a contact leaves the row as it is; columns that are not described are not touched; nothing is deleted. Done again it changes
//! nothing, so an export that broke off is simply done again. What is one row's fault skips that row, with the reason.
//!
//! `source` says what is known on both sides: a row of WhatsApp that Outlook knows too becomes `both`, one of Google stays `google`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base::Problem;
use model::contact::{CompatibleSource, Origin};
use model::phone::Region;

use super::catalog::Columns;
use super::described::Field;
use super::explain::{About, explain};
use super::fault::{Fault, Trouble};
use super::form::written_forms;
use super::identifier::Identifier;
use super::link::{Database, Statement, TextRow};

/// Places for values in one statement that asks: PostgreSQL takes 65,535, SQLite 32,766.
const PLACES_MAX: usize = 500;
/// How often a batch is begun again when another has written meanwhile.
const TRIES: u32 = 3;

/// A contact as it is to stand in the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Our id of it.
    pub id: String,
    /// Its numbers that are its own, E.164, the preferred one first.
    pub numbers: Vec<String>,
    /// What is known of it besides number and source.
    pub values: BTreeMap<Field, String>,
    /// Where it comes from.
    pub origins: Vec<Origin>,
}

/// What became of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A row was inserted.
    Inserted,
    /// Its row was brought up to date.
    Changed,
    /// Its row was so already.
    Unchanged,
    /// Nothing was done.
    Skipped(Skip),
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// It has no number.
    NoNumber,
    /// What it has as a number cannot be used.
    UnusableNumber,
    /// Its number is a switchboard's, a service's, or also another contact's.
    SharedNumber,
    /// Several rows have its number.
    SeveralRows,
    /// A value is longer than this column takes.
    TooLong(Identifier),
    /// The table's rules refuse the row.
    Refused,
}

impl Skip {
    /// As programs read it.
    pub const fn name(&self) -> &'static str {
        match self {
            Skip::NoNumber => "no_number",
            Skip::UnusableNumber => "unusable_number",
            Skip::SharedNumber => "shared_number",
            Skip::SeveralRows => "several_rows",
            Skip::TooLong(_) => "too_long",
            Skip::Refused => "refused",
        }
    }
}

impl fmt::Display for Skip {
    /// The reason, and what can be done.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Skip::NoNumber => f.write_str("no phone number: rows are found by it"),
            Skip::UnusableNumber => f.write_str("no number that can be used: open the contact to see why"),
            Skip::SharedNumber => f.write_str("a number that several contacts share, or of a switchboard: whose row it is is not known"),
            Skip::SeveralRows => f.write_str("several rows with its number: take the surplus ones out of the table"),
            Skip::TooLong(column) => write!(f, "a value is longer than the column {column} takes: make the column wider"),
            Skip::Refused => f.write_str("a rule of the table (a unique index or a constraint) refuses the row"),
        }
    }
}

/// An export that is under way: the table was looked at once.
pub struct Export {
    database: Database,
    columns: Columns,
    region: Option<Region>,
}

/// A row that is there: its number as it is written, and what the described columns hold.
struct Standing {
    phone: String,
    values: BTreeMap<Field, Option<String>>,
}

/// What is to be done with a contact.
enum Step {
    Write(Vec<Statement>, Outcome),
    Leave(Outcome),
}

impl Database {
    /// Begins an export, after everything was found to be as it should. `region` says what a number without a country means in the table.
    ///
    /// # Errors
    /// The first thing that stands in the way, with what to do.
    pub async fn export(&self, region: Option<Region>) -> Result<Export, Problem> {
        let columns = self.columns(&self.described().contacts.table).await.map_err(|fault| self.explained(&fault))?;
        match self.of_columns(&columns).into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(Export { database: self.clone(), columns, region }),
        }
    }

    fn explained(&self, fault: &Fault) -> Problem {
        explain(self.described(), Some(self.engine()), fault, &About::contacts(self.described(), "SELECT, INSERT, UPDATE"))
    }
}

impl Export {
    /// Writes these contacts, in one transaction; what became of each, in their order. No number may be in two of them.
    ///
    /// # Errors
    /// What stands in the way of all, with what to do. Nothing of these was written then, or all that is one row's.
    pub async fn write(&self, subjects: &[Subject]) -> Result<Vec<Outcome>, Problem> {
        let mut tries = 1;
        loop {
            let standing = self.standing(subjects).await.map_err(|fault| self.database.explained(&fault))?;
            let steps: Vec<Step> = subjects.iter().map(|subject| self.step(subject, &standing)).collect();
            let statements = steps.iter().flat_map(Step::statements).cloned().collect::<Vec<_>>();
            let written = if statements.is_empty() { Ok(()) } else { self.database.write(statements).await };
            match written {
                Ok(()) => return Ok(steps.into_iter().map(Step::outcome).collect()),
                Err(fault) if again(&fault) && tries < TRIES => tries += 1,
                Err(fault) if fault.trouble().is_some_and(Trouble::is_of_one_row) => return self.write_each(steps).await,
                Err(fault) => return Err(self.database.explained(&fault)),
            }
        }
    }

    /// Each by itself, so that those with which nothing is wrong go through.
    async fn write_each(&self, steps: Vec<Step>) -> Result<Vec<Outcome>, Problem> {
        let mut outcomes = Vec::with_capacity(steps.len());
        let (mut refused, mut last) = (0, None);
        let writes = steps.iter().filter(|step| matches!(step, Step::Write(..))).count();
        for step in steps {
            outcomes.push(match step {
                Step::Leave(outcome) => outcome,
                Step::Write(statements, outcome) => match self.database.write(statements).await {
                    Ok(()) => outcome,
                    Err(fault) if fault.trouble().is_some_and(Trouble::is_of_one_row) => {
                        (refused, last) = (refused + 1, Some(fault));
                        Outcome::Skipped(Skip::Refused)
                    }
                    Err(fault) => return Err(self.database.explained(&fault)),
                },
            });
        }
        // What refuses every row is no row's fault: it is told as a whole, so that somebody mends it.
        match last {
            Some(fault) if refused == writes && writes > 1 => Err(self.database.explained(&fault)),
            _ => Ok(outcomes),
        }
    }

    /// The rows that have any of these numbers, by number.
    async fn standing(&self, subjects: &[Subject]) -> Result<BTreeMap<String, Vec<Standing>>, Fault> {
        let numbers: BTreeSet<&String> = subjects.iter().flat_map(|subject| &subject.numbers).collect();
        let number_of: BTreeMap<String, &String> =
            numbers.into_iter().flat_map(|number| written_forms(number, self.region).into_iter().map(move |form| (form, number))).collect();
        let forms: Vec<&String> = number_of.keys().collect();
        let mut standing: BTreeMap<String, Vec<Standing>> = BTreeMap::new();
        for forms in forms.chunks(PLACES_MAX) {
            for row in self.database.rows(self.asking(forms)).await? {
                let Some(found) = self.read(row) else { continue };
                let Some(number) = number_of.get(&found.phone) else { continue };
                standing.entry((*number).clone()).or_default().push(found);
            }
        }
        Ok(standing)
    }

    fn asking(&self, forms: &[&String]) -> Statement {
        let engine = self.database.engine();
        let contacts = &self.database.described().contacts;
        let columns: Vec<String> = contacts.columns.values().map(|column| engine.as_text(&engine.quote(column))).collect();
        let places: Vec<String> = (1..=forms.len()).map(|number| engine.place(number)).collect();
        // A number that is kept as text is compared as it is kept, so that an index serves; anything else as text.
        let phone = engine.quote(contacts.phone());
        let phone = if self.columns.find(contacts.phone()).is_some_and(|column| column.is_text()) { phone } else { engine.as_text(&phone) };
        let table = engine.table(&contacts.table);
        let sql = format!("SELECT {} FROM {table} WHERE {phone} IN ({})", columns.join(", "), places.join(", "));
        Statement::new(sql, forms.iter().map(|form| Some((*form).clone())).collect())
    }

    fn read(&self, row: TextRow) -> Option<Standing> {
        let fields = self.database.described().contacts.columns.keys().copied();
        let mut values: BTreeMap<Field, Option<String>> = fields.zip(row).collect();
        let phone = values.remove(&Field::Phone)??;
        Some(Standing { phone, values })
    }

    fn step(&self, subject: &Subject, standing: &BTreeMap<String, Vec<Standing>>) -> Step {
        let Some(first) = subject.numbers.first() else { return Step::Leave(Outcome::Skipped(Skip::NoNumber)) };
        let known: Vec<&Vec<Standing>> = subject.numbers.iter().filter_map(|number| standing.get(number)).collect();
        if known.iter().any(|rows| rows.len() > 1) {
            return Step::Leave(Outcome::Skipped(Skip::SeveralRows));
        }
        if known.is_empty() {
            return self.insert(subject, first);
        }
        let mut updates = Vec::new();
        for row in known.into_iter().flatten() {
            let wanted = self.wanted(subject, row.values.get(&Field::Source).and_then(|source| source.as_deref()));
            let changed: Vec<(Field, String)> =
                wanted.into_iter().filter(|(field, value)| row.values.get(field) != Some(&Some(value.clone()))).collect();
            if let Some(column) = self.too_long(&changed) {
                return Step::Leave(Outcome::Skipped(Skip::TooLong(column)));
            }
            updates.extend((!changed.is_empty()).then(|| self.update(&row.phone, changed)));
        }
        if updates.is_empty() { Step::Leave(Outcome::Unchanged) } else { Step::Write(updates, Outcome::Changed) }
    }

    /// What the described columns should hold, but for the number.
    fn wanted(&self, subject: &Subject, source: Option<&str>) -> Vec<(Field, String)> {
        let columns = &self.database.described().contacts.columns;
        let known = subject.values.iter().filter(|(field, _)| columns.contains_key(field)).map(|(field, value)| (*field, value.clone()));
        let source = columns.contains_key(&Field::Source).then(|| (Field::Source, joined(source, &subject.origins).name().to_owned()));
        known.chain(source).collect()
    }

    fn insert(&self, subject: &Subject, number: &str) -> Step {
        let engine = self.database.engine();
        let contacts = &self.database.described().contacts;
        let mut values = self.wanted(subject, None);
        values.push((Field::Phone, contacts.phone_format.write(number)));
        // Who has no name of its own is called by the number: many tables want a name.
        if contacts.columns.contains_key(&Field::Name) && !subject.values.contains_key(&Field::Name) {
            values.push((Field::Name, contacts.phone_format.write(number)));
        }
        if let Some(column) = self.too_long(&values) {
            return Step::Leave(Outcome::Skipped(Skip::TooLong(column)));
        }
        let own = values.into_iter().map(|(field, value)| (&contacts.columns[&field], value));
        let fixed = contacts.fixed.iter().map(|fixed| (&fixed.column, fixed.value.clone()));
        let (names, args): (Vec<&Identifier>, Vec<Option<String>>) = own.chain(fixed).map(|(name, value)| (name, Some(value))).unzip();
        let quoted: Vec<String> = names.iter().map(|name| engine.quote(name)).collect();
        let places: Vec<String> = names.iter().enumerate().map(|(place, name)| self.place(name, place + 1)).collect();
        let sql = format!("INSERT INTO {} ({}) VALUES ({})", engine.table(&contacts.table), quoted.join(", "), places.join(", "));
        Step::Write(vec![Statement::new(sql, args)], Outcome::Inserted)
    }

    fn update(&self, phone: &str, changed: Vec<(Field, String)>) -> Statement {
        let engine = self.database.engine();
        let contacts = &self.database.described().contacts;
        let set = changed.iter().enumerate().map(|(place, (field, _))| {
            let column = &contacts.columns[field];
            format!("{} = {}", engine.quote(column), self.place(column, place + 1))
        });
        let set = set.collect::<Vec<_>>().join(", ");
        let number = self.place(contacts.phone(), changed.len() + 1);
        let sql = format!("UPDATE {} SET {set} WHERE {} = {number}", engine.table(&contacts.table), engine.quote(contacts.phone()));
        let args = changed.into_iter().map(|(_, value)| value).chain([phone.to_owned()]).map(Some).collect();
        Statement::new(sql, args)
    }

    fn place(&self, column: &Identifier, number: usize) -> String {
        let engine = self.database.engine();
        self.columns.find(column).map_or_else(|| engine.place(number), |known| known.place(engine, number))
    }

    fn too_long(&self, values: &[(Field, String)]) -> Option<Identifier> {
        let columns = &self.database.described().contacts.columns;
        let long = values.iter().find(|(field, value)| {
            let most = self.columns.find(&columns[field]).and_then(|column| column.length_max);
            most.is_some_and(|most| value.chars().count() > most)
        });
        long.map(|(field, _)| columns[field].clone())
    }
}

impl Step {
    fn statements(&self) -> &[Statement] {
        match self {
            Step::Write(statements, _) => statements,
            Step::Leave(_) => &[],
        }
    }

    fn outcome(self) -> Outcome {
        match self {
            Step::Write(_, outcome) | Step::Leave(outcome) => outcome,
        }
    }
}

/// Whether another wrote meanwhile: then it is looked at again.
fn again(fault: &Fault) -> bool {
    matches!(fault.trouble(), Some(Trouble::Duplicate | Trouble::Busy))
}

/// What a row says of its source, and what we know, in one word.
fn joined(theirs: Option<&str>, ours: &[Origin]) -> CompatibleSource {
    let theirs: &[Origin] = match theirs {
        Some("both") => &[Origin::WhatsApp, Origin::Outlook],
        Some("whatsapp") => &[Origin::WhatsApp],
        Some("google") => &[Origin::Google],
        Some("outlook") => &[Origin::Outlook],
        _ => &[],
    };
    let known = theirs.iter().chain(ours).copied();
    // A program is none of the three: it takes nothing away from what the row says.
    let named: Vec<Origin> = known.filter(|origin| *origin != Origin::Api).collect();
    CompatibleSource::of(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_what_both_sides_know() {
        let word = |theirs, ours: &[Origin]| joined(theirs, ours).name();
        assert_eq!(word(None, &[Origin::Outlook]), "outlook");
        assert_eq!(word(Some("whatsapp"), &[Origin::Outlook]), "both");
        assert_eq!(word(Some("google"), &[Origin::Outlook]), "google");
        assert_eq!(word(Some("outlook"), &[Origin::WhatsApp]), "both");
        assert_eq!(word(Some("both"), &[Origin::Google]), "both");
        assert_eq!(word(Some("outlook"), &[Origin::Api]), "outlook");
        assert_eq!(word(None, &[Origin::Api]), "whatsapp");
    }
}
