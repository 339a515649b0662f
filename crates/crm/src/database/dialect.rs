//! What differs between engines: quotes, places for values, casts, and the statements that an administrator runs to mend something.

use super::described::{Field, Kind};
use super::identifier::{Identifier, TableName};

/// What speaks at the other end, as its version tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// MySQL.
    MySql,
    /// MariaDB.
    MariaDb,
    /// TiDB.
    TiDb,
    /// SQLite.
    Sqlite,
}

impl Engine {
    /// Who says this version.
    pub fn of(kind: Kind, version: &str) -> Self {
        match kind {
            Kind::Postgres => Engine::Postgres,
            Kind::Sqlite => Engine::Sqlite,
            Kind::MySql if version.contains("TiDB") => Engine::TiDb,
            Kind::MySql if version.contains("MariaDB") => Engine::MariaDb,
            Kind::MySql => Engine::MySql,
        }
    }

    /// As people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Engine::Postgres => "PostgreSQL",
            Engine::MySql => "MySQL",
            Engine::MariaDb => "MariaDB",
            Engine::TiDb => "TiDB",
            Engine::Sqlite => "SQLite",
        }
    }

    /// Whether it speaks MySQL.
    pub const fn is_mysql(self) -> bool {
        matches!(self, Engine::MySql | Engine::MariaDb | Engine::TiDb)
    }

    /// A name in its quotes.
    pub fn quote(self, name: &Identifier) -> String {
        if self.is_mysql() { format!("`{name}`") } else { format!("\"{name}\"") }
    }

    /// A table in its quotes.
    pub fn table(self, table: &TableName) -> String {
        match &table.schema {
            Some(schema) => format!("{}.{}", self.quote(schema), self.quote(&table.name)),
            None => self.quote(&table.name),
        }
    }

    /// The place of the value of this number, from 1.
    pub fn place(self, number: usize) -> String {
        match self {
            Engine::Postgres => format!("${number}"),
            _ => "?".to_owned(),
        }
    }

    /// An expression as text, whatever its type.
    pub fn as_text(self, expression: &str) -> String {
        let text = if self.is_mysql() { "CHAR" } else { "TEXT" };
        format!("CAST({expression} AS {text})")
    }

    /// Adds the column of a field.
    pub fn add_column(self, table: &TableName, field: Field, column: &Identifier) -> String {
        let kind = match field {
            Field::Phone => "VARCHAR(32)",
            Field::Source => return self.add_source(table, column),
            _ => "VARCHAR(255)",
        };
        format!("ALTER TABLE {table} ADD COLUMN {column} {kind};")
    }

    fn add_source(self, table: &TableName, column: &Identifier) -> String {
        let kind = if self.is_mysql() { SOURCE_ENUM } else { "VARCHAR(16)" };
        format!("ALTER TABLE {table} ADD COLUMN {column} {kind} DEFAULT 'whatsapp';")
    }

    /// Makes the column of sources take every word.
    pub fn widen_source(self, table: &TableName, column: &Identifier, type_name: &str, lacking: &[&str]) -> String {
        if self.is_mysql() {
            return format!("ALTER TABLE {table} MODIFY COLUMN {column} {SOURCE_ENUM} DEFAULT 'whatsapp';");
        }
        lacking.iter().map(|label| format!("ALTER TYPE {type_name} ADD VALUE '{label}';")).collect::<Vec<_>>().join(" ")
    }

    /// Makes a column take longer values.
    pub fn widen(self, table: &TableName, column: &Identifier) -> String {
        match self {
            Engine::Postgres => format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE VARCHAR(255);"),
            _ => format!("ALTER TABLE {table} MODIFY COLUMN {column} VARCHAR(255);"),
        }
    }

    /// Lets inserts leave a column out.
    pub fn default_for(self, table: &TableName, column: &str) -> String {
        match self {
            Engine::Postgres => format!("ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL;"),
            _ => format!("ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT '';"),
        }
    }

    /// Gives rights on a table.
    pub fn grant(self, rights: &str, table: &TableName, database: &str, username: &str) -> String {
        match self {
            Engine::Postgres => format!("GRANT {rights} ON {table} TO \"{username}\";"),
            _ => {
                let database = table.schema.as_ref().map_or(database, Identifier::as_str);
                format!("GRANT {rights} ON {database}.{} TO '{username}'@'%';", table.name)
            }
        }
    }

    /// Makes a table of contacts of the usual shape.
    pub fn create(self, table: &TableName, columns: impl Iterator<Item = (Field, Identifier)>) -> String {
        let columns = columns.map(|(field, column)| match field {
            Field::Phone => format!("{column} VARCHAR(32) NOT NULL UNIQUE"),
            Field::Source if self.is_mysql() => format!("{column} {SOURCE_ENUM} DEFAULT 'whatsapp'"),
            Field::Source => format!("{column} VARCHAR(16) DEFAULT 'whatsapp'"),
            _ => format!("{column} VARCHAR(255)"),
        });
        format!("CREATE TABLE {table} ({});", columns.collect::<Vec<_>>().join(", "))
    }
}

const SOURCE_ENUM: &str = "ENUM('whatsapp','google','outlook','both')";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relatives_of_mysql_are_told_apart_by_their_version() {
        assert_eq!(Engine::of(Kind::MySql, "8.0.11-TiDB-v7.5.0"), Engine::TiDb);
        assert_eq!(Engine::of(Kind::MySql, "10.11.14-MariaDB-0+deb12u2"), Engine::MariaDb);
        assert_eq!(Engine::of(Kind::MySql, "8.4.2"), Engine::MySql);
    }
}
