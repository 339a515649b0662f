//! Explanations: what a fault means to an administrator, and the statement that mends it.
//!
//! A problem names database, table and column, and never a value of a row, a password or what the engine wrote in its own words.

use base::Problem;

use super::described::{Described, Field, Kind};
use super::dialect::Engine;
use super::fault::{Fault, Trouble};
use super::identifier::{Identifier, TableName};

/// What was being done.
#[derive(Clone, Debug)]
pub(crate) struct About<'a> {
    pub(crate) table: &'a TableName,
    /// The columns that were named, with the field of each where it has one.
    pub(crate) columns: Vec<(Option<Field>, Identifier)>,
    /// What one must be allowed to for it.
    pub(crate) rights: &'static str,
}

impl<'a> About<'a> {
    pub(crate) fn connecting(described: &'a Described) -> Self {
        About { table: &described.contacts.table, columns: Vec::new(), rights: "SELECT" }
    }

    pub(crate) fn contacts(described: &'a Described, rights: &'static str) -> Self {
        let columns = described.contacts.columns.iter().map(|(field, column)| (Some(*field), column.clone()));
        let fixed = described.contacts.fixed.iter().map(|fixed| (None, fixed.column.clone()));
        About { table: &described.contacts.table, columns: columns.chain(fixed).collect(), rights }
    }
}

/// What a fault means.
pub(crate) fn explain(described: &Described, engine: Option<Engine>, fault: &Fault, about: &About<'_>) -> Problem {
    let engine = engine.unwrap_or(Engine::of(described.kind, ""));
    match fault {
        Fault::Unreachable(why) => nobody_answers(described, why),
        Fault::Tls(why) => tls_refused(described, why),
        Fault::TimedOut => timed_out(described),
        Fault::Unreadable => unreadable(described),
        Fault::Refused { code, .. } => refused(described, engine, fault, code, about),
    }
}

fn problem(code: &str, title: impl Into<String>, why: impl Into<String>, next: impl Into<String>) -> Problem {
    Problem::new(code, title, why, next)
}

fn place(described: &Described) -> String {
    let connection = &described.connection;
    match described.kind {
        Kind::Sqlite => connection.database.clone(),
        _ => format!("{}:{}", connection.host, connection.port),
    }
}

fn nobody_answers(described: &Described, why: &str) -> Problem {
    problem(
        "database_unreachable",
        format!("The database {} cannot be reached.", described.name),
        format!("Nobody answers at {}: {why}", place(described)),
        "Check connection.host and connection.port in integrations.json, that the server runs, and that a firewall lets this machine through.",
    )
}

fn tls_refused(described: &Described, why: &str) -> Problem {
    problem(
        "database_tls_refused",
        format!("The way to the database {} cannot be protected.", described.name),
        format!("TLS with {} failed (ssl_mode {}): {why}", place(described), described.connection.tls.name()),
        "Turn TLS on at the server; name the file of your authority's certificate in connection.ssl_ca; or, if you accept that nobody proves \
         whose server it is, set connection.ssl_mode to \"require\".",
    )
}

fn timed_out(described: &Described) -> Problem {
    problem(
        "database_too_slow",
        format!("The database {} takes too long.", described.name),
        format!("A statement was given up after {} s", described.pool.timeout.as_secs()),
        format!(
            "Put an index on the column of numbers (CREATE INDEX ON {} ({});), or raise pool_config.command_timeout in integrations.json. \
             Then do it again: what is done stays done.",
            described.contacts.table,
            described.contacts.phone()
        ),
    )
}

fn unreadable(described: &Described) -> Problem {
    problem(
        "database_answer_unreadable",
        format!("The answer of the database {} cannot be read.", described.name),
        format!("What answers at {} does not speak {} as expected", place(described), described.kind.name()),
        "Check `type`, connection.host and connection.port in integrations.json.",
    )
}

fn refused(described: &Described, engine: Engine, fault: &Fault, code: &str, about: &About<'_>) -> Problem {
    let Described { name, connection, .. } = described;
    let (table, who) = (about.table, &connection.username);
    let said = format!("{} says {code}", engine.title());
    match fault.trouble().unwrap_or(Trouble::Unknown) {
        Trouble::Credentials => problem(
            "database_credentials_refused",
            format!("The database {name} refuses the user {who}."),
            format!("The user name or the password is wrong ({said})"),
            "Set connection.username and connection.password in integrations.json (or the variable it names) to what the database's administrator gave \
             you, then try again.",
        ),
        Trouble::UnknownDatabase if described.kind == Kind::Sqlite => problem(
            "database_unknown",
            format!("The file of the database {name} cannot be opened."),
            format!("{} is not there, or this user may not read it", connection.database),
            "Set connection.database in integrations.json to the path of the file, and let this user read and write it and its directory.",
        ),
        Trouble::UnknownDatabase => problem(
            "database_unknown",
            format!("There is no database {} on the server of {name}.", connection.database),
            said,
            format!("Set connection.database in integrations.json to its name, or have it made: CREATE DATABASE {};", connection.database),
        ),
        Trouble::NotAdmitted => problem(
            "database_right_missing",
            format!("The user {who} may not enter the database {}.", connection.database),
            said,
            format!("An administrator runs: {}", engine.grant(about.rights, table, &connection.database, who)),
        ),
        Trouble::NoTable => no_table(described, engine, &said, about),
        Trouble::NoColumn => no_column(described, engine, fault, &said, about),
        Trouble::NoRight => problem(
            "database_right_missing",
            format!("The user {who} may not do that in the table {table} of the database {name}."),
            format!("A right is missing ({said})"),
            format!("An administrator runs: {}", engine.grant(about.rights, table, &connection.database, who)),
        ),
        Trouble::NoSuchLabel => no_label(described, engine, &said, about),
        Trouble::TooLong => too_long(described, engine, fault, &said, about),
        Trouble::Required => required(described, engine, fault, &said, about),
        other => of_the_moment(described, other, said, table),
    }
}

fn no_table(described: &Described, engine: Engine, said: &str, about: &About<'_>) -> Problem {
    let (table, name) = (about.table, &described.name);
    let fields = about.columns.iter().filter_map(|(field, column)| Some(((*field)?, column.clone())));
    let mend = if about.table == &described.grants.table {
        "Name the table of tokens in `tokens.table` of integrations.json.".to_owned()
    } else {
        format!(
            "Name the table in `contacts.table` of integrations.json, or have an administrator make it: {}",
            engine.create(table, fields)
        )
    };
    problem("database_table_missing", format!("There is no table {table} in the database {name}."), said, mend)
}

fn no_column(described: &Described, engine: Engine, fault: &Fault, said: &str, about: &About<'_>) -> Problem {
    let named = about.columns.iter().find(|(_, column)| fault.names(column.as_str()));
    match named {
        Some((field, column)) => column_missing(described, engine, about.table, *field, column, said),
        None => problem(
            "database_column_missing",
            format!("A column is missing in the table {} of the database {}.", about.table, described.name),
            said,
            "Run `rapport database test` to see which, and have an administrator add it.",
        ),
    }
}

/// A column that is described and not there.
pub(crate) fn column_missing(
    described: &Described,
    engine: Engine,
    table: &TableName,
    field: Option<Field>,
    column: &Identifier,
    said: &str,
) -> Problem {
    let mend = match field {
        Some(Field::Phone) => format!(
            "Name the column that holds the numbers in `contacts.columns.phone` of integrations.json, or have an administrator run: {}",
            engine.add_column(table, Field::Phone, column)
        ),
        Some(field) => format!(
            "An administrator runs: {} Or name another column in `contacts.columns.{}` of integrations.json, or null to leave it out.",
            engine.add_column(table, field, column),
            field.name()
        ),
        None => format!("Check the name of the column {column}: the table {table} should have it."),
    };
    let title = format!("The table {table} of the database {} has no column {column}.", described.name);
    problem("database_column_missing", title, said, mend)
}

fn no_label(described: &Described, engine: Engine, said: &str, about: &About<'_>) -> Problem {
    let source = about.columns.iter().find(|(field, _)| *field == Some(Field::Source)).map(|(_, column)| column);
    match source {
        Some(column) => {
            let all = ["whatsapp", "google", "outlook", "both"];
            label_missing(described, about.table, column, said, &engine.widen_source(about.table, column, "its_type", &all))
        }
        None => problem(
            "database_value_refused",
            format!("A column of the table {} does not take what is written into it.", about.table),
            said,
            "Run `rapport database test` to see which.",
        ),
    }
}

/// A column of sources that lacks a word.
pub(crate) fn label_missing(described: &Described, table: &TableName, column: &Identifier, why: &str, mend: &str) -> Problem {
    problem(
        "database_label_missing",
        format!("The column {column} of the table {table} in the database {} does not take every source.", described.name),
        why,
        format!("It must take whatsapp, google, outlook and both. An administrator runs: {mend}"),
    )
}

fn too_long(described: &Described, engine: Engine, fault: &Fault, said: &str, about: &About<'_>) -> Problem {
    let named = about.columns.iter().find(|(_, column)| fault.names(column.as_str())).map(|(_, column)| column);
    let mend = named.map_or_else(
        || "Make the columns as wide as VARCHAR(255).".to_owned(),
        |column| format!("An administrator runs: {}", engine.widen(about.table, column)),
    );
    let column = named.map_or_else(|| "a column".to_owned(), |column| format!("the column {column}"));
    let title = format!("A value is too long for {column} of the table {} in the database {}.", about.table, described.name);
    problem("database_value_too_long", title, said, mend)
}

fn required(described: &Described, engine: Engine, fault: &Fault, said: &str, about: &About<'_>) -> Problem {
    let named = about.columns.iter().find(|(_, column)| fault.names(column.as_str())).map(|(_, column)| column.as_str());
    required_column(described, engine, about.table, named, said)
}

/// A column that a new row must name and that we know nothing for.
pub(crate) fn required_column(described: &Described, engine: Engine, table: &TableName, column: Option<&str>, said: &str) -> Problem {
    let shown = column.unwrap_or("that column");
    problem(
        "database_column_required",
        format!("New rows of the table {table} in the database {} need a value for {shown}.", described.name),
        format!("It may not be empty and has no default ({said})"),
        format!(
            "Give it one in `contacts.new_rows` of integrations.json ({{\"{}\": \"…\"}}), or have an administrator run: {}",
            column.unwrap_or("column"),
            engine.default_for(table, shown)
        ),
    )
}

fn of_the_moment(described: &Described, trouble: Trouble, said: String, table: &TableName) -> Problem {
    let name = &described.name;
    match trouble {
        Trouble::ReadOnly => problem(
            "database_read_only",
            format!("The database {name} takes no changes."),
            said,
            "Name the server that is written to (not a replica) in connection.host, or let this user write the file.",
        ),
        Trouble::Busy => problem(
            "database_busy",
            format!("The table {table} of the database {name} is busy."),
            format!("Others hold it for too long ({said})"),
            "Try again in a minute: what is done stays done.",
        ),
        Trouble::TooManyConnections => problem(
            "database_full",
            format!("The database {name} takes no more connections."),
            said,
            "Raise the server's limit for this user, or lower pool_config.max_connections in integrations.json.",
        ),
        Trouble::Duplicate | Trouble::OtherConstraint => problem(
            "database_row_refused",
            format!("A row stands against a rule of the table {table} in the database {name}."),
            said,
            "Look at the table's unique indexes and constraints.",
        ),
        _ => problem(
            "database_refused",
            format!("The database {name} refuses what was asked."),
            said,
            "Look the code up in the database's manual, or send it to us with what you were doing.",
        ),
    }
}
