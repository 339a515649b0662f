//! Where the quotation begins in HTML, by what mail programs put around it. The console folds what is behind.
//!
//! Promises: never fails; says a place between two tags, so that what is before it is whole but for elements that stay open.
//! It reads tags only as far as it must and decides nothing about safety: clean the HTML first or afterwards.
//!
//! Sources: the markup that Gmail, Outlook (desktop, web, mobile), Apple Mail, Yahoo, Thunderbird, Proton and Zoho write, as
//! found in mail.

/// Where the quotation begins, in bytes; `None` if there is none, or nothing stands before it.
pub fn quotation_start(html: &str) -> Option<usize> {
    let mut seen_text = false;
    let mut place = 0;
    while let Some(open) = html[place..].find('<').map(|found| place + found) {
        seen_text |= has_words(&html[place..open]);
        let rest = &html[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            place = comment.find("-->").map_or(html.len(), |end| open + 4 + end + 3);
            continue;
        }
        let end = open + tag_length(rest);
        let tag = Tag::read(&html[open..end]);
        if seen_text && tag.begins_quotation() {
            return Some(open);
        }
        place = match tag.name.as_str() {
            // What is inside is not read by people.
            name @ ("style" | "script" | "head" | "title") => closing(html, end, name),
            _ => end,
        };
        seen_text |= tag.name == "img";
    }
    None
}

/// Whether a start tag, from its `<` to its `>`, is what a mail program puts where the quotation begins.
pub fn is_quotation_mark(tag: &str) -> bool {
    Tag::read(tag).begins_quotation()
}

/// Bytes of the tag at the start, its angle brackets included; a bracket within quotation marks ends nothing.
fn tag_length(rest: &str) -> usize {
    let mut mark = None;
    for (place, byte) in rest.bytes().enumerate().skip(1) {
        match (byte, mark) {
            (b'>', None) => return place + 1,
            (b'"' | b'\'', None) => mark = Some(byte),
            (byte, Some(open)) if byte == open => mark = None,
            _ => {}
        }
    }
    // A mark that is never closed: the tag ends where the next bracket is.
    rest.find('>').map_or(rest.len(), |place| place + 1)
}

/// Behind `</name`, from `from` on.
fn closing(html: &str, from: usize, name: &str) -> usize {
    let mut place = from;
    while let Some(found) = html[place..].find("</").map(|found| place + found) {
        place = found + 2;
        if html[place..].get(..name.len()).is_some_and(|given| given.eq_ignore_ascii_case(name)) {
            return place;
        }
    }
    html.len()
}

fn has_words(text: &str) -> bool {
    let text = text.replace("&nbsp;", " ").replace("&#160;", " ").replace("&zwnj;", "");
    text.chars().any(|letter| !letter.is_whitespace() && !matches!(letter, '\u{200B}' | '\u{FEFF}' | '\u{a0}'))
}

struct Tag {
    name: String,
    /// Everything else, in small letters, without spaces.
    rest: String,
}

impl Tag {
    fn read(text: &str) -> Self {
        let inner = text.trim_start_matches('<').trim_end_matches('>');
        let (name, rest) = inner.split_once(|letter: char| letter.is_whitespace()).unwrap_or((inner, ""));
        let name = name.trim_end_matches('/').to_ascii_lowercase();
        let rest = rest.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().to_ascii_lowercase().replace('\'', "\"");
        Tag { name, rest }
    }

    fn begins_quotation(&self) -> bool {
        match self.name.as_str() {
            "blockquote" => !self.rest.contains("class=\"gmail-indent") && !self.rest.contains("margin:00040px"),
            "div" | "span" | "td" | "p" | "section" => MARKS.iter().any(|mark| self.rest.contains(mark)) || self.is_drawn_by_outlook(),
            // Outlook on the web draws a line of this width above the head, and nobody else does.
            "hr" => self.rest.contains("tabindex=\"-1\"") || self.rest.contains("id=\"stopspelling\""),
            "a" => self.rest.contains("name=\"_mailoriginal\""),
            _ => false,
        }
    }

    /// `<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">`
    fn is_drawn_by_outlook(&self) -> bool {
        let drawn = self.rest.contains("border-top:solid#e1e1e1")
            || self.rest.contains("border-top:solid#b5c4df")
            || self.rest.contains("border-top:solidblack");
        drawn && self.rest.contains("padding:3")
    }
}

/// What programs call it.
const MARKS: &[&str] = &[
    "gmail_quote",
    "gmail_attr",
    "gmail_extra",
    "id=\"divrplyfwdmsg\"",
    "id=\"appendonsend\"",
    "id=\"x_divrplyfwdmsg\"",
    "id=\"x_appendonsend\"",
    "id=\"mail-editor-reference-message-container\"",
    "moz-cite-prefix",
    "moz-forward-container",
    "yahoo_quoted",
    "protonmail_quote",
    "zmail_extra",
    "id=\"olk_src_body_section\"",
    "id=\"origbody\"",
    "id=\"replymessage",
    "wordsection1_quote",
    "tutanota_quote",
    "ydp-yahoo_quoted",
    "applemailquote",
];

#[cfg(test)]
mod tests {
    use super::quotation_start;

    #[test]
    fn each_program_s_quotation_is_found() {
        for quotation in [
            r#"<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon…"#,
            r#"<blockquote type="cite" cite="mid:x">Old</blockquote>"#,
            r#"<div id="appendonsend"></div><hr style="width:98%" tabindex="-1">"#,
            r#"<hr tabindex='-1' style="display:inline-block; width:98%">"#,
            r#"<DIV ID=divRplyFwdMsg dir="ltr">"#.replace("ID=divRplyFwdMsg", r#"ID="divRplyFwdMsg""#).as_str(),
            r#"<div style="border:none; border-top:solid #E1E1E1 1.0pt; padding:3.0pt 0in 0in 0in"><p>From:"#,
            r#"<div class="moz-cite-prefix">On 3.5.26, Bo wrote:<br></div>"#,
            r#"<div id="yahoo_quoted_12" class="yahoo_quoted">"#,
            r#"<div class="protonmail_quote">"#,
        ] {
            let html = format!("<html><head><style>p > a {{}}</style></head><body><p>New</p>{quotation}");
            assert_eq!(quotation_start(&html), Some(html.len() - quotation.len()), "{quotation}");
        }
    }

    #[test]
    fn without_anything_new_above_nothing_is_folded() {
        assert_eq!(quotation_start("<p>&nbsp;</p>\n<div class=\"gmail_quote\">Old</div>"), None);
        assert_eq!(quotation_start("<p>New</p><div class=\"signature\">Bo</div>"), None);
        assert_eq!(quotation_start("<!-- <div class=\"gmail_quote\"> -->New <a title=\"<blockquote>\">x</a>"), None);
        assert_eq!(quotation_start(""), None);
    }

    #[test]
    fn any_cut_of_a_mail_is_survived() {
        let html = "<style>ß</style>ä<div class='x\" >é<blockquote type=\"cite\">ö</blockquote><!-- é --><hr tabindex=\"-1\">";
        for end in (0..=html.len()).filter(|end| html.is_char_boundary(*end)) {
            for start in (0..=end).filter(|start| html.is_char_boundary(*start)) {
                if let Some(place) = quotation_start(&html[start..end]) {
                    assert!(html[start..end].is_char_boundary(place));
                }
            }
        }
    }
}
