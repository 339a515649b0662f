//! Contacts: folders, properties, deltas, photos, permissions, notifications, and the control plane.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use microsoft365_sim::ids::Ids;
use microsoft365_sim::{Request, graph};
use serde_json::{Value, json};

use crate::notifications::{subscribe, told};
use crate::world::{ANNA, Listener, ORIGIN, SALES, World, text, world, world_with};

const DELTA: &str = "/me/contacts/delta";
const IMMUTABLE: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");

fn ada() -> Value {
    json!({
        "givenName": "Ada", "middleName": "Byron", "surname": "Lovelace", "title": "Dr.", "jobTitle": "Chief Engineer",
        "companyName": "Analytical Engines BV", "businessPhones": ["+31 20 123 4567"], "mobilePhone": "+31 6 1234 5678",
        "birthday": "1815-12-10T00:00:00Z", "categories": ["Engineering"],
        "emailAddresses": [{"name": "Ada Lovelace", "address": "ada@example.test"}, {"address": "ada@home.example.test"}],
        "businessAddress": {"street": "Keizersgracht 1", "city": "Amsterdam", "countryOrRegion": "Netherlands"},
    })
}

async fn round(world: &World, link: &str) -> (Vec<Value>, String) {
    let (rows, last) = world.exhaust(link, &[IMMUTABLE]).await;
    (rows, text(&last, "@odata.deltaLink"))
}

#[tokio::test]
async fn a_contact_has_the_captured_keys_and_is_changed_in_part() {
    let world = world();
    let made = world.post("/me/contacts", ada()).await;
    assert_eq!(made.status, 201);
    let json = made.json();
    let keys = [
        "assistantName",
        "birthday",
        "businessAddress",
        "businessHomePage",
        "businessPhones",
        "categories",
        "changeKey",
        "children",
        "companyName",
        "createdDateTime",
        "department",
        "displayName",
        "emailAddresses",
        "fileAs",
        "generation",
        "givenName",
        "homeAddress",
        "homePhones",
        "id",
        "imAddresses",
        "initials",
        "jobTitle",
        "lastModifiedDateTime",
        "manager",
        "middleName",
        "mobilePhone",
        "nickName",
        "officeLocation",
        "otherAddress",
        "parentFolderId",
        "personalNotes",
        "primaryEmailAddress",
        "profession",
        "secondaryEmailAddress",
        "spouseName",
        "surname",
        "title",
        "yomiCompanyName",
        "yomiGivenName",
        "yomiSurname",
    ];
    let own: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).filter(|name| !name.contains('@')).collect();
    assert_eq!(own, keys);
    assert_eq!((&json["displayName"], &json["birthday"]), (&json!("Ada Byron Lovelace"), &json!("1815-12-10T11:59:00Z")));
    assert_eq!((&json["homeAddress"], &json["homePhones"], &json["manager"]), (&json!({}), &json!([]), &Value::Null));
    let path = format!("/me/contacts/{}", text(&json, "id"));
    let changed = world.patch(&path, json!({"jobTitle": "Director", "homePhones": ["08123456789"]})).await.json();
    assert_eq!((&changed["jobTitle"], &changed["surname"]), (&json!("Director"), &json!("Lovelace")));
    assert_ne!(changed["changeKey"], json["changeKey"]);
    let stale = [("if-match", json["@odata.etag"].as_str().unwrap())];
    let refused = world.call(&world.owner(), Method::PATCH, &path, &stale, &json!({"jobTitle": "x"})).await;
    assert_eq!(refused.outcome(), (412, "ErrorIrresolvableConflict".to_owned()));
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&path).await.outcome(), (404, "ErrorItemNotFound".to_owned()));
}

#[tokio::test]
async fn folders_nest_and_the_default_one_is_not_listed() {
    let world = world();
    assert!(world.get("/me/contactFolders").await.rows().is_empty());
    let made = world.post("/me/contactFolders", json!({"displayName": "Customers"})).await.json();
    let path = format!("/me/contactFolders/{}", text(&made, "id"));
    let child = world.post(&format!("{path}/childFolders"), json!({"displayName": "Jakarta"})).await.json();
    assert_eq!(child["parentFolderId"], made["id"]);
    let contact = world.post(&format!("/me/contactFolders/{}/contacts", text(&child, "id")), ada()).await.json();
    let own = world.post("/me/contacts", json!({"givenName": "Own"})).await.json();
    assert_eq!((&contact["parentFolderId"], &own["parentFolderId"]), (&child["id"], &made["parentFolderId"]));
    assert_eq!(world.get("/me/contacts").await.column("displayName"), ["Own"], "only the default folder");
    assert_eq!(world.get("/me/contactFolders/contacts").await.json()["id"], own["parentFolderId"]);
    assert_eq!(
        world.post("/me/contactFolders", json!({"displayName": "customers"})).await.outcome(),
        (409, "ErrorFolderExists".to_owned())
    );
    assert_eq!(world.patch(&path, json!({"displayName": "Clients"})).await.json()["displayName"], "Clients");
    assert_eq!(world.delete("/me/contactFolders/contacts").await.status, 400);
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&format!("/me/contacts/{}", text(&contact, "id"))).await.status, 404);
}

#[tokio::test]
async fn contacts_are_found_by_address_and_ordered_by_name() {
    let world = world();
    world.post("/me/contacts", ada()).await;
    world.post("/me/contacts", json!({"givenName": "Aaron"})).await;
    let by_address = world.get("/me/contacts?$filter=emailAddresses/any(a:a/address eq 'ADA@home.example.test')").await;
    assert_eq!(by_address.column("givenName"), ["Ada"]);
    assert_eq!(
        world.get("/me/contacts?$orderby=displayName&$select=displayName").await.column("displayName"),
        ["Aaron", "Ada Byron Lovelace"]
    );
    let phone = world.call_unseen(&world.owner(), Method::GET, "/me/contacts?$filter=mobilePhone eq '1'", &[], &Value::Null).await;
    assert_eq!(phone.outcome(), (400, "ErrorInvalidUrlQueryFilter".to_owned()));
}

#[tokio::test]
async fn a_delta_gives_whole_contacts_once_and_tombstones() {
    let world = world();
    let control = world.control();
    let (kept, gone) =
        (control.create_contact(ANNA, "contacts", &ada()).unwrap(), control.create_contact(ANNA, "contacts", &ada()).unwrap());
    let (rows, link) = round(&world, DELTA).await;
    assert_eq!(rows.len(), 2);
    assert!(rows[0]["@odata.type"] == "#microsoft.graph.contact" && rows[0]["surname"] == "Lovelace");
    control.change_contact(ANNA, &kept, &json!({"jobTitle": "a"})).unwrap();
    control.change_contact(ANNA, &kept, &json!({"jobTitle": "b"})).unwrap();
    control.delete_contact(ANNA, &gone).unwrap();
    let (rows, link) = round(&world, &link).await;
    assert_eq!((rows.len(), &rows[0]["jobTitle"], text(&rows[1], "id")), (2, &json!("b"), gone));
    assert_eq!(rows[1].as_object().unwrap().len(), 3);
    assert!(round(&world, &link).await.0.is_empty());
    let (rows, _) = round(&world, &format!("{DELTA}?$select=givenName")).await;
    assert_eq!(rows[0].as_object().unwrap().len(), 4);
    let caller = world.owner();
    for (path, code) in [(format!("{DELTA}?$top=5"), "ErrorInvalidUrlQuery"), (format!("{DELTA}?$deltatoken=bogus"), "BadRequest")] {
        assert_eq!(world.call_unseen(&caller, Method::GET, &path, &[], &Value::Null).await.outcome(), (400, code.to_owned()));
    }
    control.configure(|config| config.graph.contact_delta_takes_select = false);
    assert_eq!(world.call_unseen(&caller, Method::GET, &format!("{DELTA}?$select=givenName"), &[], &Value::Null).await.status, 400);
}

#[tokio::test]
async fn folders_have_a_delta_too() {
    let world = world();
    let control = world.control();
    let first = control.create_contact_folder(ANNA, "contacts", "A").unwrap();
    control.create_contact_folder(ANNA, &first, "B").unwrap();
    let (rows, last) = world.exhaust("/me/contactFolders/delta", &[("prefer", "odata.maxpagesize=1")]).await;
    assert_eq!(rows.iter().map(|row| text(row, "displayName")).collect::<Vec<_>>(), ["A", "B"]);
    let (rows, folder_link) = (rows.len(), text(&last, "@odata.deltaLink"));
    assert_eq!(rows, 2);
    let (_, contact_link) = round(&world, &format!("/me/contactFolders/{first}/contacts/delta")).await;
    control.delete_contact_folder(ANNA, &first).unwrap();
    let (rows, _) = world.exhaust(&folder_link, &[]).await;
    assert!(rows.len() == 2 && rows.iter().all(|row| row["@removed"]["reason"] == "deleted"));
    assert_eq!(world.get(&contact_link).await.outcome(), (404, "ErrorSyncFolderNotFound".to_owned()));
}

#[tokio::test]
async fn a_mirror_that_follows_the_delta_equals_the_folder() {
    for seed in 0..30u64 {
        let world = world_with(|config| {
            config.seed = seed;
            config.graph.delta_empty_page_probability = if seed % 2 == 0 { 0.3 } else { 0.0 };
            config.graph.delta_replayed_lines = seed % 4;
        });
        let control = world.control();
        let mut draw = Ids::new(seed);
        let mut mirror: BTreeMap<String, String> = BTreeMap::new();
        let mut link = DELTA.to_owned();
        for step in 0..30 {
            for _ in 0..draw.below(3) {
                let known = control.contacts(ANNA).unwrap().folders[0].contacts.clone();
                let any = known.get(usize::try_from(draw.below(known.len().max(1) as u64)).unwrap()).map(|one| one.id.clone());
                match (draw.below(4), any) {
                    (0, Some(id)) => control.delete_contact(ANNA, &id).unwrap(),
                    (1, Some(id)) => control.change_contact(ANNA, &id, &json!({"jobTitle": format!("n{step}")})).unwrap(),
                    _ => drop(control.create_contact(ANNA, "contacts", &ada()).unwrap()),
                }
            }
            let answer = world.get_with(&link, &[IMMUTABLE, ("prefer", "odata.maxpagesize=2")]).await.json();
            answer["value"].as_array().unwrap().iter().for_each(|row| apply(&mut mirror, row));
            let next = text(&answer, "@odata.nextLink");
            link = if next.is_empty() { text(&answer, "@odata.deltaLink") } else { next };
        }
        // Twice: the round that is under way, and the one that tells what happened during it.
        for _ in 0..2 {
            let (rows, last) = world.exhaust(&link, &[IMMUTABLE]).await;
            rows.iter().for_each(|row| apply(&mut mirror, row));
            link = text(&last, "@odata.deltaLink");
        }
        let state = control.contacts(ANNA).unwrap();
        let there: BTreeMap<_, _> = state.folders[0].contacts.iter().map(|one| (one.id.clone(), one.change_key.clone())).collect();
        assert_eq!(mirror, there, "seed {seed}");
    }
}

fn apply(mirror: &mut BTreeMap<String, String>, row: &Value) {
    match row.get("@removed") {
        Some(_) => drop(mirror.remove(&text(row, "id"))),
        None => drop(mirror.insert(text(row, "id"), text(row, "changeKey"))),
    }
}

#[tokio::test]
async fn a_photo_is_put_described_read_and_taken_away() {
    let world = world();
    let path = format!("/me/contacts/{}/photo", world.control().create_contact(ANNA, "contacts", &ada()).unwrap());
    assert_eq!(world.get(&path).await.outcome(), (404, "ImageNotFound".to_owned()));
    let jpeg: &[u8] = &[0xFF, 0xD8, 0xFF, 0xC0, 0, 17, 8, 1, 0x90, 2, 0x58, 3];
    let put = async |content_type: &str| {
        let request = http::Request::put(format!("{ORIGIN}/v1.0{path}/$value")).header("content-type", content_type);
        let request = request.body(Bytes::from_static(jpeg)).unwrap();
        graph::answer(&world.sim, &Request::read(request), &world.owner()).await.status().as_u16()
    };
    assert_eq!((put("text/plain").await, put("image/jpeg").await), (400, 200));
    let described = world.get(&path).await.json();
    assert_eq!((&described["id"], &described["width"]), (&json!("600x400"), &json!(600)));
    assert_eq!(world.get(&format!("{path}/$value")).await.body.as_ref(), jpeg);
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
}

#[tokio::test]
async fn contacts_open_to_who_may_and_are_told_to_who_watches() {
    let world = world();
    let outcome = async |caller, path: &str| world.call(&caller, Method::GET, path, &[], &Value::Null).await.status;
    assert_eq!(outcome(world.person(&["Contacts.Read"]), "/me/contacts").await, 200);
    assert_eq!(outcome(world.person(&["Mail.Read"]), "/me/contacts").await, 403);
    assert_eq!(outcome(world.person(&["Contacts.Read"]), &format!("/users/{SALES}/contacts")).await, 403);
    assert_eq!(outcome(world.person(&["Contacts.Read.Shared"]), &format!("/users/{SALES}/contacts")).await, 200);
    assert_eq!(outcome(world.app(&["Contacts.Read"]), &format!("/users/{ANNA}/contactFolders/delta")).await, 200);
    let made = world.call(&world.person(&["Contacts.Read"]), Method::POST, "/me/contacts", &[], &ada()).await;
    assert_eq!(made.outcome(), (403, "ErrorAccessDenied".to_owned()));
    let listener = Listener::on(&world);
    assert_eq!(subscribe(&world, &["Contacts.Read"], "me/contacts").await.0, 201);
    assert_eq!(subscribe(&world, &["Mail.Read"], "me/contacts").await.0, 403);
    let id = world.control().create_contact(ANNA, "contacts", &ada()).unwrap();
    world.control().change_contact(ANNA, &id, &json!({"title": "x"})).unwrap();
    world.delete(&format!("/me/contacts/{id}")).await;
    let items = listener.take(&world).await;
    let mut kinds = told(&items);
    kinds.sort_unstable();
    assert_eq!(kinds, ["created", "deleted", "updated"]);
    assert_eq!((text(&items[0], "resourceData/id"), text(&items[0], "resourceData/@odata.type")), (id, "#Microsoft.Graph.Contact".into()));
}
