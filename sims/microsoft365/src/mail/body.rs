//! The body of a message: which part it is, and its preview.
//!
//! HTML wins over text, as in Outlook. Parts that a mail strings together (text, image, text) become one
//! body. Nothing is sanitised. Source: reference: Graph, section 3.1 (`body`, `bodyPreview`).

use mail_parser::{Message, MessagePart, PartType, decoders::html};
use serde_json::{Map, Value, json};

/// `bodyPreview` holds at most this many UTF-16 units.
const PREVIEW_UNITS_MAX: usize = 255;

/// So much of a body is read to find its preview; style sheets before the text are rarely longer.
const PREVIEW_SOURCE_BYTES_MAX: usize = 48 * 1024;

/// The chosen body.
pub(super) struct Content {
    pub(super) is_html: bool,
    pub(super) text: String,
}

/// Chooses the body: HTML if there is any, else the text parts.
pub(super) fn choose(message: &Message<'_>) -> Content {
    let is_html = parts(message, &message.html_body).any(|part| matches!(part.body, PartType::Html(_)));
    let mut text = String::new();
    let ids = if is_html { &message.html_body } else { &message.text_body };
    for part in parts(message, ids) {
        match &part.body {
            PartType::Html(content) => text.push_str(content),
            PartType::Text(content) if is_html => text.push_str(&text_to_html(content)),
            PartType::Text(content) => append_text(&mut text, content),
            _ => {}
        }
    }
    Content { is_html, text }
}

/// Writes `body` and `bodyPreview`.
pub(super) fn describe(content: &Content, properties: &mut Map<String, Value>) {
    let content_type = if content.is_html { "html" } else { "text" };
    properties.insert("bodyPreview".into(), preview(content).into());
    properties.insert("body".into(), json!({"contentType": content_type, "content": content.text}));
}

/// Plain text of an HTML body, for `Prefer: outlook.body-content-type="text"`.
#[must_use]
pub fn html_to_text(source: &str) -> String {
    html::html_to_text(source)
}

/// HTML of a plain text body, for `Prefer: outlook.body-content-type="html"`.
#[must_use]
pub fn text_to_html(source: &str) -> String {
    html::text_to_html(source)
}

fn parts<'a>(message: &'a Message<'a>, ids: &'a [u32]) -> impl Iterator<Item = &'a MessagePart<'a>> {
    ids.iter().filter_map(|id| message.parts.get(*id as usize))
}

fn append_text(text: &mut String, content: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("\r\n");
    }
    text.push_str(content);
}

/// `bodyPreview` of an HTML body that came otherwise than in a mail.
#[must_use]
pub fn preview_of_html(source: &str) -> String {
    preview(&Content { is_html: true, text: source.to_owned() })
}

fn preview(content: &Content) -> String {
    let source = head(&content.text, PREVIEW_SOURCE_BYTES_MAX);
    if content.is_html { collapse(&html_to_text(source)) } else { collapse(source) }
}

/// The first bytes of a text, cut between characters.
fn head(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// White space to single blanks, cut to the preview's length and never inside a character.
fn collapse(text: &str) -> String {
    let mut preview = String::with_capacity(PREVIEW_UNITS_MAX);
    let mut units = 0;
    for character in words(text) {
        units += character.len_utf16();
        if units > PREVIEW_UNITS_MAX {
            break;
        }
        preview.push(character);
    }
    preview.truncate(preview.trim_end().len());
    preview
}

fn words(text: &str) -> impl Iterator<Item = char> {
    text.split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|word| !word.is_empty())
        .enumerate()
        .flat_map(|(index, word)| (index > 0).then_some(' ').into_iter().chain(word.chars()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_cut_between_characters_at_255_units() {
        let content = Content { is_html: false, text: "😀".repeat(200) };
        assert_eq!(preview(&content), "😀".repeat(127));
    }

    #[test]
    fn a_preview_of_html_has_no_markup_and_no_style() {
        let text = "<html><head><style>p{color:red}</style></head><body><p>Caf&eacute; &amp;\n  bar</p></body>";
        let content = Content { is_html: true, text: text.into() };
        assert_eq!(preview(&content), "Café & bar");
    }
}
