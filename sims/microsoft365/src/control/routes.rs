//! Which path of `/_sim/` does what. The crate's README lists them for people.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::http::Order;
use super::{Control, ControlError, Delivery, NewUser, calendar, contacts, outside};
use crate::config::Config;
use crate::directory::{App, Tenant, User};
use crate::faults::Schedule;
use crate::graph::subscriptions::Lifecycle;
use crate::mailbox::DeliverOptions;

type Done = Result<(u16, Value), ControlError>;

/// Does what the order says.
///
/// # Errors
/// Those of the operation; [`ControlError::NotFound`] for a path that is not there.
pub async fn obey(control: &Control, order: &Order<'_>) -> Done {
    let path: Vec<&str> = order.path.iter().map(String::as_str).collect();
    match (order.request.method.as_str(), path.as_slice()) {
        (method, ["users", rest @ ..]) => users(control, order, method, rest),
        (method, ["apps", rest @ ..]) => apps(control, order, method, rest),
        (method, ["mailboxes", rest @ ..]) => mailboxes(control, order, method, rest),
        (method, ["outside", rest @ ..]) => outside::obey(control, order, method, rest).unwrap_or_else(|| not_here(order)),
        ("POST", ["notifications", "deliver"]) => {
            let calls = control.sim.deliver_due_notifications().await;
            Ok((200, json!({"calls": calls, "nextDue": control.sim.next_notification_due()})))
        }
        (method, rest) => cloud(control, order, method, rest),
    }
}

fn users(control: &Control, order: &Order<'_>, method: &str, rest: &[&str]) -> Done {
    match (method, rest) {
        ("GET", []) => Ok((200, json!({"value": control.users()}))),
        ("POST", []) => Ok((201, json!(control.create_user(order.body::<NewUser>()?)?))),
        ("GET", [name]) => Ok((200, json!(control.user(name)?))),
        ("PATCH", [name]) => {
            let changed: User = merged(&control.user(name)?, order)?;
            Ok((200, json!(control.change_user(name, |user| *user = changed)?)))
        }
        ("DELETE", [name]) => control.delete_user(name).map(|()| (204, Value::Null)),
        ("POST", [name, "revoke"]) => match control.revoke_sessions(name) {
            true => Ok((204, Value::Null)),
            false => Err(ControlError::NotFound((*name).to_owned())),
        },
        _ => not_here(order),
    }
}

fn apps(control: &Control, order: &Order<'_>, method: &str, rest: &[&str]) -> Done {
    match (method, rest) {
        ("GET", []) => Ok((200, json!({"value": control.apps()}))),
        ("POST", []) => {
            let app: App = order.body()?;
            control.put_app(app.clone());
            Ok((201, json!(app)))
        }
        ("PATCH", [id]) => {
            let known = control.apps().into_iter().find(|app| app.id.eq_ignore_ascii_case(id));
            let changed: App = merged(&known.ok_or_else(|| ControlError::NotFound((*id).to_owned()))?, order)?;
            Ok((200, json!(control.change_app(id, |app| *app = changed)?)))
        }
        ("POST", [id, "secrets"]) => {
            #[derive(Deserialize)]
            struct Wanted {
                value: Option<String>,
                expires: Option<jiff::Timestamp>,
            }
            let wanted: Wanted = order.body()?;
            Ok((201, json!(control.add_secret(id, wanted.value, wanted.expires)?)))
        }
        ("POST", [id, "certificates"]) => certificates(control, order, id),
        _ => not_here(order),
    }
}

fn certificates(control: &Control, order: &Order<'_>, app: &str) -> Done {
    #[derive(Deserialize)]
    struct Wanted {
        pem: Option<String>,
    }
    let wanted: Wanted = order.body()?;
    if let Some(pem) = wanted.pem {
        return Ok((201, json!({"thumbprint": control.add_certificate(app, &pem)?})));
    }
    let made = control.make_certificate(app)?;
    let body = json!({"certificate": made.certificate_pem, "privateKey": made.private_key_pem, "thumbprint": made.thumbprint});
    Ok((201, body))
}

fn mailboxes(control: &Control, order: &Order<'_>, method: &str, rest: &[&str]) -> Done {
    match (method, rest) {
        ("GET", []) => {
            let with_mailbox = control.users().into_iter().filter(User::has_mailbox);
            let list: Vec<Value> =
                with_mailbox.map(|user| json!({"id": user.id, "userPrincipalName": user.user_principal_name, "kind": user.kind})).collect();
            Ok((200, json!({"value": list})))
        }
        ("GET", [name, "state"]) => Ok((200, control.state_json(name, order.query("messages").as_deref() != Some("false"))?)),
        ("POST", [name, "messages"]) => deliver(control, order, name),
        ("POST", [name, "fill"]) => {
            #[derive(Deserialize)]
            struct Wanted {
                messages: usize,
            }
            control.fill(name, order.body::<Wanted>()?.messages).map(|()| (204, Value::Null))
        }
        (method, [name, "calendars" | "events", ..]) => {
            calendar::obey(control, order, method, name, &rest[1..]).unwrap_or_else(|| not_here(order))
        }
        (method, [name, "contacts" | "contactFolders", ..]) => {
            contacts::obey(control, order, method, name, &rest[1..]).unwrap_or_else(|| not_here(order))
        }
        (method, [name, "messages", id, rest @ ..]) => message(control, order, (method, name, id, rest)),
        (method, [name, "folders", rest @ ..]) => folders(control, order, (method, name, rest)),
        _ => not_here(order),
    }
}

fn deliver(control: &Control, order: &Order<'_>, mailbox: &str) -> Done {
    let is_json = order.request.header("content-type").to_ascii_lowercase().contains("json");
    if !is_json {
        let folder = order.query("folder").unwrap_or_else(|| "inbox".to_owned());
        let options =
            DeliverOptions { is_read: order.flag("isRead"), received: time(order.query("received"))?, ..DeliverOptions::default() };
        return Ok((201, shown(&control.deliver_mime(mailbox, &folder, order.request.body.clone(), options)?)));
    }
    let body: Value = order.body()?;
    let message = body.get("message").unwrap_or(&body);
    let folder = body["folder"].as_str().unwrap_or("inbox");
    let text = |name: &str| message[name].as_str().map(str::to_owned);
    let options = DeliverOptions {
        is_read: message["isRead"].as_bool().or(body["isRead"].as_bool()).unwrap_or_default(),
        is_draft: message["isDraft"].as_bool().unwrap_or_default(),
        received: time(text("receivedDateTime"))?,
        categories: message["categories"].as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect(),
        extended: Vec::new(),
    };
    Ok((201, shown(&control.deliver_json(mailbox, folder, message, options)?)))
}

fn message(control: &Control, order: &Order<'_>, what: (&str, &str, &str, &[&str])) -> Done {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wanted {
        #[serde(alias = "destinationId")]
        folder: Option<String>,
        is_read: Option<bool>,
        flag_status: Option<String>,
        categories: Option<Vec<String>>,
    }
    let (method, mailbox, id, rest) = what;
    let wanted: Wanted = order.body()?;
    let target = || wanted.folder.clone().ok_or_else(|| ControlError::Bad("the body must name a folder".to_owned()));
    match (method, rest) {
        ("POST", ["move"]) => Ok((200, shown(&control.move_message(mailbox, id, &target()?)?))),
        ("POST", ["copy"]) => Ok((201, shown(&control.copy_message(mailbox, id, &target()?)?))),
        ("PATCH", []) => {
            if let Some(is_read) = wanted.is_read {
                control.mark_read(mailbox, id, is_read)?;
            }
            if let Some(status) = &wanted.flag_status {
                control.flag(mailbox, id, status)?;
            }
            if let Some(categories) = &wanted.categories {
                control.set_categories(mailbox, id, categories)?;
            }
            Ok((204, Value::Null))
        }
        ("DELETE", []) => control.delete_message(mailbox, id, order.flag("forGood")).map(|()| (204, Value::Null)),
        _ => not_here(order),
    }
}

fn folders(control: &Control, order: &Order<'_>, what: (&str, &str, &[&str])) -> Done {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wanted {
        display_name: Option<String>,
        parent: Option<String>,
    }
    let (method, mailbox, rest) = what;
    let wanted: Wanted = order.body()?;
    match (method, rest) {
        ("POST", []) => {
            let name = wanted.display_name.ok_or_else(|| ControlError::Bad("the body must have a displayName".to_owned()))?;
            let parent = wanted.parent.unwrap_or_else(|| "msgfolderroot".to_owned());
            Ok((201, json!({"id": control.create_folder(mailbox, &parent, &name)?})))
        }
        ("PATCH", [folder]) => {
            if let Some(name) = &wanted.display_name {
                control.rename_folder(mailbox, folder, name)?;
            }
            if let Some(parent) = &wanted.parent {
                control.move_folder(mailbox, folder, parent)?;
            }
            Ok((204, Value::Null))
        }
        ("DELETE", [folder]) => control.delete_folder(mailbox, folder, order.flag("forGood")).map(|()| (204, Value::Null)),
        _ => not_here(order),
    }
}

fn cloud(control: &Control, order: &Order<'_>, method: &str, rest: &[&str]) -> Done {
    match (method, rest) {
        ("GET", []) => Ok((200, json!({"time": control.sim.now(), "mailboxes": "/_sim/mailboxes", "journal": "/_sim/journal"}))),
        ("GET", ["clock"]) => Ok((200, json!({"now": control.sim.now()}))),
        ("POST", ["clock"]) => advance(control, order),
        ("GET", ["faults"]) => {
            let (schedule, struck) = control.faults();
            Ok((200, json!({"seed": schedule.seed, "faults": schedule.faults, "struck": struck})))
        }
        ("PUT", ["faults"]) => {
            control.set_faults(order.body::<Schedule>()?);
            Ok((204, Value::Null))
        }
        ("DELETE", ["faults"]) => {
            control.set_faults(Schedule::default());
            Ok((204, Value::Null))
        }
        (method, ["journal", rest @ ..]) => journal(control, order, method, rest),
        (method, ["consents"]) => consents(control, order, method),
        ("POST", ["tenants"]) => {
            control.create_tenant(order.body::<Tenant>()?);
            Ok((204, Value::Null))
        }
        ("GET", ["settings"]) => Ok((200, json!(control.config()))),
        ("PATCH", ["settings"]) => {
            let changed: Config = merged(&control.config(), order)?;
            control.configure(|config| *config = changed);
            Ok((200, json!(control.config())))
        }
        ("POST", ["agenda"]) => {
            let names: Vec<String> = order.body::<Value>()?["mailboxes"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| Some(one.as_str()?.to_owned()))
                .collect();
            control.generate_agenda(&names).map(|()| (204, Value::Null))
        }
        ("GET", ["meetings"]) => {
            let after = order.query("after").and_then(|text| text.parse().ok()).unwrap_or(0);
            Ok((200, json!({"value": control.meeting_mail(after)})))
        }
        ("GET", ["notifications"]) => Ok((200, json!({"nextDue": control.sim.next_notification_due()}))),
        (method, rest) => sign_in_side(control, order, method, rest),
    }
}

fn sign_in_side(control: &Control, order: &Order<'_>, method: &str, rest: &[&str]) -> Done {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wanted {
        #[serde(default)]
        in_use: bool,
        #[serde(default)]
        user: String,
        #[serde(default)]
        event: String,
    }
    match (method, rest) {
        ("POST", ["keys", "rotate"]) => {
            control.rotate_keys(order.body::<Wanted>()?.in_use);
            Ok((204, Value::Null))
        }
        ("POST", ["devices", code, "approve"]) => control.approve_device(code, &order.body::<Wanted>()?.user).map(|()| (204, Value::Null)),
        ("POST", ["subscriptions", id, "lifecycle"]) => {
            let event = match order.body::<Wanted>()?.event.as_str() {
                "reauthorizationRequired" => Lifecycle::ReauthorizationRequired,
                "subscriptionRemoved" => Lifecycle::SubscriptionRemoved,
                "missed" => Lifecycle::Missed,
                other => return Err(ControlError::Bad(format!("'{other}' is no lifecycle event"))),
            };
            if control.announce(id, event) { Ok((204, Value::Null)) } else { Err(ControlError::NotFound((*id).to_owned())) }
        }
        _ => not_here(order),
    }
}

fn advance(control: &Control, order: &Order<'_>) -> Done {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Wanted {
        #[serde(default)]
        advance_seconds: u64,
        #[serde(default)]
        advance_ms: u64,
    }
    let wanted: Wanted = order.body()?;
    let now = control.advance_clock(Duration::from_secs(wanted.advance_seconds) + Duration::from_millis(wanted.advance_ms));
    Ok((200, json!({"now": now})))
}

fn journal(control: &Control, order: &Order<'_>, method: &str, rest: &[&str]) -> Done {
    let number = |name: &str| order.query(name).and_then(|text| text.parse::<u64>().ok());
    match (method, rest) {
        ("GET", []) => {
            let limit = usize::try_from(number("limit").unwrap_or(1000)).unwrap_or(1000);
            Ok((200, json!({"value": control.journal(number("after").unwrap_or(0), limit)})))
        }
        ("GET", ["counts"]) => Ok((200, json!(control.counts()))),
        ("DELETE", []) => {
            control.clear_journal();
            Ok((204, Value::Null))
        }
        _ => not_here(order),
    }
}

fn consents(control: &Control, order: &Order<'_>, method: &str) -> Done {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        app: String,
        user: Option<String>,
        #[serde(default)]
        scopes: Vec<String>,
        #[serde(default)]
        roles: Vec<String>,
    }
    let wanted: Wanted = order.body()?;
    match method {
        "POST" => control.consent(&wanted.app, wanted.user.as_deref(), wanted.scopes, wanted.roles).map(|()| (204, Value::Null)),
        "DELETE" => control.withdraw_consent(&wanted.app, wanted.user.as_deref()).map(|()| (204, Value::Null)),
        _ => not_here(order),
    }
}

/// A known value with the body's members laid over it, objects within objects too.
fn merged<T: serde::Serialize + serde::de::DeserializeOwned>(known: &T, order: &Order<'_>) -> Result<T, ControlError> {
    let mut value = json!(known);
    lay_over(&mut value, order.body::<Value>()?);
    serde_json::from_value(value).map_err(|error| ControlError::Bad(format!("the body is not what is expected here: {error}")))
}

fn lay_over(below: &mut Value, above: Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (name, value) in above {
                lay_over(below.entry(name).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above,
    }
}

fn time(text: Option<String>) -> Result<Option<jiff::Timestamp>, ControlError> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| ControlError::Bad(format!("'{text}' is no time such as 2026-03-02T08:00:00Z")))
}

fn shown(delivery: &Delivery) -> Value {
    json!({"id": delivery.id, "defaultId": delivery.default_id, "folderId": delivery.folder_id, "receivedDateTime": delivery.received})
}

fn not_here(order: &Order<'_>) -> Done {
    Err(ControlError::NotFound(format!("{} {}", order.request.method, order.request.path)))
}
