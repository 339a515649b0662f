//! Tracking verdicts against the situations beside this file, and agents against what machines and people's programs call
//! themselves. Figures are printed, and every miss with why it was expected otherwise.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use base::Timestamp;
use model::tracking::agent::{self, Agent};
use model::tracking::{By, Copies, CopyOf, Hit, Judgement, Method, Recipient, Sent, Touch, Trace, judge};
use serde_json::Value;

const SENT_AT: Timestamp = Timestamp::from_millis(1_763_000_000_000);

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a number")).expect("a small number")
}

fn after(seconds: i64) -> Timestamp {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { SENT_AT.minus(distance) } else { SENT_AT.plus(distance) }
}

fn read() -> Value {
    serde_json::from_str(include_str!("situations.json")).expect("situations.json is JSON")
}

fn address(value: &Value) -> Option<IpAddr> {
    value.as_str().map(|written| written.parse().expect("an address"))
}

fn sent(situation: &Value, agents: &Value) -> Sent {
    let told = &situation["sent"];
    let inside: Vec<u32> = told["inside"].as_array().map(|list| list.iter().map(number).collect()).unwrap_or_default();
    let count = u32::try_from(told["recipients"].as_array().expect("recipients").len()).expect("few");
    let trace = |trace: &Value| Trace {
        address: address(&trace["ip"]).expect("an address"),
        agent: text(&agents[text(&trace["agent"])]).to_owned(),
    };
    Sent {
        at: SENT_AT,
        copies: if told["copies"] == "each" { Copies::Each } else { Copies::Shared },
        recipients: (0..count).map(|place| Recipient { inside: inside.contains(&place) }).collect(),
        links: number(&told["links"]),
        sender: told["sender"].as_array().map(|list| list.iter().map(trace).collect()).unwrap_or_default(),
    }
}

fn hit(told: &Value, agents: &Value) -> Hit {
    let touch = if told["open"] == true {
        Touch::Open
    } else if told["bait"] == true {
        Touch::Bait
    } else {
        Touch::Click(number(&told["click"]))
    };
    let copy = match &told["copy"] {
        Value::Null => CopyOf::Shared,
        Value::String(_) => CopyOf::SentItems,
        place => CopyOf::Recipient(number(place)),
    };
    let method = match told["method"].as_str() {
        Some("HEAD") => Method::Head,
        Some("OPTIONS") => Method::Options,
        Some(other) => panic!("method {other}"),
        None => Method::Get,
    };
    Hit {
        at: after(told["after"].as_i64().expect("seconds")),
        touch,
        copy,
        method,
        agent: text(&agents[text(&told["agent"])]).to_owned(),
        purpose: told["purpose"].as_str().map(str::to_owned),
        address: address(&told["ip"]),
        network: None,
        visitor: None,
        own: told["own"] == true,
    }
}

/// The verdict, written as the situations write theirs.
fn told(judgement: &Judgement) -> Value {
    let by = |by: &By| match by {
        By::Someone => Value::from("someone"),
        By::Recipients(places) => Value::from(places.clone()),
    };
    let opened = judgement.verdict.opened.as_ref().map(|opened| {
        serde_json::json!({
            "after": (opened.first_at.millis() - SENT_AT.millis()) / 1000, "confidence": opened.confidence.name(), "by": by(&opened.by),
        })
    });
    let clicked: Vec<u32> = judgement.verdict.clicked.iter().map(|clicked| clicked.link).collect();
    serde_json::json!({ "opened": opened, "clicked": clicked })
}

#[derive(Default)]
struct Score {
    /// Expected class, class that was said, how often.
    classes: BTreeMap<(String, String), usize>,
    misses: Vec<String>,
    mails: usize,
    verdicts_right: usize,
}

impl Score {
    fn add(&mut self, situation: &Value, hits: &[Hit], judgement: &Judgement) {
        let (name, why) = (text(&situation["name"]), text(&situation["why"]));
        let expected = situation["hits"].as_array().expect("hits");
        for (place, (expected, judged)) in expected.iter().zip(&judgement.hits).enumerate() {
            let (wanted, got) = (text(&expected["class"]), judged.class.name());
            *self.classes.entry((wanted.to_owned(), got.to_owned())).or_default() += 1;
            if wanted != got {
                let signs: Vec<&str> = judged.signs.iter().map(|sign| sign.name()).collect();
                let at = hits[place].at.millis() - SENT_AT.millis();
                self.misses.push(format!("{name}, hit {place} at {at} ms: {wanted}, not {got} {signs:?}. {why}"));
            }
        }
        self.mails += 1;
        if told(judgement) == situation["expect"] {
            self.verdicts_right += 1;
        } else {
            self.misses.push(format!("{name}: verdict {}, not {}. {why}", situation["expect"], told(judgement)));
        }
    }

    fn count(&self, holds: impl Fn(&str, &str) -> bool) -> usize {
        self.classes.iter().filter(|((wanted, got), _)| holds(wanted, got)).map(|(_, count)| count).sum()
    }

    /// Precision and recall of one class.
    fn of(&self, class: &str) -> (f64, f64) {
        let right = self.count(|wanted, got| wanted == class && got == class);
        let share = |of: usize| if of == 0 { 1.0 } else { right as f64 / of as f64 };
        (share(self.count(|_, got| got == class)), share(self.count(|wanted, _| wanted == class)))
    }
}

#[test]
fn tracking_situations_are_judged_as_a_careful_judge_would() {
    let data = read();
    let situations = data["situations"].as_array().expect("situations");
    let mut score = Score::default();
    for situation in situations {
        let sent = sent(situation, &data["agents"]);
        let hits: Vec<Hit> = situation["hits"].as_array().expect("hits").iter().map(|told| hit(told, &data["agents"])).collect();
        score.add(situation, &hits, &judge(&sent, &hits));
    }
    let hits = score.count(|_, _| true);
    println!("{} situations, {hits} hits; verdicts right: {}", score.mails, score.verdicts_right);
    for class in ["person", "own", "apple_proxy", "gmail_proxy", "scanner", "unknown"] {
        let (precision, recall) = score.of(class);
        println!("{class:>12}: precision {precision:.3}, recall {recall:.3}");
    }
    for miss in &score.misses {
        println!("missed: {miss}");
    }
    assert!(score.mails >= 40, "{} situations", score.mails);
    let (precision, recall) = score.of("person");
    assert!(precision >= 0.98 && recall >= 0.95, "person: precision {precision:.3}, recall {recall:.3}");
    let (precision, recall) = score.of("scanner");
    assert!(precision >= 0.98 && recall >= 0.95, "scanner: precision {precision:.3}, recall {recall:.3}");
    assert!(score.verdicts_right * 100 >= score.mails * 97, "{} of {} verdicts", score.verdicts_right, score.mails);
}

#[test]
fn a_tracking_verdict_does_not_depend_on_the_order_of_hits() {
    let data = read();
    for situation in data["situations"].as_array().expect("situations") {
        let sent = sent(situation, &data["agents"]);
        let mut hits: Vec<Hit> = situation["hits"].as_array().expect("hits").iter().map(|told| hit(told, &data["agents"])).collect();
        let verdict = judge(&sent, &hits).verdict;
        hits.reverse();
        assert_eq!(judge(&sent, &hits).verdict, verdict, "{}", situation["name"]);
    }
}

#[test]
fn without_addresses_tracking_says_no_person_that_it_would_not_say_with_them() {
    let data = read();
    let (mut opened, mut kept) = (0, 0);
    for situation in data["situations"].as_array().expect("situations") {
        let sent = sent(situation, &data["agents"]);
        let hits: Vec<Hit> = situation["hits"].as_array().expect("hits").iter().map(|told| hit(told, &data["agents"])).collect();
        // What privacy mode keeps: whose network it was and a number in the address's place, but not the address.
        let hidden: Vec<Hit> = (hits.iter())
            .map(|hit| Hit {
                address: None,
                network: hit.address.and_then(model::tracking::network::of),
                visitor: hit.address.map(visitor),
                own: hit.own || sent.sender.iter().any(|trace| Some(trace.address) == hit.address && trace.agent == hit.agent),
                ..hit.clone()
            })
            .collect();
        if sent.sender.is_empty() {
            let (open, hidden) = (judge(&sent, &hits), judge(&Sent { sender: Vec::new(), ..sent }, &hidden));
            assert_eq!(open.verdict, hidden.verdict, "{}", situation["name"]);
            opened += usize::from(open.verdict.opened.is_some());
            kept += usize::from(hidden.verdict.opened.is_some());
        }
    }
    assert!(opened > 20 && opened == kept);
}

fn visitor(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(u32::from(address)),
        IpAddr::V6(address) => u64::try_from(u128::from(address) & u128::from(u64::MAX)).expect("masked"),
    }
}

fn is_taken_for_a_machine(name: &str) -> bool {
    match agent::of(name) {
        Agent::Browser | Agent::MailProgram => false,
        Agent::AppleProxy | Agent::GmailProxy | Agent::YahooProxy | Agent::Machine | Agent::Nameless => true,
    }
}

#[test]
fn tracking_takes_no_mail_program_or_browser_for_a_machine() {
    let data: Value = serde_json::from_str(include_str!("agents.json")).expect("agents.json is JSON");
    let agents: Vec<&str> = data["agents"].as_array().expect("agents").iter().map(text).collect();
    let alarms: Vec<&&str> = agents.iter().filter(|name| is_taken_for_a_machine(name)).collect();
    println!("false alarms on {} agents of mail programs and browsers: {}", agents.len(), alarms.len());
    assert!(agents.len() >= 60);
    assert!(alarms.is_empty(), "{alarms:#?}");
}

#[test]
fn tracking_recognises_machines_by_their_names() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/tables/crawler-user-agents.json");
    let Ok(file) = std::fs::read(&path) else {
        return println!("left out: ../shared/data not found (tables/crawler-user-agents.json)");
    };
    let list: Value = serde_json::from_slice(&file).expect("the list is JSON");
    let entries = list.as_array().expect("a list");
    let named: Vec<&str> = entries.iter().flat_map(|entry| entry["instances"].as_array().into_iter().flatten()).map(text).collect();
    let missed = named.iter().filter(|name| !is_taken_for_a_machine(name)).count();
    let recall = 1.0 - missed as f64 / named.len() as f64;
    println!("machines recognised by name: {} of {} (recall {recall:.4})", named.len() - missed, named.len());
    assert!(recall >= 0.95, "recall {recall:.4}");
}
