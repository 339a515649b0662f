//! Who may read what, and the shapes of the refusals.

use crate::world::{ANNA, World, world};
use microsoft365_sim::Caller;
use microsoft365_sim::control::NewUser;

async fn outcome(world: &World, caller: &Caller, path: &str) -> (u16, String) {
    let answer = world.get_as(caller, path).await;
    (answer.status, if answer.status < 300 { String::new() } else { answer.code() })
}

fn denied() -> (u16, String) {
    (403, "ErrorAccessDenied".to_owned())
}

fn fine() -> (u16, String) {
    (200, String::new())
}

#[tokio::test]
async fn a_delegated_token_opens_its_own_mailbox_and_shared_ones_with_the_right_scope() {
    let world = world();
    let own = world.person(&["Mail.Read"]);
    assert_eq!(outcome(&world, &own, "/me/messages").await, fine());
    assert_eq!(outcome(&world, &own, &format!("/users/{ANNA}/messages")).await, fine());
    assert_eq!(outcome(&world, &own, "/users/ben@contoso.example/messages").await, denied());
    assert_eq!(outcome(&world, &own, "/users/sales@contoso.example/messages").await, denied());
    let shared = world.person(&["Mail.Read.Shared"]);
    assert_eq!(outcome(&world, &shared, "/users/sales@contoso.example/messages").await, fine());
    assert_eq!(outcome(&world, &shared, "/users/ben@contoso.example/messages").await, denied());
    assert_eq!(outcome(&world, &world.person(&["User.Read"]), "/me/mailFolders").await, denied());
}

#[tokio::test]
async fn an_app_reads_every_mailbox_but_has_no_me() {
    let world = world();
    let app = world.app(&["Mail.Read"]);
    assert_eq!(outcome(&world, &app, "/users/ben@contoso.example/mailFolders").await, fine());
    assert_eq!(outcome(&world, &app, "/me/messages").await, (400, "BadRequest".to_owned()));
    assert_eq!(outcome(&world, &world.app(&["User.Read.All"]), "/users/ben@contoso.example/messages").await, denied());
    assert_eq!(outcome(&world, &app, "/users/nobody@contoso.example/messages").await, (404, "ErrorInvalidUser".to_owned()));
    let guest = NewUser { without_mailbox: true, ..NewUser::person("guest@contoso.example", "G") };
    world.control().create_user(guest).unwrap();
    let none = outcome(&world, &app, "/users/guest@contoso.example/messages").await;
    assert_eq!(none, (404, "MailboxNotEnabledForRESTAPI".to_owned()));
}

#[tokio::test]
async fn basic_permissions_show_no_bodies() {
    let world = world();
    let id = world.deliver("inbox", "a").id;
    for caller in [world.person(&["Mail.ReadBasic"]), world.app(&["Mail.ReadBasic.All"])] {
        let owner = format!("/users/{ANNA}");
        let json = world.get_as(&caller, &format!("{owner}/messages/{id}")).await.json();
        assert_eq!(json["subject"], "a");
        assert!(json.get("body").is_none() && json.get("bodyPreview").is_none());
        for path in ["/messages?$select=body", "/messages?$expand=attachments"] {
            assert_eq!(outcome(&world, &caller, &format!("{owner}{path}")).await, denied(), "{path}");
        }
        assert_eq!(outcome(&world, &caller, &format!("{owner}/messages/{id}/$value")).await, denied());
        assert_eq!(outcome(&world, &caller, &format!("{owner}/messages/{id}/attachments")).await, denied());
    }
    world.control().configure(|config| config.graph.basic_select_refused = false);
    let json = world.get_as(&world.person(&["Mail.ReadBasic"]), "/me/messages?$select=subject,body").await.json();
    assert!(json["value"][0].get("body").is_none());
}
