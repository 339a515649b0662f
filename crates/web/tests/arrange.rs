//! Arranging a mailbox in the console: folders, rules and settings are shown as Microsoft has them, and changed by forms.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use http::Method;
use model::id::FolderId;
use serde_json::{Value, json};
use store::grant::{self, Grant};
use store::{Transaction, folder, mailbox};
use support::browser::Browser;
use support::{House, fixture};

struct Made {
    house: House,
    browser: Browser,
    mail: fixture::Made,
    /// The path of the shared mailbox, which an administrator may arrange.
    path: String,
}

async fn made() -> Made {
    let house = House::new().await;
    let mail = fixture::fill(&house).await;
    let browser = house.administrator().await;
    let path = format!("/mailboxes/{}", mail.shared);
    Made { house, browser, mail, path }
}

/// What Microsoft says of rules and settings.
fn microsoft(method: &Method, path: &str, _: &[u8]) -> Option<(u16, Value)> {
    let rule = json!({
        "id": "AQ/8=", "displayName": "Offers <b>", "sequence": 1, "isEnabled": true,
        "conditions": {"subjectContains": ["offer", "quote"], "hasAttachments": true, "fromAddresses": [{"emailAddress": {"address": "bo@acme.example"}}]},
        "actions": {"moveToFolder": "folder-10", "markAsRead": true, "copyToFolder": "gone"},
    });
    let settings = json!({
        "timeZone": "W. Europe Standard Time", "language": {"locale": "de-DE"}, "dateFormat": "dd.MM.yyyy", "timeFormat": "HH:mm",
        "automaticRepliesSetting": {
            "status": "scheduled", "externalAudience": "all", "internalReplyMessage": "<p onclick=x()>Away</p><script>alert(1)</script>",
            "externalReplyMessage": "",
            "scheduledStartDateTime": {"dateTime": "2026-12-24T12:00:00.0000000", "timeZone": "UTC"},
            "scheduledEndDateTime": {"dateTime": "2026-12-27T12:00:00.0000000", "timeZone": "UTC"},
        },
        "workingHours": {"daysOfWeek": ["monday"], "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": {"name": "Customized Time Zone"}},
    });
    match (method.as_str(), path.rsplit('/').next()?) {
        ("GET", "messageRules") => Some((200, json!({"value": [rule]}))),
        ("POST", "messageRules") => Some((201, rule)),
        ("GET" | "PATCH", _) if path.contains("/messageRules/") => Some((200, rule)),
        (_, "mailboxSettings") => Some((200, settings)),
        ("POST", "mailFolders") => Some((201, json!({"id": "new", "displayName": "Leads"}))),
        _ => None,
    }
}

impl Made {
    /// What was asked of Microsoft last by this method.
    fn last(&self, method: &str) -> String {
        let asked = self.house.microsoft.asked.lock().unwrap();
        asked.iter().rev().find(|asked| asked.starts_with(method)).cloned().unwrap_or_default()
    }

    fn answering(&self) {
        *self.house.microsoft.arranged.lock().unwrap() = Some(microsoft);
    }

    async fn own_folder(&self) -> FolderId {
        let now = self.house.clock.now();
        let like = folder::list(&self.house.state.db, self.mail.shared).await.unwrap().remove(0);
        let id = FolderId::new(now);
        let own = folder::Folder { id, graph_id: "own".into(), display_name: "Leads".into(), well_known: None, ..like };
        self.house.state.db.commit(Transaction::new("test.folder").with(folder::insert(&own))).await.unwrap();
        id
    }
}

#[tokio::test]
async fn folders_are_made_renamed_moved_and_deleted_by_forms() {
    let mut made = made().await;
    made.answering();
    let (own, folders) = (made.own_folder().await, format!("{}/folders", made.path));
    let change = format!("/folders/{own}/change");
    let page = made.browser.shows(&folders, &["A new folder", &change, "data-live-on=\"mailbox. folder.\""]).await;
    assert_eq!(page.text.matches("/change\"").count(), 1, "well-known folders stay as they are");
    assert_eq!(made.browser.submit(&folders, &folders, "name=Leads+2&parent=").await.location(), folders);
    assert!(made.last("POST").contains("/mailFolders {\"displayName\":\"Leads 2\"}"), "{}", made.last("POST"));
    made.browser.shows(&change, &["Rename", "Into", "Put into Deleted Items", "value=\"Leads\""]).await;
    assert_eq!(made.browser.submit(&change, &format!("/folders/{own}/rename"), "name=Old+leads").await.location(), folders);
    assert!(made.last("PATCH").contains("/mailFolders/own {\"displayName\":\"Old leads\"}"));
    assert_eq!(made.browser.submit(&change, &format!("/folders/{own}/move"), "parent=").await.location(), folders);
    assert!(made.last("POST").contains("/mailFolders/own/move {\"destinationId\":\"msgfolderroot\"}"));
    assert_eq!(made.browser.submit(&change, &format!("/folders/{own}/delete"), "").await.location(), folders);
    assert!(made.last("DELETE").contains("/mailFolders/own"));
    let of_a_person = format!("/mailboxes/{}/folders", made.mail.live);
    assert!(
        !made.browser.shows(&of_a_person, &["Kunden"]).await.text.contains("A new folder"),
        "a person's own mailbox is not the administrator's"
    );
}

#[tokio::test]
async fn rules_are_told_in_words_switched_off_and_made() {
    let mut made = made().await;
    made.answering();
    let rules = format!("{}/rules", made.path);
    let words = [
        "Offers &lt;b&gt;",
        "subject contains offer or quote",
        "has attachments",
        "from addresses bo@acme.example",
        "move to folder Inbox",
        "mark as read",
        "a folder that is not here",
        "Switch off",
        "aria-current=\"page\">Rules",
        "/api/v1/mailboxes/",
    ];
    made.browser.shows(&rules, &words).await;
    assert_eq!(made.browser.submit(&rules, &format!("{rules}/change"), "rule=AQ%2F8%3D&wanted=off").await.location(), rules);
    assert!(made.last("PATCH").ends_with("/messageRules/AQ%2F8%3D {\"isEnabled\":false}"), "{}", made.last("PATCH"));
    assert_eq!(made.browser.submit(&rules, &format!("{rules}/change"), "rule=AQ%2F8%3D&wanted=delete").await.location(), rules);
    let form = "name=Acme&from=acme%2C+initech&subject=&folder=&category=Acme&read=yes";
    assert_eq!(made.browser.submit(&rules, &rules, form).await.location(), rules);
    let asked = made.last("POST");
    for part in ["\"senderContains\":[\"acme\",\"initech\"]", "\"assignCategories\":[\"Acme\"]", "\"markAsRead\":true"] {
        assert!(asked.contains(part), "{asked}");
    }
    let nothing = made.browser.submit(&rules, &rules, "name=All&from=&subject=&read=yes").await;
    assert!(nothing.status == 400 && nothing.text.contains("about all mail"), "{}", nothing.text);
}

#[tokio::test]
async fn settings_are_shown_harmless_and_changed_part_by_part() {
    let mut made = made().await;
    made.answering();
    let settings = format!("{}/settings", made.path);
    let words = [
        "value=\"scheduled\" selected",
        "value=\"2026-12-24T12:00\"",
        "value=\"de-DE\"",
        "name=\"day.monday\" value=\"yes\" checked",
        "time zone of its own making",
        "settings/reply?to=internal",
    ];
    let page = made.browser.shows(&settings, &words).await;
    assert!(!page.text.contains("alert(1)") && !page.text.contains("reply?to=external"), "{}", page.text);
    let reply = made.browser.shows(&format!("{settings}/reply?to=internal"), &["<p>Away</p>"]).await;
    assert!(!reply.text.contains("alert(1)") && !reply.text.contains("onclick"), "{}", reply.text);
    assert!(reply.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));

    let form = "part=replies&status=always_enabled&audience=none&zone=UTC&starts=2026-12-24T12%3A00&internal=Back+%3Csoon%3E&external=";
    assert_eq!(made.browser.submit(&settings, &settings, form).await.location(), settings);
    let asked = made.last("PATCH");
    let body: Value = serde_json::from_str(&asked[asked.find('{').unwrap()..]).unwrap();
    assert_eq!(
        body,
        json!({"automaticRepliesSetting": {
            "status": "alwaysEnabled", "externalAudience": "none", "internalReplyMessage": "Back &lt;soon&gt;",
        }})
    );
    let form = "part=hours&day.tuesday=yes&start=09%3A00&end=16%3A30&hours_zone=";
    assert_eq!(made.browser.submit(&settings, &settings, form).await.location(), settings);
    let asked = made.last("PATCH");
    let body: Value = serde_json::from_str(&asked[asked.find('{').unwrap()..]).unwrap();
    assert_eq!(body, json!({"workingHours": {"daysOfWeek": ["tuesday"], "startTime": "09:00:00.0000000", "endTime": "16:30:00.0000000"}}));
}

#[tokio::test]
async fn a_missing_permission_is_explained_on_the_page_and_every_page_keeps_the_policy() {
    let mut made = made().await;
    let live = format!("/mailboxes/{}", made.mail.live);
    for page in ["rules", "settings"] {
        made.browser.shows(&format!("{live}/{page}"), &["MailboxSettings.Read", "MICROSOFT_EXTRA_SCOPES"]).await;
    }
    let connection = mailbox::find(&made.house.state.db, made.mail.live).await.unwrap().unwrap().connection;
    let known = grant::find(&made.house.state.db, connection).await.unwrap().unwrap();
    let wider = Grant { scopes: "Mail.ReadWrite MailboxSettings.ReadWrite".into(), ..known };
    made.house.state.db.commit(Transaction::new("test.grant").with(grant::put(&wider))).await.unwrap();
    made.answering();
    made.browser
        .shows(&format!("{live}/settings"), &["Only the mailbox's own person can change them", "<fieldset class=\"fields\" disabled>"])
        .await;
    let own = made.own_folder().await;
    for path in [
        format!("{}/folders", made.path),
        format!("{}/rules", made.path),
        format!("{}/settings", made.path),
        format!("/folders/{own}/change"),
    ] {
        let page = made.browser.shows(&path, &["id=\"keys\""]).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}");
        assert!(!page.text.contains(" style=") && !page.text.contains("<b>"), "{path}");
        assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
    }
}
