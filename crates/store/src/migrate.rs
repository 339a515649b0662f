//! Migrations: numbered steps from an empty database to the schema that this program needs, applied at start in one
//! transaction each. A step, once published, never changes. A schema newer than the program is left alone.

use crate::dialect::Dialect;
use crate::error::StoreError;

/// One step. `shared` runs first, then what only one engine understands.
struct Step {
    /// Grows from step to step; a number may be missing, and come later.
    number: i64,
    shared: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! step {
    ($number:literal, $name:literal) => {
        Step {
            number: $number,
            shared: include_str!(concat!("migrations/", $name, ".sql")),
            sqlite: include_str!(concat!("migrations/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("migrations/", $name, ".postgres.sql")),
        }
    };
}

/// In the order of their numbers.
const STEPS: &[Step] = &[
    step!(1, "0001_mail"),
    step!(2, "0002_threads"),
    step!(3, "0003_customers"),
    step!(4, "0004_search"),
    step!(5, "0005_webhooks"),
    step!(6, "0006_access"),
    step!(7, "0007_inline_terms"),
    step!(8, "0008_writing"),
    step!(9, "0009_tracking"),
    step!(10, "0010_bounces"),
    step!(11, "0011_archives"),
    step!(12, "0012_instructions"),
    step!(13, "0013_templates"),
    step!(14, "0014_drafts"),
    step!(15, "0015_calendars"),
    step!(16, "0016_contacts"),
    step!(17, "0017_calendar_intents"),
];

/// Where the number of the last step is kept; both engines understand it.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (number BIGINT PRIMARY KEY)";

/// The number of the schema that this program needs.
pub(crate) fn newest() -> i64 {
    STEPS.iter().map(|step| step.number).max().unwrap_or_default()
}

/// The scripts of the steps that a schema lacks which has those of the numbers `present`, in order, each with its number. A step that
/// was published after one with a higher number is among them.
///
/// # Errors
/// [`StoreError::Broken`] if the schema is newer than this program.
pub(crate) fn missing(present: &[i64], dialect: Dialect) -> Result<Vec<(i64, String)>, StoreError> {
    let (newest, has) = (newest(), present.iter().copied().max().unwrap_or_default());
    if has > newest {
        return Err(StoreError::Broken(format!(
            "the database's schema is number {has}, this program knows {newest} and older: start the newer program that made it, or restore a backup"
        )));
    }
    let script = |step: &Step| {
        let own = if dialect == Dialect::Sqlite { step.sqlite } else { step.postgres };
        let (shared, own, number) = (dialect.render(step.shared), dialect.render(own), step.number);
        (number, format!("{shared}\n{own}\nINSERT INTO schema_version (number) VALUES ({number});"))
    };
    Ok(STEPS.iter().filter(|step| !present.contains(&step.number)).map(script).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_growing_numbers_and_all_that_a_schema_lacks_are_taken() {
        assert!(STEPS.windows(2).all(|pair| pair[0].number < pair[1].number), "a step is out of its place");
        let numbers =
            |present: &[i64]| missing(present, Dialect::Sqlite).unwrap().into_iter().map(|(number, _)| number).collect::<Vec<_>>();
        let all = numbers(&[]);
        assert_eq!((all.len(), all.last().copied()), (STEPS.len(), Some(newest())));
        assert_eq!(numbers(&all), [0; 0]);
        let without: Vec<i64> = all.iter().copied().filter(|number| *number != 9).collect();
        assert_eq!(numbers(&without), [9], "a gap is filled");
        assert!(missing(&[newest() + 1], Dialect::Postgres).is_err());
    }
}
