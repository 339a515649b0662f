//! Conversations: messages that answer one another, with the fields by which programs thread them.
//!
//! Each reply carries In-Reply-To and References, quotes what it answers, and, from Outlook, continues the
//! Thread-Index (22 bytes, 5 more for each reply; reference: Graph, section 3.1).

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};

use super::{
    compose::{Draft, Part, Party, date},
    documents,
    language::{Language, Matter, pick},
};
use crate::ids::Ids;

/// Quoted text is cut here: nobody reads the tenth level.
const QUOTE_BYTES_MAX: usize = 6_000;

/// A conversation in the making.
pub(super) struct Thread {
    language: &'static Language,
    matter: Matter,
    topic: String,
    references: Vec<String>,
    index: Vec<u8>,
    /// What the last message said and who said it when: quoted by the next.
    last: Option<(Party, Timestamp, String)>,
    step: usize,
}

/// Where a message of a thread comes from and goes to.
pub(super) struct Leg {
    pub(super) from: Party,
    pub(super) to: Vec<Party>,
    pub(super) cc: Vec<Party>,
    pub(super) sent: Timestamp,
    /// Shown below the name in the signature.
    pub(super) title: String,
    /// Written with Outlook: HTML with a logo, and a Thread-Index.
    pub(super) outlook: bool,
}

impl Thread {
    pub(super) fn begin(language: &'static Language, start: Timestamp, ids: &mut Ids) -> Self {
        let matter = Matter::draw(ids);
        let topic = matter.fill(pick::<String>(&language.subjects, ids));
        Self { language, matter, topic, references: Vec::new(), index: index_header(start, ids), last: None, step: 0 }
    }

    /// The next message.
    pub(super) fn write(&mut self, leg: Leg, ids: &mut Ids) -> Draft {
        let name = leg.to.first().map(|to| to.name.as_str()).unwrap_or_default();
        let says = self.language.sentence(self.step, &self.matter, ids);
        let text = format!("{}\n\n{says}\n\n{}\n{}", self.language.hello.replace("{name}", name), self.language.bye, leg.from.name);
        let quote = self.quote();
        let domain = leg.from.address.split('@').nth(1).unwrap_or("mail.example").to_owned();
        let subject = if self.step == 0 { self.topic.clone() } else { format!("Re: {}", self.topic) };
        let mut draft = Draft::new(leg.from.clone(), leg.to, subject, leg.sent, format!("{}@{domain}", ids.token(12)));
        draft.cc = leg.cc;
        draft.offset_h = self.language.offset_h;
        draft.references = self.references.clone();
        draft.text = format!("{text}\n{quote}");
        if leg.outlook {
            draft.fields.push(("Thread-Topic", super::compose::words(&self.topic)));
            draft.fields.push(("Thread-Index", STANDARD.encode(&self.index)));
            self.dress(&mut draft, &text, &leg.title, ids);
        }
        self.attach(&mut draft, ids);
        self.advance(&draft, leg.from, ids);
        draft
    }

    /// An automatic reply to the last message; it is no step of the conversation.
    pub(super) fn away(&self, from: Party, to: Party, sent: Timestamp, ids: &mut Ids) -> Draft {
        let domain = from.address.split('@').nth(1).unwrap_or("mail.example").to_owned();
        let subject = format!("Automatic reply: {}", self.topic);
        let mut draft = Draft::new(from, vec![to], subject, sent, format!("{}@{domain}", ids.token(12)));
        draft.references = self.references.last().cloned().into_iter().collect();
        draft.fields.push(("Auto-Submitted", "auto-replied".into()));
        draft.fields.push(("X-Auto-Response-Suppress", "All".into()));
        draft.text = self.language.away.clone();
        draft
    }

    /// The last message, forwarded to a colleague as an attachment.
    pub(super) fn forward(&self, original: &Draft, from: Party, to: Party, sent: Timestamp, ids: &mut Ids) -> Draft {
        let domain = from.address.split('@').nth(1).unwrap_or("mail.example").to_owned();
        let mut draft = Draft::new(from, vec![to], format!("FW: {}", self.topic), sent, format!("{}@{domain}", ids.token(12)));
        draft.references = self.references.clone();
        draft.text = "Can you take this one? The original is attached.".into();
        draft.files.push(Part {
            name: format!("{}.eml", self.topic),
            content_type: "message/rfc822",
            content_id: None,
            bytes: original.compose(""),
        });
        draft
    }

    fn dress(&self, draft: &mut Draft, text: &str, title: &str, ids: &mut Ids) {
        let logo = format!("logo.{}@{}", ids.token(6), "images.example");
        let direction = if self.language.rtl { " dir=\"rtl\"" } else { "" };
        let mut html = format!("<html lang=\"{}\"><head><meta charset=\"utf-8\"></head><body{direction}>", self.language.code);
        for paragraph in text.split("\n\n") {
            html.push_str(&format!("<p>{}</p>\n", escape(paragraph).replace('\n', "<br>\n")));
        }
        html.push_str(&format!(
            "<p style=\"color:#666\">{}<br><img src=\"cid:{logo}\" width=\"64\" height=\"24\" alt=\"\"></p>\n",
            escape(title)
        ));
        if let Some((who, when, said)) = &self.last {
            let said = escape(said).replace('\n', "<br>\n");
            html.push_str(&format!("<hr><div id=\"divRplyFwdMsg\">{}</div><blockquote>{said}</blockquote>\n", self.wrote(who, *when)));
        }
        html.push_str("</body></html>\n");
        draft.html = Some(html);
        let bytes = documents::png(64, 24, ids);
        draft.images.push(Part { name: "logo.png".into(), content_type: "image/png", content_id: Some(logo), bytes });
    }

    fn attach(&self, draft: &mut Draft, ids: &mut Ids) {
        let number = self.matter.number();
        match ids.below(16) {
            0 => draft.files.push(Part {
                name: format!("{}.pdf", self.topic.replace(['/', ':'], " ")),
                content_type: "application/pdf",
                content_id: None,
                bytes: documents::pdf(&format!("Document {number}")),
            }),
            1 => draft.files.push(Part {
                name: format!("positions-{number}.csv"),
                content_type: "text/csv",
                content_id: None,
                bytes: documents::csv(ids),
            }),
            2 => draft.files.push(Part {
                name: "photo.png".into(),
                content_type: "image/png",
                content_id: None,
                bytes: documents::png(160, 120, ids),
            }),
            3 => draft.fields.push(("Importance", "high".into())),
            _ => {}
        }
    }

    fn advance(&mut self, draft: &Draft, from: Party, ids: &mut Ids) {
        let said = draft.text[..draft.text.floor_char_boundary(QUOTE_BYTES_MAX)].to_owned();
        self.last = Some((from, draft.sent, said));
        self.references.push(draft.message_id.clone());
        self.index.extend(ids.bytes(5));
        self.step += 1;
    }

    fn quote(&self) -> String {
        let Some((who, when, said)) = &self.last else { return String::new() };
        let lines: Vec<_> = said.lines().map(|line| format!("> {line}")).collect();
        format!("\n{}\n{}\n", self.wrote(who, *when), lines.join("\n"))
    }

    fn wrote(&self, who: &Party, when: Timestamp) -> String {
        self.language.wrote.replace("{date}", &date(when, self.language.offset_h)).replace("{name}", &who.name)
    }
}

/// Six bytes of time in 100-nanosecond steps since 1601, and a GUID.
fn index_header(start: Timestamp, ids: &mut Ids) -> Vec<u8> {
    let since_1601_s = start.as_second() + 11_644_473_600;
    let ticks = (since_1601_s as u64).wrapping_mul(10_000_000).to_be_bytes();
    ticks[..6].iter().copied().chain(ids.bytes(16)).collect()
}

/// Some minutes to some days later, by the seed.
pub(super) fn later(after: Timestamp, ids: &mut Ids) -> Timestamp {
    let minutes = if ids.chance(0.6) { 4 + ids.below(300) } else { 300 + ids.below(4_000) };
    after + SignedDuration::from_secs(minutes as i64 * 60 + ids.below(60) as i64)
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
