//! Tokens that another program kept for its users, read so that its people need not consent again.

use base::{Problem, Secret};

use super::described::GrantColumns;
use super::explain::{About, explain};
use super::identifier::Identifier;
use super::link::{Database, Statement};

/// Rows that are read at once.
const PAGE: usize = 200;

/// What was kept for one session.
#[derive(Clone, Debug)]
pub struct SessionGrant {
    /// What that program calls the session.
    pub session: String,
    /// By which new tokens are had; `None` if none was kept.
    pub refresh_token: Option<Secret<String>>,
    /// `Bearer`, or nothing.
    pub token_type: String,
    /// What was permitted, as that program noted it.
    pub scope: String,
}

impl Database {
    /// The sessions behind `after`, by name, as many as one page holds; fewer say that these are the last.
    ///
    /// # Errors
    /// Why the table cannot be read, with what to do.
    pub async fn session_grants(&self, after: Option<&str>) -> Result<Vec<SessionGrant>, Problem> {
        let engine = self.engine();
        let table = &self.described().grants.table;
        let names = GrantColumns::COLUMNS.map(Identifier::own);
        let columns: Vec<String> = names.iter().map(|name| engine.as_text(&engine.quote(name))).collect();
        let session = &columns[0];
        let place = engine.place(1);
        let sql =
            format!("SELECT {} FROM {} WHERE {session} > {place} ORDER BY {session} LIMIT {PAGE}", columns.join(", "), engine.table(table));
        let rows = self.rows(Statement::new(sql, vec![Some(after.unwrap_or_default().to_owned())])).await;
        let about = About { table, columns: names.into_iter().map(|name| (None, name)).collect(), rights: "SELECT" };
        let rows = rows.map_err(|fault| explain(self.described(), Some(engine), &fault, &about))?;
        Ok(rows.into_iter().map(read).collect())
    }

    /// Whether a page of this many is the last.
    pub const fn is_last_page(rows: usize) -> bool {
        rows < PAGE
    }
}

fn read(row: Vec<Option<String>>) -> SessionGrant {
    let mut cells = row.into_iter();
    let mut next = || cells.next().flatten();
    SessionGrant {
        session: next().unwrap_or_default(),
        refresh_token: next().filter(|token| !token.trim().is_empty()).map(Secret::new),
        token_type: next().unwrap_or_default(),
        scope: next().unwrap_or_default(),
    }
}
