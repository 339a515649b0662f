//! Arranging a mailbox, told on the simulator: folders, rules and settings are changed at Microsoft through Rapport's API, the mirror
//! follows, and nothing is done twice when an answer is lost.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

use std::time::Duration;

use api::access::{Scope, Scopes};
use e2e::program;
use e2e::story::{mailbox_of, on_a_world, rest};
use e2e::world::{SCOPES, WORKSPACE, World};
use http::Method;
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::id::MailboxId;
use serde_json::{Value, json};
use store::connection::ConnectionKind;
use store::folder::{self, Folder};
use store::{audit, message};

const ANNA: &str = "anna@contoso.example";
const SALES: &str = "sales@contoso.example";

/// A program that may read and arrange Anna's mailbox.
struct Program<'w> {
    world: &'w World,
    key: String,
    mailbox: MailboxId,
}

/// What the API said.
struct Said {
    status: u16,
    body: Value,
}

impl Said {
    fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }
}

impl<'w> Program<'w> {
    async fn of(world: &'w World, address: &str) -> Self {
        let scopes: Scopes = [Scope::Read, Scope::MailWrite].into_iter().collect();
        Program { world, key: program::key(world, &scopes.to_string()).await, mailbox: mailbox_of(world, address).await.id }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Said {
        let path = path.replace("{mailbox}", &format!("/api/v1/mailboxes/{}", self.mailbox));
        let answer = program::ask(self.world, &self.key, method, &path, Some(&body).filter(|body| !body.is_null()), "").await;
        Said { status: answer.status, body: answer.json() }
    }

    async fn done(&self, method: Method, path: &str, body: Value) -> Value {
        let said = self.ask(method.clone(), path, body).await;
        assert!((200..300).contains(&said.status), "{method} {path}: {} {}", said.status, said.body);
        said.body
    }

    async fn folders(&self) -> Vec<Folder> {
        let all = folder::list(&self.world.house.db, self.mailbox).await.unwrap();
        all.into_iter().filter(|folder| folder.removed_at.is_none()).collect()
    }

    async fn folder(&self, name: &str) -> Folder {
        let found: Vec<Folder> = self.folders().await.into_iter().filter(|folder| folder.display_name == name).collect();
        assert_eq!(found.len(), 1, "folders called {name}");
        found.into_iter().next().unwrap()
    }

    /// The folder in which the mirror has the mail with this subject.
    async fn where_is(&self, subject: &str) -> String {
        let found = message::in_mailbox(&self.world.house.db, self.mailbox, None, 1_000).await.unwrap();
        let mail = found.into_iter().find(|found| found.message.subject == subject).unwrap().message;
        self.folders().await.into_iter().find(|folder| Some(folder.id) == mail.folder).unwrap().display_name
    }
}

/// Anna's mailbox, with everything permitted, synced.
fn story(told: impl AsyncFnOnce(&mut World)) {
    permitting(&[&SCOPES[..], &["MailboxSettings.ReadWrite"]].concat(), told);
}

fn permitting(scopes: &[&str], told: impl AsyncFnOnce(&mut World)) {
    on_a_world(1, e2e::world::small_pieces(), async |world, _| {
        world.make_person(ANNA, "Anna Alm");
        world.sim.control().create_folder(ANNA, "inbox", "Done").unwrap();
        world.connect_permitting(ANNA, ConnectionKind::Delegated, scopes).await.unwrap();
        assert!(rest(world, Duration::from_secs(30)).await);
        told(world).await;
    });
}

/// The next request like this loses its answer, or never arrives.
fn fault(world: &World, kind: &str, method: &str, path: &str) {
    let fault = json!({"kind": kind, "when": "nth", "nth": 1, "matches": {"method": method, "path": path}});
    let schedule = json!({"seed": 1, "faults": [fault]});
    world.sim.control().set_faults(serde_json::from_value(schedule).unwrap());
}

fn asked_for(world: &World, method: &str, part: &str) -> usize {
    let journal = world.sim.control().journal(0, 100_000);
    journal.iter().filter(|entry| entry.method == method && entry.target.contains(part)).count()
}

fn deliver(world: &World, subject: &str) {
    let mail =
        format!("From: Bo <bo@acme.example>\r\nTo: {ANNA}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@acme.example>\r\n\r\nHello.\r\n");
    world.sim.control().deliver_mime(ANNA, "inbox", mail.into_bytes(), DeliverOptions::default()).unwrap();
}

async fn soon(world: &World) {
    assert!(rest(world, Duration::from_secs(20)).await);
}

#[test]
fn a_folder_is_made_renamed_moved_and_deleted_and_the_mirror_follows() {
    story(async |world| {
        let program = Program::of(world, ANNA).await;
        let made = program.done(Method::POST, "{mailbox}/folders", json!({"name": "Offers"})).await;
        soon(world).await;
        let offers = program.folder("Offers").await;
        assert_eq!(made["provider_id"], json!(offers.graph_id));
        let inner = program.done(Method::POST, "{mailbox}/folders", json!({"name": "Old", "parent": offers.id})).await;
        assert_eq!(inner["parent"], json!(offers.id));

        let path = format!("/api/v1/folders/{}", offers.id);
        let renamed = program.done(Method::PATCH, &path, json!({"name": "Offers we made"})).await;
        assert_eq!((&renamed["id"], &renamed["name"]), (&json!(offers.id), &json!("Offers we made")));
        soon(world).await;
        assert_eq!(program.folder("Offers we made").await.id, offers.id);
        assert_eq!(program.folder("Old").await.parent_graph_id, Some(offers.graph_id.clone()));

        let inbox = program.folder("Inbox").await;
        let moved = program.done(Method::PATCH, &path, json!({"parent": inbox.id})).await;
        assert_eq!(moved["parent"], json!(inbox.id));
        soon(world).await;
        assert_eq!(program.folder("Offers we made").await.parent_graph_id, Some(inbox.graph_id.clone()));
        let itself = program.ask(Method::PATCH, &path, json!({"parent": program.folder("Old").await.id})).await;
        assert_eq!((itself.status, itself.text("code")), (422, "ErrorMoveCopyFailed"));
        program.done(Method::PATCH, &path, json!({"parent": null})).await;
        soon(world).await;
        assert_eq!(program.folder("Offers we made").await.parent_graph_id, inbox.parent_graph_id);

        // Deleting puts it away; once more, and of what lies in it, takes nothing further.
        let old = format!("/api/v1/folders/{}", program.folder("Old").await.id);
        for path in [&path, &path, &old] {
            program.done(Method::DELETE, path, Value::Null).await;
            soon(world).await;
        }
        let bin = program.folder("Deleted Items").await;
        assert_eq!(program.folder("Offers we made").await.parent_graph_id, Some(bin.graph_id));
        assert_eq!(program.folder("Old").await.parent_graph_id, Some(offers.graph_id));
        assert_eq!(asked_for(world, "DELETE", "/mailFolders/"), 1);
    });
}

#[test]
fn what_stands_against_a_folder_is_said_and_well_known_ones_stay() {
    story(async |world| {
        let program = Program::of(world, ANNA).await;
        let inbox = program.folder("Inbox").await.id;
        let taken = program.ask(Method::POST, "{mailbox}/folders", json!({"name": "DONE", "parent": inbox})).await;
        assert_eq!((taken.status, taken.text("code")), (409, "folder_exists"));
        assert!(taken.text("action").contains("Use the one that is there"), "{}", taken.body);
        for (method, body) in
            [(Method::PATCH, json!({"name": "Post"})), (Method::PATCH, json!({"parent": null})), (Method::DELETE, Value::Null)]
        {
            let refused = program.ask(method, &format!("/api/v1/folders/{inbox}"), body).await;
            assert_eq!((refused.status, refused.text("code")), (422, "folder_well_known"));
        }
        assert_eq!(asked_for(world, "PATCH", "") + asked_for(world, "DELETE", "") + asked_for(world, "POST", "/move"), 0);
    });
}

#[test]
fn a_lost_answer_makes_no_second_folder_and_deletes_nothing_for_good() {
    story(async |world| {
        let program = Program::of(world, ANNA).await;
        for (number, kind) in
            ["answerLost", "gatewayTimeoutAfter", "truncatedBody", "resetBefore", "gatewayTimeout"].into_iter().enumerate()
        {
            let name = format!("Offers {number}");
            fault(world, kind, "POST", "/mailFolders");
            program.done(Method::POST, "{mailbox}/folders", json!({"name": name})).await;
            soon(world).await;
            let folder = program.folder(&name).await;
            let path = format!("/api/v1/folders/{}", folder.id);
            fault(world, kind, "PATCH", "/mailFolders");
            let renamed = program.ask(Method::PATCH, &path, json!({"name": format!("{name} of old")})).await;
            assert!([200, 503].contains(&renamed.status), "{kind}: {}", renamed.body);
            program.done(Method::PATCH, &path, json!({"name": format!("{name} of old")})).await;
            fault(world, kind, "DELETE", "/mailFolders");
            let deleted = program.ask(Method::DELETE, &path, Value::Null).await;
            assert!([204, 502].contains(&deleted.status), "{kind}: {}", deleted.body);
            program.done(Method::DELETE, &path, Value::Null).await;
            soon(world).await;
            let bin = program.folder("Deleted Items").await.graph_id;
            assert_eq!(program.folder(&format!("{name} of old")).await.parent_graph_id, Some(bin), "{kind}");
        }
        // What was there before is not taken for what was made.
        fault(world, "answerLost", "POST", "childFolders");
        let inbox = program.folder("Inbox").await.id;
        let taken = program.ask(Method::POST, "{mailbox}/folders", json!({"name": "Done", "parent": inbox})).await;
        assert_eq!((taken.status, taken.text("code")), (409, "folder_exists"));
        fault(world, "answerLost", "POST", "*/move");
        let done = program.folder("Done").await.id;
        let moved = program.done(Method::PATCH, &format!("/api/v1/folders/{done}"), json!({"parent": null})).await;
        assert_eq!(moved["parent"], Value::Null);
    });
}

#[test]
fn a_rule_moves_mail_on_its_arrival_until_it_is_switched_off() {
    story(async |world| {
        let program = Program::of(world, ANNA).await;
        let done = program.folder("Done").await.id;
        let wanted = json!({
            "name": "Offers", "conditions": {"subject_contains": ["offer"], "sender_contains": ["acme"]},
            "actions": {"move_to_folder": done, "mark_as_read": true, "assign_categories": ["Acme"]},
        });
        let made = program.done(Method::POST, "{mailbox}/rules", wanted).await;
        assert_eq!(made["actions"]["move_to_folder"], json!(done));
        deliver(world, "An-offer");
        deliver(world, "A-question");
        soon(world).await;
        assert_eq!((program.where_is("An-offer").await.as_str(), program.where_is("A-question").await.as_str()), ("Done", "Inbox"));

        let id: String = url::form_urlencoded::byte_serialize(made["id"].as_str().unwrap().as_bytes()).collect();
        let path = format!("{{mailbox}}/rules/{id}");
        let off = program.done(Method::PATCH, &path, json!({"is_enabled": false})).await;
        assert_eq!((&off["is_enabled"], &off["conditions"]), (&json!(false), &made["conditions"]));
        deliver(world, "Another-offer");
        soon(world).await;
        assert_eq!(program.where_is("Another-offer").await, "Inbox");

        let second = json!({"name": "First", "actions": {"forward_to": [{"email": "bo@acme.example"}]}});
        let second = program.done(Method::POST, "{mailbox}/rules", second).await;
        let second_id: String = url::form_urlencoded::byte_serialize(second["id"].as_str().unwrap().as_bytes()).collect();
        program.done(Method::PATCH, &format!("{{mailbox}}/rules/{second_id}"), json!({"sequence": 1})).await;
        let listed = program.done(Method::GET, "{mailbox}/rules", Value::Null).await;
        let names: Vec<&str> = listed["data"].as_array().unwrap().iter().map(|rule| rule["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["First", "Offers"]);
        let lines = audit::list(&world.house.db, WORKSPACE, None, 50).await.unwrap();
        assert!(lines.iter().any(|line| line.action == "rule.create" && line.detail["sends_on_to"] == json!(["bo@acme.example"])));

        program.done(Method::DELETE, &path, Value::Null).await;
        assert_eq!(program.ask(Method::GET, &path, Value::Null).await.status, 404);
        assert_eq!(program.ask(Method::GET, "{mailbox}/rules/nonsense", Value::Null).await.status, 404);
    });
}

#[test]
fn a_lost_answer_makes_no_second_rule() {
    story(async |world| {
        let program = Program::of(world, ANNA).await;
        let wanted = json!({"name": "Twins", "actions": {"mark_as_read": true}});
        let first = program.done(Method::POST, "{mailbox}/rules", wanted.clone()).await;
        fault(world, "answerLost", "POST", "messageRules");
        let second = program.done(Method::POST, "{mailbox}/rules", wanted).await;
        assert_ne!(first["id"], second["id"], "one of the same name was wanted, and is there");
        let listed = program.done(Method::GET, "{mailbox}/rules", Value::Null).await;
        assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn settings_are_set_and_read_back_and_what_cannot_be_is_explained() {
    story(async |world| {
        let program = Program::of(world, ANNA).await;
        let path = "{mailbox}/settings";
        let before = program.done(Method::GET, path, Value::Null).await;
        let day = |days: u64| world.clock.now().plus(Duration::from_secs(days * 86_400)).to_string()[..19].to_owned();
        let replies = json!({
            "status": "scheduled", "external_audience": "contacts_only", "internal_message": "<p>Away</p>", "external_message": "<p>Gone</p>",
            "starts": {"date_time": day(1), "time_zone": "UTC"}, "ends": {"date_time": day(8), "time_zone": "UTC"},
        });
        let wanted = json!({
            "automatic_replies": replies, "time_zone": "W. Europe Standard Time", "language": "de-DE", "date_format": "dd.MM.yyyy",
            "time_format": "HH:mm",
            "working_hours": {"days": ["monday", "friday"], "start": "09:30", "end": "16:00", "time_zone": "Europe/Berlin"},
        });
        let now = program.done(Method::PATCH, path, wanted.clone()).await;
        assert_eq!(program.done(Method::GET, path, Value::Null).await, now);
        for (name, value) in wanted.as_object().unwrap() {
            assert_eq!(&now[name], value, "{name}");
            assert_ne!(now[name], before[name], "{name}");
        }
        let later = program.done(Method::PATCH, path, json!({"automatic_replies": {"status": "disabled"}})).await;
        assert_eq!(later["automatic_replies"]["internal_message"], "<p>Away</p>", "what is not named stays");
        assert_eq!(later["time_zone"], now["time_zone"]);

        let past = json!({"status": "scheduled", "starts": {"date_time": "2001-01-01T00:00:00", "time_zone": "UTC"},
            "ends": {"date_time": "2001-01-02T00:00:00", "time_zone": "UTC"}});
        for (wanted, code) in [
            (json!({"time_zone": "Middle Earth Standard Time"}), "InvalidTimeZone"),
            (json!({"automatic_replies": past}), "ErrorInvalidTimeSettings"),
            (json!({"language": "?"}), "InvalidArguments"),
        ] {
            let refused = program.ask(Method::PATCH, path, wanted).await;
            assert_eq!((refused.status, refused.text("code")), (422, code), "{}", refused.body);
        }
        assert_eq!(program.done(Method::GET, path, Value::Null).await, later);
    });
}

#[test]
fn a_missing_permission_is_named_and_is_there_after_connecting_again() {
    permitting(&SCOPES, async |world| {
        let program = Program::of(world, ANNA).await;
        for (path, permission) in [("{mailbox}/settings", "`MailboxSettings.Read`"), ("{mailbox}/rules", "`MailboxSettings.Read`")] {
            let refused = program.ask(Method::GET, path, Value::Null).await;
            assert_eq!((refused.status, refused.text("code")), (403, "permission_missing"));
            assert!(refused.text("detail").contains(permission), "{}", refused.body);
            assert!(refused.text("action").contains("microsoft.extra_scopes"), "{}", refused.body);
        }
        assert_eq!(asked_for(world, "GET", "mailboxSettings") + asked_for(world, "GET", "messageRules"), 0);
        let reading = [&SCOPES[..], &["MailboxSettings.Read"]].concat();
        world.connect_permitting(ANNA, ConnectionKind::Delegated, &reading).await.unwrap();
        program.done(Method::GET, "{mailbox}/settings", Value::Null).await;
        let refused = program.ask(Method::PATCH, "{mailbox}/settings", json!({"time_zone": "UTC"})).await;
        assert!(refused.status == 403 && refused.text("detail").contains("`MailboxSettings.ReadWrite`"), "{}", refused.body);
    });
}

#[test]
fn an_applications_missing_permission_is_known_from_microsofts_refusal() {
    permitting(&SCOPES, async |world| {
        world.make_shared(SALES, "Sales");
        world.connect(SALES, ConnectionKind::Application).await.unwrap();
        soon(world).await;
        let program = Program::of(world, SALES).await;
        let settings = program.done(Method::GET, "{mailbox}/settings", Value::Null).await;
        assert_eq!(settings["purpose"], "shared");
        let refused = program.ask(Method::PATCH, "{mailbox}/settings", json!({"time_zone": "UTC"})).await;
        assert_eq!((refused.status, refused.text("code")), (403, "permission_missing"));
        assert!(refused.text("action").contains("application permission `MailboxSettings.ReadWrite`"), "{}", refused.body);
        program.done(Method::POST, "{mailbox}/folders", json!({"name": "Leads"})).await;
    });
}
