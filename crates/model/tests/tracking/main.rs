//! Tracking verdicts against the situations beside this file, and agents against what machines and people's programs call
//! themselves. Figures are printed, and every miss with why it was expected otherwise.
#![allow(clippy::print_stdout, reason = "the figures are for people to read")]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use base::Timestamp;
use model::tracking::agent::{self, Agent};
use model::tracking::network::Networks;
use model::tracking::{Class, Judgement, Method, Sent, SentCopy, Target, Touch, Trace, judge};
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

/// The networks that the situations' operator has brought, or those that are built in.
fn networks(data: &Value, brought: bool) -> Networks {
    let lines: Vec<&str> = data["networks"].as_array().expect("networks").iter().map(text).collect();
    Networks::with_list(&if brought { lines.join("\n") } else { String::new() }).expect("ranges")
}

fn visitor(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => u64::from(u32::from(address)),
        IpAddr::V6(address) => u64::try_from(u128::from(address) & u128::from(u64::MAX)).expect("masked"),
    }
}

fn sent(situation: &Value, agents: &Value) -> Sent {
    let told = &situation["sent"];
    let inside: Vec<u32> = told["inside"].as_array().map(|list| list.iter().map(number).collect()).unwrap_or_default();
    let recipients = u32::try_from(told["recipients"].as_array().expect("recipients").len()).expect("few");
    let copy = |inside| SentCopy { at: SENT_AT, inside };
    let trace = told["sender"].get(0).map(|trace| Trace {
        visitor: visitor(address(&trace["ip"]).expect("an address")),
        agent: text(&agents[text(&trace["agent"])]).to_owned(),
    });
    let each = told["copies"] == "each";
    Sent {
        copies: if each { (0..recipients).map(|place| copy(inside.contains(&place))).collect() } else { vec![copy(!inside.is_empty())] },
        links: number(&told["links"]),
        sender: trace,
    }
}

fn touches(situation: &Value, data: &Value, networks: &Networks) -> Vec<Touch> {
    situation["touches"].as_array().expect("touches").iter().map(|told| touch(told, &data["agents"], networks)).collect()
}

fn touch(told: &Value, agents: &Value, networks: &Networks) -> Touch {
    let address = address(&told["ip"]);
    Touch {
        at: after(told["after"].as_i64().expect("seconds")),
        target: if told["open"] == true { Target::Pixel } else { Target::Link(number(&told["click"])) },
        copy: told["copy"].as_u64().map_or(0, |_| number(&told["copy"])),
        method: Method::named(told["method"].as_str().unwrap_or("GET")),
        agent: text(&agents[text(&told["agent"])]).to_owned(),
        prefetch: told["purpose"].as_str().is_some_and(|purpose| purpose.contains("prefetch")),
        network: address.and_then(|address| networks.of(address)),
        visitor: address.map(visitor),
        own: told["own"] == true,
    }
}

/// The verdict, written as the situations write theirs.
fn told(situation: &Value, judgement: &Judgement) -> Value {
    let opened: Vec<_> = judgement.copies.iter().enumerate().filter_map(|(copy, verdict)| Some((copy, verdict.opened?))).collect();
    let by = if situation["sent"]["copies"] == "each" {
        serde_json::json!(opened.iter().map(|(copy, _)| copy).collect::<Vec<_>>())
    } else {
        Value::from("someone")
    };
    let first_at = opened.iter().map(|(_, opened)| opened.first_at).min();
    let confidence = opened.iter().map(|(_, opened)| opened.confidence).max();
    let opened = first_at.zip(confidence).map(|(at, confidence)| {
        serde_json::json!({ "after": (at.millis() - SENT_AT.millis()) / 1000, "confidence": confidence.name(), "by": by })
    });
    let mut clicked: Vec<u32> = judgement.copies.iter().flat_map(|verdict| &verdict.clicked).map(|clicked| clicked.link).collect();
    clicked.sort_unstable();
    clicked.dedup();
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
    fn add(&mut self, situation: &Value, touches: &[Touch], judgement: &Judgement) {
        let (name, why) = (text(&situation["name"]), text(&situation["why"]));
        let expected = situation["touches"].as_array().expect("touches");
        for (place, (expected, judged)) in expected.iter().zip(&judgement.touches).enumerate() {
            let (wanted, got) = (text(&expected["class"]), judged.class.name());
            *self.classes.entry((wanted.to_owned(), got.to_owned())).or_default() += 1;
            if wanted != got {
                let signs: Vec<&str> = judged.signs.iter().map(|sign| sign.name()).collect();
                let at = touches[place].at.millis() - SENT_AT.millis();
                self.misses.push(format!("{name}, touch {place} at {at} ms: {wanted}, not {got} {signs:?}. {why}"));
            }
        }
        self.mails += 1;
        if told(situation, judgement) == situation["expect"] {
            self.verdicts_right += 1;
        } else {
            self.misses.push(format!("{name}: verdict {}, not {}. {why}", situation["expect"], told(situation, judgement)));
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

fn score(brought: bool) -> Score {
    let data = read();
    let networks = networks(&data, brought);
    let mut score = Score::default();
    for situation in data["situations"].as_array().expect("situations") {
        let (sent, touches) = (sent(situation, &data["agents"]), touches(situation, &data, &networks));
        score.add(situation, &touches, &judge(&sent, &touches));
    }
    let touches = score.count(|_, _| true);
    println!("{} situations, {touches} touches; verdicts right: {}", score.mails, score.verdicts_right);
    for class in ["person", "own", "apple_proxy", "gmail_proxy", "scanner", "unknown"] {
        let (precision, recall) = score.of(class);
        println!("{class:>12}: precision {precision:.3}, recall {recall:.3}");
    }
    for miss in &score.misses {
        println!("missed: {miss}");
    }
    score
}

#[test]
fn tracking_situations_are_judged_as_a_careful_judge_would() {
    let score = score(true);
    assert!(score.mails >= 40, "{} situations", score.mails);
    for class in ["person", "scanner"] {
        let (precision, recall) = score.of(class);
        assert!(precision >= 0.98 && recall >= 0.95, "{class}: precision {precision:.3}, recall {recall:.3}");
    }
    assert!(score.verdicts_right * 100 >= score.mails * 97, "{} of {} verdicts", score.verdicts_right, score.mails);
}

/// What is built in knows one network: agents and behaviour have to do.
#[test]
fn without_a_list_of_networks_tracking_is_still_right_about_most() {
    let score = score(false);
    let (precision, recall) = score.of("person");
    assert!(precision >= 0.9 && recall >= 0.95, "person: precision {precision:.3}, recall {recall:.3}");
    assert!(score.verdicts_right * 100 >= score.mails * 90, "{} of {} verdicts", score.verdicts_right, score.mails);
}

#[test]
fn a_tracking_verdict_does_not_depend_on_the_order_of_touches() {
    let data = read();
    let networks = networks(&data, true);
    for situation in data["situations"].as_array().expect("situations") {
        let (sent, mut touches) = (sent(situation, &data["agents"]), touches(situation, &data, &networks));
        let copies = judge(&sent, &touches).copies;
        touches.reverse();
        assert_eq!(judge(&sent, &touches).copies, copies, "{}", situation["name"]);
    }
}

/// A mail that is kept as full as can be is judged in no time.
#[test]
fn two_thousand_touches_in_one_burst_are_judged_at_once() {
    let touch = |place: u32| Touch {
        at: SENT_AT.plus(Duration::from_secs(60) + Duration::from_millis(u64::from(place))),
        target: if place.is_multiple_of(3) { Target::Pixel } else { Target::Link(place % 7) },
        copy: 0,
        method: Method::Get,
        agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0".to_owned(),
        prefetch: false,
        network: None,
        visitor: Some(u64::from(place % 50)),
        own: false,
    };
    let touches: Vec<Touch> = (0..2_000).map(touch).collect();
    let sent = Sent { copies: vec![SentCopy { at: SENT_AT, inside: false }], links: 7, sender: None };
    let judged = judge(&sent, &touches);
    assert!(judged.touches.iter().filter(|judged| judged.class == Class::Scanner).count() > 1_000);
    assert!(judged.copies[0].clicked.is_empty());
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
