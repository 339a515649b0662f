//! Tracking as a sender would see it: which links lead over us, what else changes (nothing), and that all of it can be undone.
//!
//! The set of real mail is private and not part of the project: it is looked for in `../shared/data` beside the checkout.

use std::cell::RefCell;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use mail_parser::{MessageParser, MimeHeaders as _, PartType};
use model::compose::history::{self, Trackers};
use model::compose::prefix::Prefix;
use model::compose::track::{self, Tracked, Tracking};
use model::text;
use url::Url;

const PIXEL: &str = "https://t.us.example/o/1.gif?a&b";

fn own() -> [Prefix; 1] {
    [Prefix::read("https://t.us.example/").expect("a prefix")]
}

fn tracked(html: &str) -> Tracked {
    track::track(html, &Tracking { pixel: Some(PIXEL), links: true, unsubscribe: None, own: &own() }, |n, _| {
        format!("https://t.us.example/c/{n}?a=1&b=2")
    })
}

/// Takes the trackers out again, with what was kept of each link.
fn undone(tracked: &Tracked) -> String {
    let original_of = |url: &Url| {
        let n: usize = url.path().strip_prefix("/c/")?.parse().ok()?;
        tracked.links.get(n).map(|link| link.url.clone())
    };
    history::without_trackers(&tracked.html, &Trackers { own: &own(), original_of: &original_of })
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compose").join(name);
    std::fs::read_to_string(path).expect("the fixture is there")
}

#[test]
fn links_are_tracked_or_left_as_the_table_says() {
    let cases: Vec<serde_json::Value> = serde_json::from_str(&fixture("links.json")).expect("the table is JSON");
    assert!(cases.len() > 20);
    for case in &cases {
        let name = &case["name"];
        let words = |key: &str| -> Vec<String> {
            case[key].as_array().map(|words| words.iter().map(|word| word.as_str().expect("text").to_owned()).collect()).unwrap_or_default()
        };
        let tracked = tracked(case["html"].as_str().expect("HTML"));
        let urls: Vec<_> = tracked.links.iter().map(|link| link.url.clone()).collect();
        assert_eq!(urls, words("tracked"), "{name}");
        let texts: Vec<_> = tracked.links.iter().map(|link| link.text.clone()).collect();
        assert_eq!(texts, words("texts"), "{name}");
        let reasons: Vec<_> = tracked.untouched.iter().map(|link| format!("{:?}", link.why)).collect();
        assert_eq!(reasons, words("untouched"), "{name}");
        assert_eq!(
            tracked.html.matches("https://t.us.example/c/").count() - usize::from(name == "our own addresses"),
            urls.len(),
            "{name}"
        );
    }
}

#[test]
fn only_addresses_change_and_the_pixel_stands_above_the_history() {
    let html = fixture("reply.html");
    let tracked = tracked(&html);
    assert_eq!(tracked.links.iter().map(|link| (link.n, link.text.as_str())).collect::<Vec<_>>(), [(0, "offer"), (1, "Book a call")]);
    let pixel =
        "<img src=\"https://t.us.example/o/1.gif?a&amp;b\" width=\"1\" height=\"1\" alt=\"\" style=\"border:0;width:1px;height:1px\">";
    let expected = html
        .replace("\"https://shop.example/offer?id=1&amp;lang=de\"", "\"https://t.us.example/c/0?a=1&amp;b=2\"")
        .replace("'https://us.example/book'", "'https://t.us.example/c/1?a=1&amp;b=2'")
        .replace("<div id=\"appendonsend\">", &format!("{pixel}<div id=\"appendonsend\">"));
    assert_eq!(tracked.html, expected);
    assert_eq!(text::of_html(&tracked.html), text::of_html(&html));
    assert_eq!(undone(&tracked), html);
}

#[test]
fn without_a_history_the_pixel_ends_the_body() {
    for (html, place) in [
        ("<p>x</p><a href=http://shop.example/ tar", "<a"),
        ("<p>x</p><!--#rotate><p>y</p>", "<!--"),
        ("<html><body><p>x</p></body></html>", "</body>"),
        ("<p>x</p></html>", ""),
        ("<p>1 < 2</p>", ""),
        ("", ""),
    ] {
        let pixel = track::pixel_tag(PIXEL);
        let (front, end) = if place.is_empty() { (html, "") } else { html.split_at(html.find(place).expect("it is there")) };
        assert_eq!(tracked(html).html, format!("{front}{pixel}{end}"));
    }
}

#[test]
fn opens_and_clicks_are_looked_for_apart() {
    let html = fixture("reply.html");
    let only = |pixel, links| {
        track::track(&html, &Tracking { pixel, links, unsubscribe: None, own: &own() }, |n, _| format!("https://t.us.example/c/{n}"))
    };
    assert_eq!(only(None, false).html, html);
    assert!(!only(None, true).html.contains("<img") && only(None, true).links.len() == 2);
    assert!(only(Some(PIXEL), false).html.contains("<img") && only(Some(PIXEL), false).links.is_empty());
}

#[test]
fn each_recipient_s_copy_can_be_made_from_another_s() {
    let html = fixture("reply.html");
    let first = tracked(&html);
    assert_eq!(tracked(&first.html).html, first.html);
    let second = track::track(
        &first.html,
        &Tracking { pixel: Some("https://t.us.example/o/2.gif"), links: true, unsubscribe: None, own: &own() },
        |_, _| unreachable!("all are ours"),
    );
    assert_eq!(second.html.matches("<img").count(), 1);
    assert!(second.html.contains("/o/2.gif"));
}

#[test]
fn any_cut_of_a_mail_is_survived() {
    let html = fixture("reply.html");
    for end in (0..=html.len()).filter(|end| html.is_char_boundary(*end)) {
        let cut = &html[..end];
        let tracked = tracked(cut);
        assert!(tracked.html.len() >= cut.len());
        undone(&tracked);
    }
}

/// The HTML parts of the real mail beside this checkout.
fn real_html() -> Option<Vec<String>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mail/spamassassin.tar.gz");
    let file = std::fs::File::open(path).ok()?;
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut parts = Vec::new();
    for entry in archive.entries().expect("an archive") {
        let mut bytes = Vec::new();
        entry.expect("an entry").read_to_end(&mut bytes).expect("it can be read");
        let Some(message) = MessageParser::default().parse(&bytes) else { continue };
        for part in &message.parts {
            let is_html = part.content_type().is_none_or(|kind| kind.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("html")));
            if let PartType::Html(html) = &part.body
                && is_html
            {
                parts.push(html.to_string());
            }
        }
    }
    Some(parts)
}

/// HTML with numbered references and `&amp;` read, as an oracle that knows nothing of the reader under test.
fn unescaped(html: &str) -> String {
    let mut parts = html.split("&#");
    let mut read = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
        match part[..digits].parse().ok().and_then(char::from_u32) {
            Some(letter) => read.extend([&letter.to_string(), part[digits..].strip_prefix(';').unwrap_or(&part[digits..])]),
            None => read.extend(["&#", part]),
        }
    }
    ["&amp;", "&AMP;"].iter().fold(read, |read, reference| read.replace(reference, "&"))
}

#[test]
fn real_mail_keeps_its_text_and_its_links() {
    let Some(parts) = real_html() else { return println!("left out: ../shared/data not found (mail/spamassassin.tar.gz)") };
    let (mut links, mut untouched) = (0, 0);
    for (number, html) in parts.iter().enumerate() {
        let tracked = tracked(html);
        assert!(text::of_html(&tracked.html) == text::of_html(html), "the text of number {number} changed");
        assert!(self::tracked(&tracked.html).html == tracked.html, "number {number} is tracked twice");
        let again = self::tracked(&undone(&tracked));
        assert!(again.links == tracked.links, "the links of number {number} are not recovered");
        let missing = tracked.links.iter().find(|link| !html.contains(&link.url) && !unescaped(html).contains(&link.url));
        assert!(missing.is_none(), "a link of number {number} leads elsewhere than its author wrote: {missing:?}");
        links += tracked.links.len();
        untouched += tracked.untouched.len();
    }
    println!("{} HTML parts: {links} links tracked, {untouched} left as they are", parts.len());
    assert!(parts.len() > 500 && links > 1_000);
}

#[test]
fn tracking_a_long_mail_takes_little_time() {
    let paragraph = "<p style=\"margin:0;font-family:Calibri\">We have <b>three</b> &amp; more; see <a href=\"https://shop.example/offer?id=1&amp;x=2\">the offer</a>.</p>\r\n";
    let html = format!("<html><body>{}</body></html>", paragraph.repeat(20_000 / paragraph.len() + 1));
    let clock = RefCell::new(Vec::new());
    for _ in 0..50 {
        let begun = now();
        assert_eq!(tracked(&html).links.len(), 20_000 / paragraph.len() + 1);
        clock.borrow_mut().push(now() - begun);
    }
    let mut times = clock.into_inner();
    times.sort();
    println!("tracking {} bytes with {} links: {} µs (median of 50)", html.len(), 20_000 / paragraph.len() + 1, times[25].as_micros());
    assert!(times[25] < Duration::from_millis(100), "tracking took {:?}", times[25]);
}

/// A measuring test may look at a clock.
#[allow(clippy::disallowed_methods, reason = "it measures")]
fn now() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock is past 1970")
}
