//! Quoted history on its way out: our own trackers are taken from it, and other people's open pixels.
//!
//! A pixel lives on in what is quoted: whoever reads the answer would count as a reader of the mail before it, and a
//! tracked link would report a colleague's click as the customer's. So pixels go and tracked links lead where they led
//! before. It is done to the original alone, before anything new is put above it.
//!
//! Promises: never fails; what is no tracker stays byte for byte. What it does not do: make HTML safe (the caller cleans it
//! first), or look into style sheets and background images.

use std::ops::Range;

use url::Url;

use super::markup::{self, Edits, Piece, Tag};
use super::prefix::{self, Prefix};

/// How our own trackers are known again and undone.
#[derive(Clone, Copy)]
pub struct Trackers<'a> {
    /// Below which addresses our tracking lives or has lived.
    pub own: &'a [Prefix],
    /// Where one of our links led before; `None` for one that is not ours after all or is forgotten. The address handed in is
    /// below one of the prefixes and free of what gateways put around it.
    pub original_of: &'a dyn Fn(&Url) -> Option<String>,
}

/// HTML without trackers. A link of ours that leads nowhere any more loses its address and keeps its text.
pub fn without_trackers(html: &str, trackers: &Trackers<'_>) -> String {
    let mut edits = Edits::default();
    for piece in markup::read(html) {
        let Piece::Open(tag) = piece else { continue };
        match tag.name.as_str() {
            "img" if is_pixel(&tag, trackers.own) => edits.remove(tag.place),
            "a" | "area" => restore(html, &tag, trackers, &mut edits),
            _ => {}
        }
    }
    edits.apply(html)
}

fn restore(html: &str, tag: &Tag, trackers: &Trackers<'_>, edits: &mut Edits) {
    let Some(href) = tag.attribute("href") else { return };
    let Some(tracked) = Url::parse(href.value.trim()).ok() else { return };
    let Some(own) = prefix::own(trackers.own, &tracked) else { return };
    match (trackers.original_of)(&own) {
        Some(original) => edits.set_value(html, href, &original),
        None => edits.remove_attributes(tag, "href"),
    }
    for copy in COPIES {
        edits.remove_attributes(tag, copy);
    }
}

/// Where Outlook and Gmail keep a second copy of a link's address.
const COPIES: &[&str] = &["originalsrc", "data-saferedirecturl", "data-ogsrc"];

/// Whether an image is there to tell that it was loaded: ours, or plainly somebody else's.
fn is_pixel(tag: &Tag, own: &[Prefix]) -> bool {
    let Some(source) = tag.value("src").map(str::trim) else { return false };
    let source = if source.starts_with("//") { format!("https:{source}") } else { source.to_owned() };
    let Some(url) = Url::parse(&source).ok().filter(prefix::is_web) else { return false };
    prefix::own(own, &url).is_some() || is_invisible(tag) || is_known_tracker(&url)
}

/// An image of at most one point by one, or of none at all, from outside.
fn is_invisible(tag: &Tag) -> bool {
    let style: String =
        tag.value("style").unwrap_or_default().chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let declared = |name: &str| {
        let declarations = style.split(';').filter_map(|declaration| declaration.split_once(':'));
        declarations.filter(|(property, _)| *property == name).map(|(_, value)| value.trim_end_matches("!important")).next_back()
    };
    let size = |name: &str| declared(name).and_then(length).or_else(|| tag.value(name).and_then(length));
    let (width, height) = (size("width"), size("height"));
    let is_point = width.is_some_and(|width| width <= 1.0) && height.is_some_and(|height| height <= 1.0);
    is_point || width == Some(0.0) || height == Some(0.0) || declared("display") == Some("none")
}

/// `1`, `1px`, `0.0`; nothing else is a length that is known.
fn length(value: &str) -> Option<f32> {
    let value = value.trim().to_ascii_lowercase();
    value.strip_suffix("px").or_else(|| value.strip_suffix("pt")).unwrap_or(&value).trim().parse().ok()
}

fn is_known_tracker(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    OPEN_TRACKERS.iter().any(|(domain, path)| {
        let is_there = domain.is_empty() || host == *domain || host.strip_suffix(domain).is_some_and(|front| front.ends_with('.'));
        is_there && url.path().starts_with(path)
    })
}

/// Where programs that watch whether mail is opened keep their pixels: a domain with everything below it, and how the path
/// begins. Those without a domain are run under each sender's own.
const OPEN_TRACKERS: &[(&str, &str)] = &[
    ("", "/wf/open"),                       // SendGrid
    ("", "/track/open.php"),                // Mailchimp, Mandrill
    ("awstrack.me", "/I0/"),                // Amazon SES
    ("emltrk.com", "/"),                    // Litmus
    ("mailfoogae.appspot.com", "/"),        // Streak
    ("mailtrack.io", "/trace/"),            // Mailtrack
    ("mltrk.io", "/"),                      // Mailtrack
    ("mailstat.us", "/tr/"),                // Boomerang
    ("bl-1.com", "/"),                      // Bananatag
    ("t.yesware.com", "/t/"),               // Yesware
    ("track.getsidekick.com", "/"),         // HubSpot
    ("t.sidekickopen01.com", "/"),          // HubSpot
    ("t.hubspotemail.net", "/"),            // HubSpot
    ("t.hubspotfree.net", "/"),             // HubSpot
    ("t.hsms06.com", "/"),                  // HubSpot
    ("pixel.app.returnpath.net", "/"),      // Validity
    ("pixel.monitor1.returnpath.net", "/"), // Validity
    ("tracking.cirrusinsight.com", "/"),    // Cirrus Insight
    ("app.outreach.io", "/api/mailings/opened/"),
    ("track.mixmax.com", "/api/track/"),
    ("email.mixmax.com", "/e/o/"),
    ("open.convertkit-mail.com", "/"),
    ("open.mailerlite.com", "/"),
    ("trk.klclick.com", "/"),
    ("ea.twimg.com", "/email/t1/open"),
    ("salesloft.com", "/t/"),
    ("superhuman.com", "/~/pixel/"),
];

/// Plain text without our tracked links: they lead where they led before, or go.
pub fn without_tracked_links(text: &str, trackers: &Trackers<'_>) -> String {
    let mut edits = Edits::default();
    for place in addresses(text) {
        let Ok(tracked) = Url::parse(&text[place.clone()]) else { continue };
        let Some(own) = prefix::own(trackers.own, &tracked) else { continue };
        edits.replace(place, (trackers.original_of)(&own).unwrap_or_default());
    }
    edits.apply(text)
}

/// Where addresses stand in a text.
fn addresses(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find("http").map(|found| at + found) {
        let is_end = |letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '[' | ']' | '(' | ')' | '\u{a0}');
        let end = text[start..].find(is_end).map_or(text.len(), |length| start + length);
        let end = start + text[start..end].trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*']).len();
        places.push(start..end);
        at = end.max(start + 4);
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(html: &str) -> String {
        let own = [Prefix::read("https://t.acme.example/").expect("a prefix")];
        let original_of = |url: &Url| (url.path() == "/c/1").then(|| "https://shop.example/?a=1&b=2".to_owned());
        without_trackers(html, &Trackers { own: &own, original_of: &original_of })
    }

    #[test]
    fn our_own_trackers_leave_the_history() {
        for (given, expected) in [
            ("a<img src=\"https://t.acme.example/o/x.gif\" width=300>b", "ab"),
            ("<a class=x href='https://t.acme.example/c/1'>Shop</a>", "<a class=x href='https://shop.example/?a=1&amp;b=2'>Shop</a>"),
            ("<a href=https://t.acme.example/c/1>Shop</a>", "<a href=\"https://shop.example/?a=1&amp;b=2\">Shop</a>"),
            ("<a href=\"https://t.acme.example/c/9\" title=x href=\"https://t.acme.example/c/9\">Old</a>", "<a  title=x >Old</a>"),
            (
                "<a href=\"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Ft.acme.example%2Fc%2F1&amp;data=05\" originalsrc=\"https://t.acme.example/c/1\">S</a>",
                "<a href=\"https://shop.example/?a=1&amp;b=2\" >S</a>",
            ),
        ] {
            assert_eq!(stripped(given), expected);
        }
    }

    #[test]
    fn other_people_s_open_pixels_leave_the_history() {
        for pixel in [
            "<img src=\"https://x.example/p\" width=\"1\" height=\"1\">",
            "<IMG SRC='//x.example/p' style='width:1px;HEIGHT: 0px !important'>",
            "<img src=https://x.example/p height=0>",
            "<img src=https://x.example/p style=display:none>",
            "<img src=\"https://click.shop.example/wf/open?upn=x\">",
            "<img src=\"https://abc.r.eu-west-1.awstrack.me/I0/0107/x\">",
        ] {
            assert_eq!(stripped(&format!("<p>a{pixel}b</p>")), "<p>ab</p>", "{pixel}");
        }
    }

    #[test]
    fn what_is_no_tracker_stays() {
        for html in [
            "<img src=\"cid:spacer\" width=\"1\" height=\"1\">",
            "<img src=\"https://x.example/line.png\" width=\"600\" height=\"1\">",
            "<img src=\"https://x.example/logo.png\" width=\"100%\">",
            "<img src=https://x.example/logo.png style=\"max-width:1px;width:80px;height:20px\" width=1 height=1>",
            "<a href=\"https://x.example/?u=https://t.acme.example/c/1\">x</a>",
            "<!-- <img src=\"https://t.acme.example/o/x.gif\"> -->",
        ] {
            assert_eq!(stripped(html), html);
        }
    }

    #[test]
    fn plain_text_loses_our_links_too() {
        let own = [Prefix::read("https://t.acme.example/").expect("a prefix")];
        let original_of = |url: &Url| (url.path() == "/c/1").then(|| "https://shop.example/".to_owned());
        let trackers = Trackers { own: &own, original_of: &original_of };
        let text = "Shop <https://t.acme.example/c/1>, old (https://t.acme.example/c/9). https://other.example/é http";
        assert_eq!(without_tracked_links(text, &trackers), "Shop <https://shop.example/>, old (). https://other.example/é http");
    }
}
