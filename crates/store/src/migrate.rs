//! Migrations: numbered steps from an empty database to the schema that this program needs, applied at start in one
//! transaction each. A step, once published, never changes. A schema newer than the program is left alone.

use crate::dialect::Dialect;
use crate::error::StoreError;

/// One step. `shared` runs first, then what only one engine understands.
struct Step {
    shared: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! step {
    ($name:literal) => {
        Step {
            shared: include_str!(concat!("migrations/", $name, ".sql")),
            sqlite: include_str!(concat!("migrations/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("migrations/", $name, ".postgres.sql")),
        }
    };
}

/// Step number n is at place n - 1.
const STEPS: &[Step] = &[
    step!("0001_mail"),
    step!("0002_threads"),
    step!("0003_customers"),
    step!("0004_search"),
    step!("0005_webhooks"),
    step!("0006_access"),
    step!("0007_inline_terms"),
    step!("0008_writing"),
    step!("0009_tracking"),
    step!("0010_bounces"),
    step!("0011_archives"),
    step!("0012_instructions"),
    step!("0013_templates"),
    step!("0014_drafts"),
    step!("0015_calendars"),
    step!("0016_contacts"),
    step!("0017_calendar_intents"),
    step!("0018_calendar_feeds"),
    step!("0019_meetings"),
    step!("0020_terms_apart"),
    step!("0021_continuous_archives"),
    step!("0022_ids_as_text"),
];

/// Where the number of the last step is kept; both engines understand it.
pub(crate) const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (number BIGINT PRIMARY KEY)";

/// The number of the schema that this program needs.
pub(crate) fn newest() -> i64 {
    i64::try_from(STEPS.len()).expect("few steps")
}

/// The scripts that lead from schema `present` (0 for none) to the newest, each with the number it leads to.
///
/// # Errors
/// [`StoreError::Broken`] if `present` is newer than this program.
pub(crate) fn steps_after(present: i64, dialect: Dialect) -> Result<Vec<(i64, String)>, StoreError> {
    let newest = newest();
    if present > newest {
        return Err(StoreError::Broken(format!(
            "the database's schema is number {present}, this program knows {newest} and older: start the newer program that made it, or restore a backup"
        )));
    }
    Ok((present + 1..=newest)
        .zip(&STEPS[usize::try_from(present).unwrap_or(0)..])
        .map(|(number, step)| {
            let own = if dialect == Dialect::Sqlite { step.sqlite } else { step.postgres };
            (
                number,
                format!("{}\n{}\nINSERT INTO schema_version (number) VALUES ({number});", dialect.render(step.shared), dialect.render(own)),
            )
        })
        .collect())
}
