//! Users of the directory.

use crate::world::{ANNA, exhaust, world};
use microsoft365_sim::control::NewUser;

#[tokio::test]
async fn me_and_a_user_have_the_eleven_properties() {
    let world = world();
    let me = world.get("/me").await.json();
    let mut keys: Vec<_> = me.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "@odata.context",
            "businessPhones",
            "displayName",
            "givenName",
            "id",
            "jobTitle",
            "mail",
            "mobilePhone",
            "officeLocation",
            "preferredLanguage",
            "surname",
            "userPrincipalName"
        ]
    );
    assert_eq!((me["id"].as_str(), me["mail"].as_str()), (Some(&*world.anna.id), Some(ANNA)));
    assert_eq!(me["@odata.context"], "https://graph.example/v1.0/$metadata#users/$entity");
    let app = world.app(&["User.Read.All"]);
    let ben = world.get_as(&app, &format!("/users/{}?$select=id,accountEnabled,proxyAddresses", world.ben.id)).await.json();
    assert_eq!(ben["proxyAddresses"][0], "SMTP:ben@contoso.example");
    assert_eq!(world.get_as(&app, "/users('sales@contoso.example')").await.json()["displayName"], "Sales");
}

#[tokio::test]
async fn users_come_in_pages_and_are_filtered() {
    let world = world();
    for number in 0..7 {
        world.control().create_user(NewUser::person(&format!("p{number}@contoso.example"), &format!("Person {number}"))).unwrap();
    }
    let app = world.app(&["User.Read.All"]);
    let mut link = "/users?$top=4&$select=id,userPrincipalName".to_owned();
    let mut names = Vec::new();
    loop {
        let answer = world.get_as(&app, &link).await;
        names.extend(answer.column("userPrincipalName"));
        match answer.json()["@odata.nextLink"].as_str() {
            Some(next) => link = next.to_owned(),
            None => break,
        }
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 10);
    for (filter, count) in [
        ("startswith(displayName,'Person')", 7),
        ("mail eq 'ben@contoso.example'", 1),
        ("proxyAddresses/any(p:p eq 'SMTP:anna@contoso.example')", 1),
        ("accountEnabled eq false", 1),
    ] {
        assert_eq!(world.get_as(&app, &format!("/users?$filter={filter}")).await.column("id").len(), count, "{filter}");
    }
    assert_eq!(world.get_as(&app, "/users?$top=1000").await.code(), "Request_BadRequest");
    assert_eq!(world.get_as(&app, "/users?$search=\"displayName:per\"").await.code(), "Request_UnsupportedQuery");
}

#[tokio::test]
async fn the_directory_refuses_in_its_own_words() {
    let world = world();
    let app = world.app(&["User.Read.All"]);
    let missing = world.get_as(&app, "/users/nobody@contoso.example").await;
    assert_eq!((missing.status, missing.code().as_str()), (404, "Request_ResourceNotFound"));
    let denied = world.get_as(&world.person(&["User.Read"]), "/users").await;
    assert_eq!((denied.status, denied.code().as_str()), (403, "Authorization_RequestDenied"));
    assert_eq!(world.get_as(&app, "/me").await.code(), "BadRequest");
    assert_eq!(world.get_as(&app, "/users?$select=skills").await.code(), "Request_BadRequest");
    assert_eq!(exhaust(&world, "/me/mailFolders?$top=2", &[]).await.0.len(), 8);
}
