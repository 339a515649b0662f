//! The control interface under `/_sim/`: JSON in, JSON out; errors as `{"error": "a sentence"}`. The README lists it.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::faults::{Fault, Rates};
use crate::google::{Client, NewAccount, NotThere, Person};
use crate::reply::{Reply, json_reply};
use crate::request::Call;
use crate::simulator::Simulator;
use crate::whatsapp::{Card, NewWhatsappPerson, Origin, Status};

/// Why it was not done: the status and a sentence.
type Refused = (u16, String);
type Done = Result<Value, Refused>;

impl From<NotThere> for Refused {
    fn from(error: NotThere) -> Self {
        (404, error.to_string())
    }
}

/// Answers a call under `/_sim/`.
pub(crate) fn answer(sim: &Simulator, call: &Call) -> Reply {
    match obey(sim, call) {
        Ok(value) => json_reply(200, &value),
        Err((status, sentence)) => json_reply(status, &json!({"error": sentence})),
    }
}

fn obey(sim: &Simulator, call: &Call) -> Done {
    let segments = call.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (call.method.as_str(), path.as_slice()) {
        (method, ["google", rest @ ..]) => google(sim, call, method, rest),
        (method, ["whatsapp", rest @ ..]) => whatsapp(sim, call, method, rest),
        ("GET", ["clock"]) => Ok(json!({"now": sim.now()})),
        ("POST", ["clock"]) => {
            sim.advance(Duration::from_secs(body::<Advance>(call)?.advance_seconds));
            Ok(json!({"now": sim.now()}))
        }
        ("GET", ["faults"]) => Ok(json!({"rates": sim.config().faults, "struck": sim.struck()})),
        ("PUT", ["faults"]) => {
            sim.set_rates(body::<Rates>(call)?);
            Ok(json!({"rates": sim.config().faults}))
        }
        ("POST", ["faults", "next"]) => {
            sim.strike_next(body::<Next>(call)?.fault);
            Ok(json!({}))
        }
        ("GET", ["journal"]) => Ok(json!({"value": sim.journal()})),
        ("GET", ["settings"]) => Ok(json!(sim.config())),
        _ => not_here(call),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Next {
    fault: Fault,
}

fn google(sim: &Simulator, call: &Call, method: &str, rest: &[&str]) -> Done {
    let google = sim.google();
    match (method, rest) {
        ("POST", ["clients"]) => {
            google.register_client(body::<Client>(call)?);
            Ok(json!({}))
        }
        ("GET", ["clients"]) => Ok(json!({"value": sim.config().google.clients})),
        ("GET", ["accounts"]) => Ok(json!({"value": google.accounts()})),
        ("POST", ["accounts"]) => Ok(json!(google.add_account(body::<NewAccount>(call)?))),
        (_, ["accounts", account, rest @ ..]) => of_account(sim, call, method, account, rest),
        _ => not_here(call),
    }
}

fn of_account(sim: &Simulator, call: &Call, method: &str, account: &str, rest: &[&str]) -> Done {
    #[derive(Default, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Order {
        client: Option<String>,
        scopes: Vec<String>,
        declines: bool,
        count: usize,
        kept: String,
        other: String,
    }
    let google = sim.google();
    let name = |id: &str| format!("people/{id}");
    if let ["persons", rest @ ..] = rest {
        match (method, rest) {
            ("GET", []) => return Ok(json!({"value": google.persons(account)?})),
            ("POST", []) => return Ok(json!({"resourceName": google.put_person(account, None, body::<Person>(call)?)?})),
            ("PUT", [id]) => return Ok(json!({"resourceName": google.put_person(account, Some(&name(id)), body::<Person>(call)?)?})),
            ("DELETE", [id]) => return Ok(google.remove_person(account, &name(id)).map(|()| json!({}))?),
            _ => {}
        }
    }
    let order: Order = body(call)?;
    let scopes: Vec<&str> = order.scopes.iter().map(String::as_str).collect();
    match (method, rest) {
        ("POST", ["persons", "generate"]) => Ok(json!({"value": google.generate(account, order.count)?})),
        ("POST", ["persons", "live"]) => Ok(google.live(account, order.count).map(|()| json!({}))?),
        ("POST", ["persons", "merge"]) => Ok(json!({"resourceName": google.merge_persons(account, &order.kept, &order.other)?})),
        ("POST", ["revoke"]) => Ok(google.revoke(account, order.client.as_deref()).map(|()| json!({}))?),
        ("POST", ["expire"]) => Ok(google.expire_access_tokens(account).map(|()| json!({}))?),
        ("POST", ["grant"]) => Ok(json!(google.grant(&order.client.unwrap_or_default(), account, &scopes)?)),
        ("PUT", ["declines"]) => Ok(google.set_declines(account, order.declines).map(|()| json!({}))?),
        ("PUT", ["withholds"]) => Ok(google.set_withholds(account, &scopes).map(|()| json!({}))?),
        _ => not_here(call),
    }
}

fn whatsapp(sim: &Simulator, call: &Call, method: &str, rest: &[&str]) -> Done {
    let whatsapp = sim.whatsapp();
    match (method, rest) {
        ("GET", ["people"]) => Ok(json!({"value": whatsapp.people()})),
        ("POST", ["people"]) => Ok(json!(whatsapp.add_person(body::<NewWhatsappPerson>(call)?))),
        ("GET", ["deliveries"]) => {
            let (made, answered, given_up) = whatsapp.counts();
            Ok(json!({"made": made, "answered": answered, "givenUp": given_up, "nextDue": whatsapp.next_due()}))
        }
        ("POST", ["people", user, what]) => by_person(sim, call, user, what),
        _ => not_here(call),
    }
}

fn by_person(sim: &Simulator, call: &Call, user: &str, what: &str) -> Done {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Says {
        text: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shares {
        cards: Vec<Card>,
        origin: Option<Origin>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Reports {
        message: Option<String>,
        status: Status,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Changes {
        number: String,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Hides {
        hidden: bool,
    }
    let whatsapp = sim.whatsapp();
    let id = match what {
        "says" => whatsapp.says(user, &body::<Says>(call)?.text)?,
        "shares" => {
            let Shares { cards, origin } = body(call)?;
            whatsapp.shares(user, &cards, origin.unwrap_or(Origin::Other))?
        }
        "reports" => {
            let Reports { message, status } = body(call)?;
            whatsapp.reports(user, message.as_deref(), status)?
        }
        "changesNumber" => whatsapp.changes_number(user, &body::<Changes>(call)?.number)?,
        "hidesNumber" => {
            let Hides { hidden } = body(call)?;
            whatsapp.change(user, |person| person.number_hidden = hidden)?;
            return Ok(json!({}));
        }
        _ => return not_here(call),
    };
    Ok(json!({"id": id}))
}

/// The body as that type; an empty one is an empty object.
fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Refused> {
    let bytes: &[u8] = if call.body.is_empty() { b"{}" } else { &call.body };
    serde_json::from_slice(bytes).map_err(|error| (400, format!("The body is not what is expected here: {error}.")))
}

fn not_here(call: &Call) -> Done {
    Err((404, format!("There is no {} /_sim{} here; the README of crm-sim lists what there is.", call.method, call.path)))
}
