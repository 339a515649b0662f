//! The same promises on SQLite, PostgreSQL and MariaDB: exported twice changes nothing, look-ups find every form, every error tells what to do.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

use std::collections::BTreeMap;
use std::time::Duration;

use base::{Problem, Secret};
use model::contact::Origin;
use model::phone::Region;

use super::*;

const SHAPE: &str = "phone VARCHAR(32) NOT NULL UNIQUE, name VARCHAR(255) NOT NULL, email VARCHAR(255),
    google_contact_id VARCHAR(255), outlook_contact_id VARCHAR(255), notes VARCHAR(255)";
const ENUM: &str = "ENUM('whatsapp','google','outlook','both') DEFAULT 'whatsapp'";

fn subject(id: &str, number: &str, name: &str, origins: &[Origin]) -> Subject {
    let mut values = BTreeMap::from([(Field::Name, name.to_owned())]);
    if origins.contains(&Origin::Outlook) {
        values.insert(Field::OutlookContactId, format!("outlook-{id}"));
    }
    let numbers = if number.is_empty() { Vec::new() } else { vec![number.to_owned()] };
    Subject { id: id.to_owned(), numbers, values, origins: origins.to_vec() }
}

fn described(kind: Kind, host: &str, port: u16, database: &str, username: &str, password: &str) -> Described {
    let (host, database, username) = (host.to_owned(), database.to_owned(), username.to_owned());
    let password = Secret::from(password);
    let connection = Connection { host, port, database, username, password, tls: Tls::Preferred, authorities: None };
    let pool = Pool { timeout: Duration::from_secs(20), ..Pool::default() };
    let (contacts, grants) = (ContactsTable::default(), GrantColumns::default());
    Described { name: "crm".to_owned(), kind, connection, pool, contacts, grants }
}

fn indonesia() -> Option<Region> {
    Region::named("ID")
}

async fn write(database: &Database, subjects: &[Subject]) -> Vec<Outcome> {
    database.export(indonesia()).await.unwrap().write(subjects).await.unwrap()
}

/// What every engine must do with a table of the usual shape that holds a row of WhatsApp's, written as people do.
async fn keeps_its_promises(database: &Database) {
    let report = database.test().await.unwrap();
    assert_eq!(report.wrong().collect::<Vec<_>>(), Vec::<&Problem>::new());
    let mut subjects = vec![
        subject("1", "+6281234567890", "Budi Santoso", &[Origin::Outlook]),
        subject("2", "+628111111111", "Citra O'Neil \"C\" 🏍", &[Origin::Google, Origin::Outlook]),
        subject("3", "+628122222222", "Dewi", &[Origin::Api]),
        subject("4", "", "Nobody", &[Origin::Outlook]),
        subject("5", "+628133333333", &"x".repeat(300), &[Origin::Outlook]),
    ];
    let first = write(database, &subjects).await;
    let too_long = |outcome: &Outcome| matches!(outcome, Outcome::Skipped(Skip::TooLong(column)) if column.as_str() == "name");
    assert_eq!(first[..4], [Outcome::Changed, Outcome::Inserted, Outcome::Inserted, Outcome::Skipped(Skip::NoNumber)]);
    assert!(too_long(&first[4]) || database.engine() == Engine::Sqlite, "{first:?}");
    subjects.truncate(4);
    let again = write(database, &subjects).await;
    assert_eq!(again[..3], [Outcome::Unchanged, Outcome::Unchanged, Outcome::Unchanged]);
    subjects[1].values.insert(Field::Name, "Citra Dewi".to_owned());
    assert_eq!(write(database, &subjects).await[..3], [Outcome::Unchanged, Outcome::Changed, Outcome::Unchanged]);
    for form in ["081234567890", "6281234567890", "+62 812-3456-7890"] {
        let who = Who::read(form, indonesia()).unwrap();
        let found = database.look_up(&who, indonesia()).await.unwrap();
        assert_eq!(found.len(), 1, "{form}");
        // The row that was there keeps its number as it is written, and is of both now.
        assert_eq!((found[0].get("phone"), found[0].get("name")), (Some("081234567890"), Some("Budi Santoso")));
        assert_eq!((found[0].get("source"), found[0].get("outlook_contact_id")), (Some("both"), Some("outlook-1")));
        assert_eq!(found[0].get("email"), Some("budi@acme.example"), "what we do not know is left");
    }
    let who = Who::read("Budi@Acme.example", None).unwrap();
    assert_eq!(database.look_up(&who, None).await.unwrap().len(), 1);
    let citra = database.look_up(&Who::Number("+628111111111".to_owned()), indonesia()).await.unwrap();
    assert_eq!((citra[0].get("name"), citra[0].get("source")), (Some("Citra Dewi"), Some("google")));
    let none = database.look_up(&Who::Number("+628999999999".to_owned()), indonesia()).await.unwrap();
    assert!(none.is_empty());
}

fn seeded() -> &'static str {
    "INSERT INTO contacts (phone, name, email, source, notes) VALUES ('081234567890', 'Budi', 'budi@acme.example', 'whatsapp', 'mine')"
}

/// A problem has the code, and its next step holds this.
fn tells(problem: &Problem, code: &str, next: &str) {
    assert_eq!(problem.code, code, "{problem}");
    assert!(problem.action.contains(next), "{next}: {problem}");
    let whole = problem.to_string();
    assert!(!whole.contains("hunter2") && !whole.contains("6281234567890") && !whole.contains("Budi"), "{whole}");
}

fn sqlite(directory: &tempfile::TempDir, sql: &str) -> Described {
    let path = directory.path().join("crm.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    described(Kind::Sqlite, "", 0, &path.display().to_string(), "", "")
}

#[tokio::test]
async fn a_table_of_sqlite_takes_contacts() {
    let directory = tempfile::tempdir().unwrap();
    let own = sqlite(&directory, &format!("CREATE TABLE contacts ({SHAPE}, source VARCHAR(16) DEFAULT 'whatsapp'); {};", seeded()));
    keeps_its_promises(&Database::open(own).await.unwrap()).await;
}

#[tokio::test]
async fn errors_of_sqlite_tell_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let own = sqlite(&directory, "CREATE TABLE contacts (phone TEXT, nom TEXT NOT NULL)");
    let mut gone = own.clone();
    gone.connection.database = directory.path().join("none.db").display().to_string();
    tells(&Database::open(gone).await.err().unwrap(), "database_unknown", "connection.database");
    let mut elsewhere = own.clone();
    elsewhere.contacts.table = TableName::read("leads").unwrap();
    let elsewhere = Database::open(elsewhere).await.unwrap();
    tells(&elsewhere.export(None).await.err().unwrap(), "database_table_missing", "CREATE TABLE leads (phone VARCHAR(32) NOT NULL UNIQUE");
    let who = Who::Number("+6281234567890".to_owned());
    tells(&elsewhere.look_up(&who, None).await.err().unwrap(), "database_table_missing", "contacts.table");
    let database = Database::open(own).await.unwrap();
    let wrong: Vec<Problem> = database.test().await.unwrap().wrong().cloned().collect();
    tells(&wrong[0], "database_column_missing", "ALTER TABLE contacts ADD COLUMN name VARCHAR(255);");
    tells(wrong.last().unwrap(), "database_column_required", "contacts.new_rows");
    tells(&database.session_grants(None).await.err().unwrap(), "database_table_missing", "tokens.table");
}

async fn postgres() -> (Described, test_postgres::Database) {
    let server = test_postgres::shared().unwrap_or_else(|why| panic!("{why}"));
    let database = server.database().await.unwrap();
    let (_, port) = server.url().rsplit_once(':').unwrap();
    let (_, name) = database.url().rsplit_once('/').unwrap();
    (described(Kind::Postgres, "127.0.0.1", port.parse().unwrap(), name, "postgres", "hunter2"), database)
}

async fn run(own: &Described, sql: &str) {
    let administrator = Database::open(own.clone()).await.unwrap();
    for sql in sql.split(';').filter(|sql| !sql.trim().is_empty()) {
        administrator.write(vec![link::Statement::new(sql, Vec::new())]).await.unwrap();
    }
    administrator.close().await;
}

#[tokio::test]
async fn a_table_of_postgresql_takes_contacts() {
    let (own, _database) = postgres().await;
    let labels = "CREATE TYPE contact_source AS ENUM ('whatsapp', 'google', 'outlook', 'both')";
    run(&own, &format!("{labels}; CREATE TABLE contacts ({SHAPE}, source contact_source DEFAULT 'whatsapp'); {}", seeded())).await;
    keeps_its_promises(&Database::open(own).await.unwrap()).await;
}

#[tokio::test]
async fn errors_of_postgresql_tell_what_to_do() {
    let (own, _database) = postgres().await;
    let mut gone = own.clone();
    gone.connection.database = "nowhere".to_owned();
    tells(&Database::open(gone).await.err().unwrap(), "database_unknown", "CREATE DATABASE nowhere;");
    let mut silent = own.clone();
    silent.connection.port = 1;
    tells(&Database::open(silent).await.err().unwrap(), "database_unreachable", "connection.port");
    let mut bare = own.clone();
    bare.connection.tls = Tls::VerifyHost;
    tells(&Database::open(bare).await.err().unwrap(), "database_tls_refused", "connection.ssl_ca");
    run(&own, "CREATE TYPE few AS ENUM ('whatsapp'); CREATE TABLE contacts (phone TEXT, name TEXT, email TEXT, source few)").await;
    let database = Database::open(own.clone()).await.unwrap();
    let wrong: Vec<Problem> = database.test().await.unwrap().wrong().cloned().collect();
    tells(&wrong[0], "database_column_missing", "ALTER TABLE contacts ADD COLUMN google_contact_id VARCHAR(255);");
    tells(wrong.last().unwrap(), "database_label_missing", "ALTER TYPE few ADD VALUE 'both';");
    let who = Who::Number("+6281234567890".to_owned());
    tells(&database.look_up(&who, None).await.err().unwrap(), "database_column_missing", "ADD COLUMN google_contact_id");
    run(&own, "CREATE ROLE reader_of_nothing LOGIN; ALTER TABLE contacts ADD google_contact_id TEXT; ALTER TABLE contacts ADD outlook_contact_id TEXT").await;
    let mut barred = own.clone();
    barred.connection.username = "reader_of_nothing".to_owned();
    let barred = Database::open(barred).await.unwrap();
    tells(&barred.look_up(&who, None).await.err().unwrap(), "database_right_missing", "GRANT SELECT ON contacts TO \"reader_of_nothing\";");
    let wrong: Vec<Problem> = barred.test().await.unwrap().wrong().cloned().collect();
    tells(wrong.last().unwrap(), "database_right_missing", "GRANT SELECT, INSERT, UPDATE ON contacts TO \"reader_of_nothing\";");
}

async fn mariadb() -> (Described, test_mariadb::Database) {
    let database = test_mariadb::shared().unwrap_or_else(|why| panic!("{why}")).database().await.unwrap();
    (described(Kind::MySql, "127.0.0.1", database.port(), database.name(), "root", ""), database)
}

#[tokio::test]
async fn a_table_of_mariadb_takes_contacts() {
    let (own, database) = mariadb().await;
    database.run(&format!("CREATE TABLE contacts ({SHAPE}, source {ENUM})")).await.unwrap();
    database.run(seeded()).await.unwrap();
    let opened = Database::open(own).await.unwrap();
    assert_eq!(opened.engine(), Engine::MariaDb);
    keeps_its_promises(&opened).await;
    assert_eq!(database.rows("SELECT notes FROM contacts WHERE name = 'Budi Santoso'").await.unwrap(), [[Some("mine".to_owned())]]);
}

#[tokio::test]
async fn errors_of_mariadb_tell_what_to_do() {
    let (own, database) = mariadb().await;
    let mut stranger = own.clone();
    stranger.connection.password = Secret::from("hunter2");
    tells(&Database::open(stranger).await.err().unwrap(), "database_credentials_refused", "connection.password");
    let mut gone = own.clone();
    gone.connection.database = "nowhere".to_owned();
    tells(&Database::open(gone).await.err().unwrap(), "database_unknown", "CREATE DATABASE nowhere;");
    let opened = Database::open(own.clone()).await.unwrap();
    tells(&opened.export(None).await.err().unwrap(), "database_table_missing", "source ENUM('whatsapp','google','outlook','both')");
    database.run(&format!("CREATE TABLE contacts ({SHAPE}, source ENUM('whatsapp','google') DEFAULT 'whatsapp')")).await.unwrap();
    let next = "ALTER TABLE contacts MODIFY COLUMN source ENUM('whatsapp','google','outlook','both') DEFAULT 'whatsapp';";
    tells(&opened.export(None).await.err().unwrap(), "database_label_missing", next);
    database.run(&format!("ALTER TABLE contacts MODIFY COLUMN source {ENUM}, DROP COLUMN email")).await.unwrap();
    tells(&opened.export(None).await.err().unwrap(), "database_column_missing", "ALTER TABLE contacts ADD COLUMN email VARCHAR(255);");
    let who = Who::Address("budi@acme.example".to_owned());
    tells(&opened.look_up(&who, None).await.err().unwrap(), "database_column_missing", "ADD COLUMN email");
    database.run("ALTER TABLE contacts ADD COLUMN email VARCHAR(255)").await.unwrap();
    let user = format!("u{}", &database.name()[8..]);
    database.run(&format!("CREATE USER {user}@'%' IDENTIFIED BY 'hunter2'")).await.unwrap();
    let mut barred = own.clone();
    barred.connection.username = user.clone();
    barred.connection.password = Secret::from("hunter2");
    let grant = format!("GRANT SELECT ON {}.contacts TO '{user}'@'%';", own.connection.database);
    tells(&Database::open(barred.clone()).await.err().unwrap(), "database_right_missing", &grant);
    database.run(&grant).await.unwrap();
    let barred = Database::open(barred).await.unwrap();
    assert!(barred.look_up(&who, None).await.unwrap().is_empty());
    let grant = format!("GRANT SELECT, INSERT, UPDATE ON {}.contacts", own.connection.database);
    tells(&barred.export(None).await.err().unwrap(), "database_right_missing", &grant);
}

#[tokio::test]
async fn what_stands_against_a_rule_of_the_table_skips_its_row_alone() {
    let (own, database) = mariadb().await;
    database.run(&format!("CREATE TABLE contacts ({SHAPE}, source {ENUM}, UNIQUE (outlook_contact_id))")).await.unwrap();
    database.run("INSERT INTO contacts (phone, name, outlook_contact_id) VALUES ('1', 'x', 'outlook-2')").await.unwrap();
    let opened = Database::open(own).await.unwrap();
    let subjects = [
        subject("1", "+6281234567890", "Budi", &[Origin::Outlook]),
        subject("2", "+628111111111", "Citra", &[Origin::Outlook]),
        subject("3", "+628122222222", "Dewi", &[Origin::Outlook]),
    ];
    let outcomes = write(&opened, &subjects).await;
    assert_eq!(outcomes, [Outcome::Inserted, Outcome::Skipped(Skip::Refused), Outcome::Inserted]);
    database.run("INSERT INTO contacts (phone, name) VALUES ('6281234567890', 'twice')").await.unwrap();
    assert_eq!(write(&opened, &subjects[..1]).await, [Outcome::Skipped(Skip::SeveralRows)]);
}
