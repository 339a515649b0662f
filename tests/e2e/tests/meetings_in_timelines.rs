//! Meetings in timelines, told on the simulator: whoever of a customer is invited brings the meeting into its timeline, once for all
//! calendars that have it, and it moves, hides, is called off and goes as it does at Microsoft.
#![allow(clippy::unwrap_used, reason = "a story stops where something is wrong")]

use std::time::Duration;

use api::access::{Asker, Mailboxes, Scopes, Sight, Who};
use api::{read, view};
use base::Timestamp;
use e2e::story::{on_a_world, rest};
use e2e::world::{WORKSPACE, World, small_pieces};
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::id::{CustomerId, PersonId};
use serde_json::{Value, json};
use store::connection::ConnectionKind;
use store::customer::Wanted;
use store::timeline::Owner;
use store::{Statement, Transaction, customer, person};

const ANNA: &str = "anna@contoso.example";
const BEN: &str = "ben@contoso.example";
const BO: &str = "bo@acme.example";
const ADA: &str = "ada@fabrikam.example";
const HOUR: Duration = Duration::from_secs(3600);

/// Anna's and Ben's mail and calendars, and a mail of Bo and of Ada, which made them and their customers known.
fn story(seed: u64, told: impl AsyncFnOnce(&mut World)) {
    on_a_world(seed, small_pieces(), async |world, _| {
        for (address, name) in [(ANNA, "Anna Alm"), (BEN, "Ben Berg")] {
            world.make_person(address, name);
        }
        for from in [BO, ADA] {
            let mail = json!({
                "subject": format!("Hello from {from}"),
                "from": { "emailAddress": { "address": from } },
                "toRecipients": [{ "emailAddress": { "address": ANNA } }],
                "body": { "contentType": "text", "content": "Hello." },
            });
            world.sim.control().deliver_json(ANNA, "inbox", &mail, DeliverOptions::default()).unwrap();
        }
        for address in [ANNA, BEN] {
            world.connect(address, ConnectionKind::Delegated).await.unwrap();
            world.connect_calendars(address).await.unwrap();
        }
        assert!(rest(world, HOUR).await);
        told(world).await;
    });
}

fn asker(address: &str) -> Asker {
    let who = Who::Person { subject: address.into(), email: Some(address.into()), user_id: None };
    Asker { workspace: WORKSPACE, who, scopes: Scopes::PERSON, mailboxes: Mailboxes::All }
}

async fn customer_of(world: &World, domain: &str) -> CustomerId {
    let wanted = Wanted { prefix: Some(domain), seen_in: None };
    customer::list_latest(&world.house.db, WORKSPACE, wanted, None, 1).await.unwrap().remove(0).id
}

async fn person_of(world: &World, address: &str) -> PersonId {
    person::by_addresses(&world.house.db, WORKSPACE, &[address]).await.unwrap().remove(0).person
}

/// The meetings of a timeline as somebody sees them, the latest first.
async fn meetings(world: &World, owner: Owner, by: &Asker) -> Vec<(view::CalendarEvent, String)> {
    let db = &world.house.db;
    let sight = Sight::of(db, by).await.unwrap();
    let page = read::timeline::page(db, by, &sight, owner, None, 100).await.unwrap();
    page.data.into_iter().filter_map(|entry| Some((entry.meeting?, entry.because?))).collect()
}

async fn subjects(world: &World, owner: Owner, by: &str) -> Vec<String> {
    let found = meetings(world, owner, &asker(by)).await;
    found.into_iter().map(|(event, _)| event.subject.unwrap_or_else(|| "-".to_owned())).collect()
}

/// So many hours from now.
fn at(world: &World, hours: i64) -> Timestamp {
    Timestamp::from_millis(world.clock.now().millis() / 3_600_000 * 3_600_000 + hours * 3_600_000)
}

fn written(at: Timestamp) -> Value {
    let text = at.to_string();
    json!({"dateTime": text.trim_end_matches('Z').split('.').next().unwrap(), "timeZone": "UTC"})
}

fn meeting(world: &World, subject: &str, hours: i64, attendees: &[&str]) -> Value {
    let attendees: Vec<Value> = attendees.iter().map(|address| json!({"type": "required", "emailAddress": {"address": address}})).collect();
    json!({"subject": subject, "start": written(at(world, hours)), "end": written(at(world, hours + 1)), "attendees": attendees})
}

async fn commit(world: &World, statements: Vec<Statement>) {
    world.house.db.commit(Transaction::new("test").with_all(statements)).await.unwrap();
    assert!(rest(world, HOUR).await);
}

#[test]
fn an_invitation_brings_a_meeting_into_the_timeline_where_it_moves_and_is_called_off() {
    story(1, async |world| {
        let (acme, bo) = (Owner::Customer(customer_of(world, "acme.example").await), Owner::Person(person_of(world, BO).await));
        assert!(meetings(world, acme, &asker(ANNA)).await.is_empty());
        let control = world.sim.control();
        let made = control.create_event(ANNA, None, &meeting(world, "Offer", 30, &[BEN, "Bo@acme.example"])).unwrap();
        control.create_event(ANNA, None, &meeting(world, "Among us", 31, &[BEN])).unwrap();
        assert!(rest(world, HOUR).await);
        for (owner, by) in [(acme, ANNA), (acme, BEN), (bo, ANNA), (bo, BEN)] {
            let found = meetings(world, owner, &asker(by)).await;
            assert_eq!(found.len(), 1, "two calendars have it, it is one entry");
            assert_eq!(found[0].1, "because bo@acme.example is invited");
            assert_eq!(found[0].0.is_organizer, by == ANNA, "one's own copy is shown");
        }
        let later = at(world, 50);
        control.change_event(ANNA, &made.id, &json!({"start": written(later), "end": written(at(world, 51))})).unwrap();
        assert!(rest(world, HOUR).await);
        let moved = meetings(world, acme, &asker(BEN)).await;
        assert_eq!(moved.iter().map(|one| one.0.start_at).collect::<Vec<_>>(), [later]);
        world.sim.control().delete_event(ANNA, &made.id).unwrap();
        assert!(rest(world, HOUR).await);
        let off = meetings(world, bo, &asker(ANNA)).await;
        assert_eq!(off.iter().map(|one| one.0.is_cancelled).collect::<Vec<_>>(), [true], "Ben still has it, as called off");
    });
}

#[test]
fn a_private_meeting_is_in_ones_own_sight_only() {
    story(2, async |world| {
        let acme = Owner::Customer(customer_of(world, "acme.example").await);
        let mut secret = meeting(world, "Between us", 30, &[BO]);
        secret["sensitivity"] = json!("private");
        let made = world.sim.control().create_event(ANNA, None, &secret).unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(subjects(world, acme, ANNA).await, ["Between us"]);
        assert!(subjects(world, acme, BEN).await.is_empty());
        assert!(meetings(world, acme, &Asker::administrator(WORKSPACE)).await.is_empty());
        world.sim.control().change_event(ANNA, &made.id, &json!({"sensitivity": "normal"})).unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(subjects(world, acme, BEN).await, ["Between us"]);
    });
}

#[test]
fn a_series_is_there_with_each_of_its_days_once_also_with_one_that_was_moved() {
    story(3, async |world| {
        let acme = Owner::Customer(customer_of(world, "acme.example").await);
        let mut weekly = meeting(world, "Weekly", 24, &[BO, BEN]);
        let date = weekly["start"]["dateTime"].as_str().unwrap()[..10].to_owned();
        let range = json!({"type": "numbered", "startDate": date, "numberOfOccurrences": 4});
        weekly["recurrence"] = json!({"pattern": {"type": "daily", "interval": 2}, "range": range});
        let made = world.sim.control().create_event(ANNA, None, &weekly).unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(subjects(world, acme, ANNA).await, ["Weekly"; 4]);
        let all = meetings(world, acme, &asker(ANNA)).await;
        let moved = at(world, 24 * 9);
        let change = json!({"subject": "Weekly, moved", "start": written(moved), "end": written(at(world, 24 * 9 + 1))});
        let occurrence = all.iter().max_by_key(|one| one.0.start_at).unwrap().0.provider_id.clone();
        world.sim.control().change_event(ANNA, &occurrence, &change).unwrap();
        assert!(rest(world, HOUR).await);
        for by in [ANNA, BEN] {
            assert_eq!(subjects(world, acme, by).await, ["Weekly, moved", "Weekly", "Weekly", "Weekly"], "{by}");
        }
        world
            .sim
            .control()
            .change_event(ANNA, &made.id, &json!({"attendees": [{"type": "required", "emailAddress": {"address": BEN}}]}))
            .unwrap();
        assert!(rest(world, HOUR).await);
        assert!(subjects(world, acme, ANNA).await.iter().all(|subject| subject == "Weekly, moved"), "who is in a series is in its days");
    });
}

#[test]
fn what_is_said_of_a_person_by_hand_moves_its_meetings_too() {
    story(4, async |world| {
        let (acme, fabrikam) = (customer_of(world, "acme.example").await, customer_of(world, "fabrikam.example").await);
        world.sim.control().create_event(ANNA, None, &meeting(world, "Offer", 30, &[BO])).unwrap();
        world.sim.control().create_event(BEN, None, &meeting(world, "Review", 20, &[ADA, "new@fabrikam.example"])).unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(subjects(world, Owner::Customer(acme), ANNA).await, ["Offer"]);
        let bo = person_of(world, BO).await;
        commit(world, person::set_customer(WORKSPACE, bo, Some(fabrikam), "test", world.clock.now())).await;
        assert!(subjects(world, Owner::Customer(acme), ANNA).await.is_empty());
        assert_eq!(subjects(world, Owner::Customer(fabrikam), ANNA).await, ["Offer", "Review"]);
        commit(world, customer::merge(WORKSPACE, fabrikam, acme, "test", world.clock.now())).await;
        assert_eq!(subjects(world, Owner::Customer(acme), ANNA).await, ["Offer", "Review"]);
    });
}

#[test]
fn who_is_in_events_that_an_older_program_kept_is_noted_when_their_calendar_is_next_read() {
    story(5, async |world| {
        let acme = Owner::Customer(customer_of(world, "acme.example").await);
        world.sim.control().create_event(ANNA, None, &meeting(world, "Offer", 30, &[BO])).unwrap();
        assert!(rest(world, HOUR).await);
        let forget = ["UPDATE calendar_event SET uid = NULL, private = 0", "DELETE FROM calendar_event_party"];
        let forgotten = Transaction::new("test").with_all(forget.map(|sql| Statement::new(sql, [])));
        world.house.db.commit(forgotten).await.unwrap();
        assert!(subjects(world, acme, ANNA).await.is_empty());
        assert!(rest(world, HOUR).await);
        assert_eq!(subjects(world, acme, ANNA).await, ["Offer"]);
    });
}
