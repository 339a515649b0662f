//! Answers: to whom, about what and with what below.

use super::*;
use crate::compose::prefix::Prefix;
use url::Url;

fn person(written: &str) -> Participant {
    match written.split_once(' ') {
        Some((name, address)) => Participant { name: name.to_owned(), address: address.to_owned() },
        None => Participant { name: String::new(), address: written.to_owned() },
    }
}

fn people(written: &[&str]) -> Vec<Participant> {
    written.iter().map(|one| person(one)).collect()
}

fn original<'a>(from: Option<&'a Participant>, recipients: &'a Recipients) -> Original<'a> {
    Original {
        subject: "Offer",
        from,
        recipients,
        sent_at: Some(Timestamp::from_millis(1_777_795_260_000)),
        message_id: Some("<2@acme.example>"),
        in_reply_to: None,
        references: &[],
        body_kind: BodyKind::Text,
        body: "Friday?\n> Thursday\n\nBo",
    }
}

#[test]
fn marks_of_any_language_are_never_stacked() {
    for (answering, given, expected) in [
        (Answering::Reply, "Offer", "RE: Offer"),
        (Answering::ReplyAll, "AW: Re: Fwd: Offer", "RE: Offer"),
        (Answering::Forward, "回复：SV: Offer", "FW: Offer"),
        (Answering::Reply, "[team] Re: Offer", "RE: [team] Offer"),
        (Answering::Reply, "Re: [Ticket #4711] Offer", "RE: [Ticket #4711] Offer"),
        (Answering::Reply, "Of\r\nfer", "RE: Of fer"),
        (Answering::Reply, "", "RE:"),
    ] {
        let once = subject(answering, given);
        assert_eq!(once, expected);
        assert_eq!(subject(answering, &once), once);
    }
}

/// From, To, Cc, Reply-To; how it is answered; To and Cc of the answer.
type Case = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
    Answering,
    &'static [&'static str],
    &'static [&'static str],
);

#[test]
fn an_answer_goes_to_whom_it_should() {
    use Answering::{Forward, Reply, ReplyAll};
    let cases: &[Case] = &[
        ("bo@acme.example", &["me@us.example"], &[], &[], Reply, &["bo@acme.example"], &[]),
        ("bo@acme.example", &["me@us.example"], &[], &["desk@acme.example"], Reply, &["desk@acme.example"], &[]),
        ("bo@acme.example", &["me@us.example"], &[], &[""], Reply, &["bo@acme.example"], &[]),
        (
            "bo@acme.example",
            &["ME@us.example", "al@acme.example", "Alias@Us.example"],
            &["me+crm@us.example", "BO@acme.example", "cy@acme.example", "cy@ACME.example", ""],
            &[],
            ReplyAll,
            &["bo@acme.example", "al@acme.example"],
            &["cy@acme.example"],
        ),
        (
            "bo@acme.example",
            &["me@us.example"],
            &["al@acme.example"],
            &["desk@acme.example"],
            ReplyAll,
            &["desk@acme.example"],
            &["al@acme.example"],
        ),
        ("me@us.example", &["bo@acme.example"], &["al@acme.example"], &[], Reply, &["bo@acme.example"], &[]),
        ("me@us.example", &["bo@acme.example"], &["al@acme.example"], &[], ReplyAll, &["bo@acme.example"], &["al@acme.example"]),
        ("me@us.example", &["me@us.example"], &[], &[], Reply, &["me@us.example"], &[]),
        ("t+1@acme.example", &["t+2@acme.example"], &[], &[], ReplyAll, &["t+1@acme.example", "t+2@acme.example"], &[]),
        ("", &["me@us.example"], &[], &[], Reply, &[], &[]),
        ("bo@acme.example", &["me@us.example"], &["al@acme.example"], &[], Forward, &[], &[]),
    ];
    let own = ["me@us.example", "SMTP:alias@us.example"];
    for (from, to, cc, reply_to, answering, expected_to, expected_cc) in cases {
        let given =
            Recipients { to: people(to), cc: people(cc), bcc: people(&["secret@us.example"]), reply_to: people(reply_to), sender: None };
        let from = person(from);
        let answer = recipients(*answering, &original(Some(&from), &given), &own);
        let addresses = |people: &[Participant]| people.iter().map(|person| person.address.clone()).collect::<Vec<_>>();
        assert_eq!(
            (addresses(&answer.to), addresses(&answer.cc)),
            (expected_to.iter().map(|s| (*s).to_owned()).collect(), expected_cc.iter().map(|s| (*s).to_owned()).collect()),
            "{answering:?} {from:?} {given:?}"
        );
        assert!(answer.bcc.is_empty() && answer.reply_to.is_empty());
    }
}

#[test]
fn references_name_the_root_and_the_newest_and_stay_bounded() {
    let recipients = Recipients::default();
    let mut given = original(None, &recipients);
    assert_eq!(references(&given), ["<2@acme.example>"]);
    given.in_reply_to = Some("1@acme.example");
    assert_eq!(references(&given), ["<1@acme.example>", "<2@acme.example>"]);
    let broken: Vec<String> = ["<0@a>", "<x y@a>", "<2@acme.example>", "<0@a>", "", "<a\r\nBcc: b@c>"].map(str::to_owned).to_vec();
    given.references = &broken;
    assert_eq!(references(&given), ["<0@a>", "<2@acme.example>"]);
    let many: Vec<String> = (0..500).map(|number| format!("<{number}@acme.example>")).collect();
    given.references = &many;
    let kept = references(&given);
    assert_eq!(
        (kept.len(), kept[0].as_str(), kept[98].as_str(), kept[99].as_str()),
        (REFERENCES_MAX, "<0@acme.example>", "<499@acme.example>", "<2@acme.example>")
    );
    let long: Vec<String> = (0..100).map(|number| format!("<{number}{}@acme.example>", "x".repeat(300))).collect();
    given.references = &long;
    let kept = references(&given);
    assert!(kept.join(" ").len() <= REFERENCES_BYTES_MAX && kept.len() > 20);
    assert_eq!((&kept[0], kept.last().map(String::as_str)), (&long[0], Some("<2@acme.example>")));
}

fn answered(answering: Answering, new: NewText<'_>, body_kind: BodyKind, body: &str) -> Answer {
    let own = [Prefix::read("https://t.us.example/").expect("a prefix")];
    let original_of = |url: &Url| (url.path() == "/c/1").then(|| "https://shop.example/".to_owned());
    let setting = Setting {
        own_addresses: &["me@us.example"],
        trackers: Trackers { own: &own, original_of: &original_of },
        utc_offset_minutes: Some(120),
    };
    let given = Recipients { to: people(&["Me me@us.example", "al@acme.example"]), ..Recipients::default() };
    let from = person("Bo bo@acme.example");
    answer(answering, &Original { body_kind, body, ..original(Some(&from), &given) }, &new, &setting)
}

#[test]
fn plain_text_is_answered_in_plain_text() {
    let signature = Signature { html: "<b>Anna</b>".into(), text: String::new() };
    let new = NewText { kind: BodyKind::Text, content: "Yes.\n", signature: Some(&signature) };
    let answer = answered(Answering::Reply, new, BodyKind::Text, "Friday? https://t.us.example/c/1\r\n> Thursday\r\n\r\nBo\r\n\r\n");
    assert_eq!(answer.body_kind, BodyKind::Text);
    assert_eq!(
        answer.body,
        "Yes.\r\n\r\n-- \r\nAnna\r\n\r\nOn Sunday, 3 May 2026 10:01, Bo <bo@acme.example> wrote:\r\n> Friday? https://shop.example/\r\n>> Thursday\r\n>\r\n> Bo\r\n"
    );
    assert_eq!(crate::reply::new_text(&answer.body), "Yes.");
    let forward = answered(Answering::Forward, new, BodyKind::Text, "Friday?\n> Thursday");
    assert_eq!(
        forward.body,
        "Yes.\r\n\r\n-- \r\nAnna\r\n\r\n---------- Forwarded message ----------\r\nFrom: Bo <bo@acme.example>\r\nSent: Sunday, 3 May 2026 10:01\r\nTo: Me <me@us.example>; al@acme.example\r\nSubject: Offer\r\n\r\nFriday?\r\n> Thursday\r\n"
    );
    assert!(crate::reply::parts(&forward.body).iter().any(|part| part.kind == crate::reply::Kind::Forwarded));
}

#[test]
fn html_on_either_side_makes_an_answer_in_html() {
    let html = "<html><head><style>p{}</style></head><body><p>Friday?</p><img src=\"https://t.us.example/o/1.gif\"><a href=\"https://t.us.example/c/1\">Shop</a></body></html>";
    let signature = Signature { html: "<b>Anna</b>".into(), text: String::new() };
    for (new_kind, new, old_kind, old, written, history) in [
        (
            BodyKind::Html,
            "<p>Yes &amp; no.</p>",
            BodyKind::Html,
            html,
            "<div><p>Yes &amp; no.</p></div>",
            "<p>Friday?</p><a href=\"https://shop.example/\">Shop</a>",
        ),
        (
            BodyKind::Text,
            "1 < 2\nhttps://x.example/",
            BodyKind::Html,
            html,
            "<div>1 &lt; 2<br>\r\nhttps://x.example/</div>",
            "<p>Friday?</p><a href",
        ),
        (
            BodyKind::Html,
            "<html><body><p>Yes.</p></body></html>",
            BodyKind::Text,
            "1 < 2\n  x https://t.us.example/c/9",
            "<div><p>Yes.</p></div>",
            "<div>1 &lt; 2<br>\r\n&nbsp;&nbsp;x</div>",
        ),
    ] {
        let answer = answered(Answering::ReplyAll, NewText { kind: new_kind, content: new, signature: Some(&signature) }, old_kind, old);
        assert_eq!(answer.body_kind, BodyKind::Html);
        let places: Vec<usize> =
            [written, "<div id=\"rapport-signature\"><br><b>Anna</b></div>", "<hr tabindex=\"-1\"", "<div id=\"divRplyFwdMsg\"", history]
                .iter()
                .map(|part| answer.body.find(part).unwrap_or_else(|| panic!("{part} is in {}", answer.body)))
                .collect();
        assert!(places.is_sorted(), "{}", answer.body);
        assert_eq!(answer.body.matches("<body").count(), 1);
        assert!(!answer.body.contains("t.us.example"));
        assert!(answer.body.contains("<b>From:</b> Bo &lt;bo@acme.example&gt;<br>\r\n<b>Sent:</b> Sunday, 3 May 2026 10:01<br>\r\n<b>To:</b> Me &lt;me@us.example&gt;; al@acme.example<br>\r\n<b>Subject:</b> Offer</font>"));
        let start = crate::reply::html::quotation_start(&answer.body).expect("a quotation");
        assert!(answer.body[start..].starts_with("<div id=\"appendonsend\">"));
    }
}

#[test]
fn what_the_head_tells_is_text() {
    let given = Recipients { to: people(&["<script> al@acme.example"]), ..Recipients::default() };
    let from = Participant { name: "Bo <b>".into(), address: String::new() };
    let original = Original { subject: "<img src=x>\r\n", body: "", ..original(Some(&from), &given) };
    let none = |_: &Url| None;
    let setting = Setting { own_addresses: &[], trackers: Trackers { own: &[], original_of: &none }, utc_offset_minutes: None };
    let (_, body) = body(Answering::Reply, &original, &NewText { kind: BodyKind::Html, content: "x", signature: None }, &setting);
    assert!(!body.contains("<script>") && !body.contains("<img") && body.contains("Bo &lt;b&gt;") && body.contains("08:01 UTC"));
}
