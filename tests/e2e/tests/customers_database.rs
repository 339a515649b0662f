//! A customer's own database, told on the simulator and on a MariaDB of its own: contacts of three sources go into the tables of the CRM
//! for WhatsApp, its people's tokens come out of them, and each error says what to do.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

use std::time::Duration;

use api::access::{Scope, Scopes};
use axum::body::Body;
use crm::database::{Database, Described, Who};
use e2e::program;
use e2e::story::{on_a_world, rest};
use e2e::world::{WORKSPACE, World, small_pieces};
use http::Method;
use model::contact::Origin;
use model::phone::Region;
use rapport::databases::{Exported, Session, export_contacts, import_grants};
use serde_json::json;
use store::connection::{self, Connection};
use store::{Transaction, contact_book, grant, source_contact, workspace};

const ANNA: &str = "anna@contoso.example";
const BO: &str = "bo@contoso.example";
const HOUR: Duration = Duration::from_secs(3600);
/// The tables of COMPATIBILITY's shape.
const CONTACTS: &str =
    "CREATE TABLE contacts (id INT AUTO_INCREMENT PRIMARY KEY, phone VARCHAR(32) NOT NULL UNIQUE, name VARCHAR(255), email VARCHAR(255),
    google_contact_id VARCHAR(255), outlook_contact_id VARCHAR(255), source ENUM('whatsapp','google','outlook','both') DEFAULT 'whatsapp',
    last_message TEXT)";
const TOKENS: &str = "CREATE TABLE outlook_tokens (session_id VARCHAR(255) PRIMARY KEY, access_token TEXT, refresh_token TEXT,
    token_type VARCHAR(50), expiry_date BIGINT, scope TEXT)";

fn story(seed: u64, told: impl AsyncFnOnce(&mut World, test_mariadb::Database)) {
    on_a_world(seed, small_pieces(), async |world, _| {
        world.make_person(ANNA, "Anna Alm");
        world.make_person(BO, "Bo Berg");
        let region = workspace::set_region(WORKSPACE, Some("ID"));
        world.house.db.commit(Transaction::new("test.region").with(region)).await.unwrap();
        let server = test_mariadb::shared().unwrap_or_else(|why| panic!("{why}"));
        told(world, server.database().await.unwrap()).await;
    });
}

/// As `integrations.json` describes it.
fn described(database: &test_mariadb::Database, username: &str) -> Described {
    let connection =
        json!({"host": "127.0.0.1", "port": database.port(), "database": database.name(), "username": username, "password": "${PASSWORD}"});
    let file = json!({"databases": [{"name": "whatsapp_crm", "enabled": true, "type": "mysql", "connection": connection}]});
    let password = if username == "root" { String::new() } else { "hunter2".to_owned() };
    let read = crm::database::read(&file.to_string(), "integrations.json", &|name| (name == "PASSWORD").then(|| password.clone()));
    read.unwrap().databases.remove(0)
}

async fn open(database: &test_mariadb::Database) -> Database {
    Database::open(described(database, "root")).await.unwrap()
}

async fn export(world: &World, database: &Database) -> Exported {
    export_contacts(&world.house.db, WORKSPACE, database).await.unwrap()
}

/// What an export is refused with, as a person reads it.
async fn refusal(world: &World, described: Described) -> String {
    let opened = match Database::open(described).await {
        Ok(opened) => opened,
        Err(problem) => return problem.to_string(),
    };
    export_contacts(&world.house.db, WORKSPACE, &opened).await.unwrap_err().problems[0].to_string()
}

async fn bring(world: &World, origin: &str, table: &str) {
    let scopes: Scopes = [Scope::Read, Scope::Write].into_iter().collect();
    let key = program::key(world, &scopes.to_string()).await;
    let path = format!("http://localhost:3000/api/v1/contact-files?origin={origin}&book={origin}&whole=true");
    let request = http::Request::builder().method(Method::POST).uri(path).header("authorization", format!("Bearer {key}"));
    let answer = program::send(&world.house.router, request.body(Body::from(table.to_owned())).unwrap()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert!(rest(world, Duration::from_secs(30)).await);
}

fn person(name: &str, phone: &str) -> serde_json::Value {
    json!({"displayName": name, "mobilePhone": phone, "emailAddresses": [{"name": name, "address": "someone@acme.example"}]})
}

#[test]
fn contacts_of_three_sources_go_into_a_customers_table_once() {
    story(1, async |world, mariadb| {
        let control = world.sim.control();
        control.create_contact(ANNA, "contacts", &person("Budi Santoso", "0812-3456-7890")).unwrap();
        let citra = control.create_contact(ANNA, "contacts", &json!({"displayName": "Citra", "mobilePhone": "0811 1111 111"})).unwrap();
        control.create_contact(ANNA, "contacts", &json!({"displayName": "Without number"})).unwrap();
        bring(world, "whatsapp", "Name,Phone\nBudi 🏍,6281234567890\nDewi,6281311112222\n").await;
        bring(world, "google", "Name,Phone\nGita,+62 814 1111 2222\nCitra D.,+62 811 1111 111\n").await;
        world.connect_contacts(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        mariadb.run(CONTACTS).await.unwrap();
        mariadb.run("INSERT INTO contacts (phone, name, last_message) VALUES ('081311112222', 'dewi', 'hello')").await.unwrap();

        let database = open(&mariadb).await;
        assert!(database.test().await.unwrap().wrong().next().is_none());
        let first = export(world, &database).await;
        assert_eq!((first.inserted, first.changed, first.unchanged), (3, 1, 0), "{first:?}");
        assert_eq!((first.skipped.get("no_number"), first.named.len()), (Some(&1), 1), "{first:?}");
        let rows = mariadb.rows("SELECT phone, name, CAST(source AS CHAR), last_message FROM contacts ORDER BY name").await.unwrap();
        let row = |phone: &str, name: &str, source: &str, message: Option<&str>| {
            vec![Some(phone.to_owned()), Some(name.to_owned()), Some(source.to_owned()), message.map(str::to_owned)]
        };
        let expected = [
            row("+6281234567890", "Budi Santoso", "both", None),
            row("+628111111111", "Citra", "google", None),
            row("081311112222", "Dewi", "whatsapp", Some("hello")),
            row("+6281411112222", "Gita", "google", None),
        ];
        assert_eq!(rows, expected);
        let ids = mariadb.rows("SELECT outlook_contact_id, google_contact_id FROM contacts WHERE name = 'Citra'").await.unwrap();
        assert!(ids[0].iter().all(|id| id.as_ref().is_some_and(|id| !id.is_empty())), "{ids:?}");
        assert_eq!(ids[0][0].as_deref(), Some(citra.as_str()));

        let again = export(world, &database).await;
        assert_eq!((again.inserted, again.changed, again.unchanged), (0, 0, 4));
        control.change_contact(ANNA, &citra, &json!({"displayName": "Citra Dewi"})).unwrap();
        assert!(rest(world, HOUR).await);
        let renamed = export(world, &database).await;
        assert_eq!((renamed.inserted, renamed.changed, renamed.unchanged), (0, 1, 3));
        for form in ["08111111111", "628111111111", "+628111111111"] {
            let region = Region::named("ID");
            let found = database.look_up(&Who::read(form, region).unwrap(), region).await.unwrap();
            assert_eq!((found.len(), found[0].get("name")), (1, Some("Citra Dewi")), "{form}");
        }
    });
}

async fn import(world: &World, database: &Database) -> Vec<Session> {
    let tenant = world.sim.control().user(ANNA).unwrap().tenant_id;
    import_grants(&world.web(&tenant), WORKSPACE, "test", database).await.unwrap()
}

async fn connections(world: &World) -> Vec<(Connection, i64)> {
    let mut all = Vec::new();
    for connection in connection::list(&world.house.db, WORKSPACE).await.unwrap() {
        let generation = grant::find(&world.house.db, connection.id).await.unwrap().unwrap().generation;
        all.push((connection, generation));
    }
    all
}

async fn keep_tokens(world: &World, mariadb: &test_mariadb::Database, session: &str, address: &str, scopes: &[&str]) {
    let tenant = world.sim.control().user(address).unwrap().tenant_id;
    let tokens = world.consent(address, &tenant, scopes).await;
    let refresh = tokens.refresh_token.unwrap();
    let sql = format!(
        "INSERT INTO outlook_tokens VALUES ('{session}', '{}', '{}', 'Bearer', 1, '{}')",
        tokens.access_token.expose(),
        refresh.expose(),
        scopes.join(" ")
    );
    mariadb.run(&sql).await.unwrap();
}

#[test]
fn tokens_of_a_customers_table_become_connections_that_sync() {
    story(2, async |world, mariadb| {
        world.sim.control().create_contact(ANNA, "contacts", &person("Budi Santoso", "0812-3456-7890")).unwrap();
        mariadb.run(TOKENS).await.unwrap();
        keep_tokens(world, &mariadb, "a", ANNA, &["Contacts.Read", "User.Read"]).await;
        keep_tokens(world, &mariadb, "b", BO, &["Mail.Read", "User.Read"]).await;
        let dead = "d".repeat(400);
        mariadb
            .run(&format!("INSERT INTO outlook_tokens VALUES ('c', 'x', NULL, 'Bearer', 1, ''), ('d', 'x', '{dead}', NULL, 1, '')"))
            .await
            .unwrap();
        let database = open(&mariadb).await;
        let first = import(world, &database).await;
        let outcomes: Vec<_> = first.iter().map(|session| (session.session.as_str(), session.outcome, session.provider)).collect();
        let expected = [
            ("a", "connected", Some("microsoft_contacts")),
            ("b", "connected", Some("microsoft_outlook")),
            ("c", "unusable", None),
            ("d", "unusable", None),
        ];
        assert_eq!(outcomes, expected, "{first:?}");
        assert_eq!((first[0].account.as_deref(), first[1].account.as_deref()), (Some(ANNA), Some(BO)));
        let missing = first[2].problem.clone().unwrap();
        assert_eq!(missing.title, "No Microsoft tokens found for session.");
        assert!(missing.action.contains("/auth/microsoft?provider=microsoft_contacts"));
        let refused = first[3].problem.clone().unwrap();
        assert!(refused.code.starts_with("AADSTS") && !refused.action.is_empty(), "{refused:?}");

        assert!(rest(world, HOUR).await);
        let known = source_contact::all(&world.house.db, WORKSPACE).await.unwrap();
        assert!(known.iter().any(|kept| kept.source.origin == Origin::Outlook && kept.source.card.name.shown() == "Budi Santoso"));
        assert_eq!(contact_book::list(&world.house.db, WORKSPACE).await.unwrap().len(), 1);

        let before = connections(world).await;
        let again = import(world, &database).await;
        assert_eq!(again.iter().map(|session| session.outcome).collect::<Vec<_>>(), ["known", "known", "unusable", "unusable"]);
        assert_eq!(connections(world).await, before, "imported twice changes nothing");
    });
}

#[test]
fn what_stands_in_the_way_of_an_export_says_what_to_do() {
    story(3, async |world, mariadb| {
        let own = || described(&mariadb, "root");
        let user = format!("u{}", &mariadb.name()[8..]);
        let stranger = refusal(world, described(&mariadb, &user)).await;
        assert!(stranger.starts_with(&format!("The database whatsapp_crm refuses the user {user}.")), "{stranger}");
        assert!(stranger.contains("Set connection.username and connection.password in integrations.json"), "{stranger}");
        let no_table = refusal(world, own()).await;
        assert!(no_table.starts_with(&"There is no table contacts in the database whatsapp_crm.".to_owned()), "{no_table}");
        assert!(no_table.contains("CREATE TABLE contacts (phone VARCHAR(32) NOT NULL UNIQUE"), "{no_table}");
        mariadb.run(CONTACTS).await.unwrap();
        mariadb.run("ALTER TABLE contacts DROP COLUMN outlook_contact_id").await.unwrap();
        let no_column = refusal(world, own()).await;
        assert!(no_column.contains("has no column outlook_contact_id"), "{no_column}");
        let mend = "ALTER TABLE contacts ADD COLUMN outlook_contact_id VARCHAR(255);";
        assert!(no_column.contains(mend), "{no_column}");
        mariadb.run(mend).await.unwrap();
        mariadb.run(&format!("CREATE USER {user}@'%' IDENTIFIED BY 'hunter2'")).await.unwrap();
        mariadb.run(&format!("GRANT SELECT ON contacts TO {user}@'%'")).await.unwrap();
        let no_right = refusal(world, described(&mariadb, &user)).await;
        let mend = format!("GRANT SELECT, INSERT, UPDATE ON {}.contacts TO '{user}'@'%';", mariadb.name());
        assert!(no_right.contains("Missing: INSERT, UPDATE") && no_right.contains(&mend), "{no_right}");
        mariadb.run(&mend).await.unwrap();
        let database = Database::open(described(&mariadb, &user)).await.unwrap();
        assert_eq!(export(world, &database).await, Exported::default(), "what was told mends it");
        for text in [stranger, no_table, no_column, no_right] {
            assert!(text.contains("\nNext: ") && !text.contains("hunter2"), "{text}");
        }
    });
}
