//! The catalogue: which columns a table has, what they take, and what we may do with them.

use super::dialect::Engine;
use super::fault::Fault;
use super::identifier::{Identifier, TableName};
use super::link::{Database, Statement, TextRow};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// In the engine's words, fit to stand in a statement.
    pub(crate) type_name: String,
    /// The most characters, where it is bounded.
    pub(crate) length_max: Option<usize>,
    /// What it takes, where that is a closed list.
    pub(crate) labels: Vec<String>,
    /// Whether a new row must name it.
    pub(crate) required: bool,
    /// Which of select, insert, update we may not.
    pub(crate) forbidden: Vec<&'static str>,
}

impl Column {
    /// Whether text is what it holds; what else there is has to be cast to its type.
    pub(crate) fn is_text(&self) -> bool {
        ["character", "text", "varchar", "citext"].iter().any(|start| self.type_name.starts_with(start))
    }

    /// The place of a value for this column.
    pub(crate) fn place(&self, engine: Engine, number: usize) -> String {
        let place = engine.place(number);
        match engine {
            Engine::Postgres if self.is_text() => format!("CAST({place} AS TEXT)"),
            Engine::Postgres => format!("CAST({place} AS {})", self.type_name),
            _ => place,
        }
    }
}

/// The columns of a table, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Columns {
    pub(crate) all: Vec<Column>,
    folds_case: bool,
}

impl Columns {
    pub(crate) fn find(&self, name: &Identifier) -> Option<&Column> {
        self.all.iter().find(|column| self.is(column, name))
    }

    pub(crate) fn is(&self, column: &Column, name: &Identifier) -> bool {
        if self.folds_case { column.name.eq_ignore_ascii_case(name.as_str()) } else { column.name == name.as_str() }
    }
}

impl Database {
    /// The columns of a table.
    pub(crate) async fn columns(&self, table: &TableName) -> Result<Columns, Fault> {
        let engine = self.engine();
        let rows = self.rows(asked(engine, table)).await?;
        if rows.is_empty() {
            // A catalogue shows only what may be seen: the table itself says whether it is missing or forbidden.
            self.rows(Statement::new(format!("SELECT 1 FROM {} LIMIT 0", engine.table(table)), Vec::new())).await?;
        }
        Ok(Columns { all: rows.into_iter().map(read).collect(), folds_case: engine != Engine::Postgres })
    }
}

fn asked(engine: Engine, table: &TableName) -> Statement {
    // Six columns: name, type, length, labels (each in quotes), whether it is required, and what we may not.
    const POSTGRES: &str = "SELECT CAST(a.attname AS TEXT), format_type(a.atttypid, a.atttypmod),
            CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN CAST(a.atttypmod - 4 AS TEXT) END,
            (SELECT string_agg('''' || e.enumlabel || '''', ',') FROM pg_enum e WHERE e.enumtypid = a.atttypid),
            CASE WHEN a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' THEN 'yes' END,
            concat_ws(',', CASE WHEN NOT has_column_privilege(a.attrelid, a.attnum, 'SELECT') THEN 'SELECT' END,
                CASE WHEN NOT has_column_privilege(a.attrelid, a.attnum, 'INSERT') THEN 'INSERT' END,
                CASE WHEN NOT has_column_privilege(a.attrelid, a.attnum, 'UPDATE') THEN 'UPDATE' END)
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";
    const MYSQL: &str = "SELECT CAST(COLUMN_NAME AS CHAR), CAST(COLUMN_TYPE AS CHAR), CAST(CHARACTER_MAXIMUM_LENGTH AS CHAR),
            CASE WHEN DATA_TYPE = 'enum' THEN CAST(COLUMN_TYPE AS CHAR) END,
            CASE WHEN IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL AND EXTRA = '' AND DATA_TYPE <> 'enum' THEN 'yes' END,
            CONCAT_WS(',', CASE WHEN NOT FIND_IN_SET('select', PRIVILEGES) THEN 'SELECT' END,
                CASE WHEN NOT FIND_IN_SET('insert', PRIVILEGES) THEN 'INSERT' END,
                CASE WHEN NOT FIND_IN_SET('update', PRIVILEGES) THEN 'UPDATE' END)
        FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION";
    const SQLITE: &str = "SELECT name, lower(type), NULL, NULL,
            CASE WHEN \"notnull\" AND dflt_value IS NULL AND NOT (pk = 1 AND lower(type) = 'integer') THEN 'yes' END, NULL
        FROM pragma_table_info(?)";
    let schema = table.schema.as_ref().map(|schema| schema.as_str().to_owned());
    let name = Some(table.name.as_str().to_owned());
    match engine {
        Engine::Postgres => Statement::new(POSTGRES, vec![Some(engine.table(table))]),
        Engine::Sqlite => Statement::new(SQLITE, vec![name]),
        Engine::MySql | Engine::MariaDb | Engine::TiDb => {
            // MySQL writes privileges as `select,insert`; without blanks they are a set.
            Statement::new(MYSQL.replace("PRIVILEGES)", "REPLACE(PRIVILEGES, ' ', ''))"), vec![schema, name])
        }
    }
}

fn read(row: TextRow) -> Column {
    let mut cells = row.into_iter();
    let mut next = || cells.next().flatten();
    let (name, type_name) = (next().unwrap_or_default(), next().unwrap_or_default());
    let length_max = next().and_then(|length| length.parse().ok());
    let labels = next().map(|labels| quoted(&labels)).unwrap_or_default();
    let required = next().is_some();
    let forbidden = next().unwrap_or_default();
    let forbidden = ["SELECT", "INSERT", "UPDATE"].into_iter().filter(|right| forbidden.split(',').any(|word| word == *right)).collect();
    Column { name, type_name, length_max, labels, required, forbidden }
}

/// What stands in single quotes: `enum('a','b')`.
fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_words_of_an_enum_are_read() {
        assert_eq!(super::quoted("enum('whatsapp','google','both')"), ["whatsapp", "google", "both"]);
    }
}
