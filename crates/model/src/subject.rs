//! The base subject: what is left of a subject when the marks of answering and forwarding are taken off.
//!
//! `Re: [team] AW: Offer (fwd)` comes to `Offer`. The rules are those of RFC 5256, section 2.1, with two changes:
//! prefixes of many languages count, and a tag in brackets that holds a digit stays (`[Ticket #4711]`), because two
//! tickets with the same words are two matters.
//!
//! Source: RFC 5256, section 2.1; the prefixes are those that mail programs write in the languages named beside them.

/// A subject, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Without marks and tags, in its own letters.
    pub base: String,
    /// It was marked as an answer.
    pub answer: bool,
    /// It was marked as forwarded.
    pub forward: bool,
}

impl Subject {
    /// Reads a decoded subject.
    pub fn read(subject: &str) -> Self {
        let mut marks = Marks::default();
        let mut kept: Vec<&str> = Vec::new();
        let mut rest = subject.trim();
        loop {
            let before = rest;
            rest = without_trailer(rest, &mut marks);
            rest = without_wrapper(rest, &mut marks);
            rest = without_leader(rest, &mut marks, &mut kept);
            rest = without_tag(rest, &mut kept);
            if rest.len() == before.len() {
                break;
            }
        }
        kept.push(rest);
        let words = kept.iter().flat_map(|part| part.split_whitespace());
        Subject { base: words.collect::<Vec<_>>().join(" "), answer: marks.answer, forward: marks.forward }
    }

    /// The base for comparison: case does not matter.
    pub fn folded(&self) -> String {
        self.base.to_lowercase()
    }
}

/// A subject without its marks of answering and forwarding, in any language. Unlike the base it keeps every tag: Exchange
/// reads a conversation's topic from what stands behind one mark, and a tag that is gone would be another topic.
pub fn unmarked(subject: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut marks = Marks::default();
    let mut rest = without_wrapper(subject.trim(), &mut marks);
    loop {
        let (tags, behind) = split_tags(rest);
        let Some((_, after)) = split_mark(behind) else { break };
        kept.extend(tags);
        rest = without_wrapper(after.trim(), &mut marks);
    }
    kept.push(rest);
    kept.join(" ").trim_end().to_owned()
}

/// What the taken-off parts said.
#[derive(Default)]
struct Marks {
    answer: bool,
    forward: bool,
}

impl Marks {
    fn take(&mut self, mark: Mark) {
        match mark {
            Mark::Answer => self.answer = true,
            Mark::Forward => self.forward = true,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mark {
    Answer,
    Forward,
}

/// `Offer (fwd)`
fn without_trailer<'a>(text: &'a str, marks: &mut Marks) -> &'a str {
    match text.len().checked_sub(5).and_then(|start| text.split_at_checked(start)) {
        Some((front, "(fwd)" | "(Fwd)" | "(FWD)")) => {
            marks.forward = true;
            front.trim_end()
        }
        _ => text,
    }
}

/// `[Fwd: Offer]`
fn without_wrapper<'a>(text: &'a str, marks: &mut Marks) -> &'a str {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    match inner.and_then(|inner| inner.split_at_checked(4)) {
        Some((mark, inner)) if mark.eq_ignore_ascii_case("fwd:") => {
            marks.forward = true;
            inner.trim()
        }
        _ => text,
    }
}

/// `Re: Offer`, `[team] Re: Offer`
fn without_leader<'a>(text: &'a str, marks: &mut Marks, kept: &mut Vec<&'a str>) -> &'a str {
    let (tags, rest) = split_tags(text);
    let Some((mark, after)) = split_mark(rest) else { return text };
    marks.take(mark);
    kept.extend(tags.into_iter().filter(|tag| is_telling(tag)));
    after.trim_start()
}

/// `[team] Offer`, but not `[Offer]`
fn without_tag<'a>(text: &'a str, kept: &mut Vec<&'a str>) -> &'a str {
    match split_tag(text) {
        Some((tag, rest)) if !rest.is_empty() => {
            if is_telling(tag) {
                kept.push(tag);
            }
            rest
        }
        _ => text,
    }
}

/// A tag with a digit names one matter among others.
fn is_telling(tag: &str) -> bool {
    tag.bytes().any(|byte| byte.is_ascii_digit())
}

fn split_tags(text: &str) -> (Vec<&str>, &str) {
    let mut tags = Vec::new();
    let mut rest = text;
    while let Some((tag, after)) = split_tag(rest) {
        tags.push(tag);
        rest = after;
    }
    (tags, rest)
}

fn split_tag(text: &str) -> Option<(&str, &str)> {
    let end = text.strip_prefix('[')?.find(['[', ']'])? + 1;
    let (tag, rest) = text.split_at_checked(end + 1)?;
    tag.ends_with(']').then(|| (tag, rest.trim_start()))
}

/// A word of [`ANSWER`] or [`FORWARD`], perhaps with a count (`Re[2]`, `Re(2)`, `Re^2`), and a colon.
fn split_mark(text: &str) -> Option<(Mark, &str)> {
    let (colon, character) = text.char_indices().take(MARK_CHARACTERS_MAX).find(|(_, character)| matches!(character, ':' | '：'))?;
    let word = without_count(text[..colon].trim_end()).to_lowercase();
    let mark = if ANSWER.contains(&word.as_str()) {
        Mark::Answer
    } else if FORWARD.contains(&word.as_str()) {
        Mark::Forward
    } else {
        return None;
    };
    Some((mark, &text[colon + character.len_utf8()..]))
}

fn without_count(word: &str) -> &str {
    let is_count = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let cut = word.find(['[', '(', '^', '*']).map(|start| word.split_at(start));
    match cut {
        Some((front, count)) if is_count(count[1..].trim_end_matches([']', ')'])) => front.trim_end(),
        _ => word,
    }
}

/// The longest mark with its count.
const MARK_CHARACTERS_MAX: usize = 32;

const ANSWER: &[&str] = &[
    "re",
    "aw",
    "antw",
    "antwort", // English and most others; German; Dutch
    "sv",
    "vs",
    "vast", // Swedish, Danish, Norwegian, Icelandic; Finnish, Estonian
    "r",
    "rif",
    "res",
    "resp",
    "rsp",
    "rép", // Italian; Portuguese; Spanish; French
    "odp",
    "ad",
    "odg",
    "atb",
    "ats",
    "vá", // Polish, Czech, Slovak; Croatian, Serbian, Slovene; Latvian, Welsh; Lithuanian; Hungarian
    "ynt",
    "yan",
    "cvp",
    "bls",
    "tl",
    "trả lời", // Turkish; Indonesian; Vietnamese
    "απ",
    "σχετ",
    "отв",
    "ответ",
    "на",
    "відп",
    "отг",
    "одг", // Greek; Russian; Ukrainian; Bulgarian; Serbian
    "תשובה",
    "השב",
    "רד",
    "رد",
    "پاسخ", // Hebrew; Arabic; Persian
    "回复",
    "回覆",
    "答复",
    "答覆",
    "返信",
    "답장",
    "회신",
    "ตอบ",
    "ตอบกลับ", // Chinese; Japanese; Korean; Thai
    "automatic reply",
    "auto",
    "automatische antwort",
    "automatisch antwoord",
    "réponse automatique",
    "respuesta automática",
    "resposta automática",
    "risposta automatica",
    "autosvar",
    "automaattinen vastaus",
    "自动答复",
    "自動返信",
    "자동 회신",
    "автоматический ответ",
];

const FORWARD: &[&str] = &[
    "fw",
    "fwd",
    "wg",
    "doorst", // English and most others; German; Dutch
    "vb",
    "vl",
    "ed", // Swedish; Finnish; Estonian
    "i",
    "inoltra",
    "enc",
    "rv",
    "rvf",
    "tr", // Italian; Portuguese; Spanish; French
    "pd",
    "prz",
    "pč",
    "pr",
    "pārs",
    "továbbítás",
    "tov",
    "fs", // Polish; Czech; Slovene, Croatian; Latvian; Hungarian; Icelandic
    "ilt",
    "i̇lt",
    "trs",
    "terusan",
    "chuyển tiếp", // Turkish; Indonesian; Vietnamese
    "πρθ",
    "пересл",
    "перес",
    "пер",
    "препр", // Greek; Russian, Ukrainian; Bulgarian
    "הועבר",
    "إعادة توجيه", // Hebrew; Arabic
    "转发",
    "轉寄",
    "轉發",
    "転送",
    "전달",
    "ส่งต่อ", // Chinese; Japanese; Korean; Thai
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(subject: &str) -> (String, bool, bool) {
        let subject = Subject::read(subject);
        (subject.base, subject.answer, subject.forward)
    }

    #[test]
    fn a_subject_without_marks_stays() {
        assert_eq!(read("  Offer   for March "), ("Offer for March".into(), false, false));
        assert_eq!(read("[Offer]"), ("[Offer]".into(), false, false));
        assert_eq!(read("Note: call back"), ("Note: call back".into(), false, false));
        assert_eq!(read("Regarding: x"), ("Regarding: x".into(), false, false));
        assert_eq!(read(""), (String::new(), false, false));
    }

    #[test]
    fn answers_and_forwards_of_many_languages_come_to_one_base() {
        for subject in [
            "Re: Offer",
            "RE : Offer",
            "re:Offer",
            "AW: Offer",
            "Antw: Re: Offer",
            "SV: Offer",
            "VS: Offer",
            "R: Offer",
            "RES: Offer",
            "Odp: Offer",
            "YNT: Offer",
            "Отв: Offer",
            "НА: Offer",
            "回复：Offer",
            "答复: Offer",
            "RE[2]: Offer",
            "Re(3): Offer",
            "Re^2: Offer",
            "[team] Re: Offer",
            "Re: [team] Offer",
            "Re: Fwd: Offer",
            "Automatic reply: Offer",
            "Trả lời: Offer",
            "رد: Offer",
        ] {
            let read = Subject::read(subject);
            assert_eq!((read.base.as_str(), read.answer), ("Offer", true), "{subject}");
        }
        for subject in [
            "Fwd: Offer",
            "WG: Offer",
            "TR: Offer",
            "RV: Offer",
            "ENC: Offer",
            "İLT: Offer",
            "转发: Offer",
            "Offer (fwd)",
            "[Fwd: Offer]",
            "I: Offer",
        ] {
            assert_eq!(read(subject), ("Offer".into(), false, true), "{subject}");
        }
    }

    #[test]
    fn a_tag_with_a_number_names_a_matter_and_stays() {
        assert_eq!(read("Re: [Ticket #4711] Printer").0, "[Ticket #4711] Printer");
        assert_eq!(read("[Ticket #4711] Re: Printer").0, "[Ticket #4711] Printer");
        assert_eq!(read("[EXTERN] AW: [list] Printer").0, "Printer");
    }

    #[test]
    fn without_its_marks_a_subject_keeps_its_tags() {
        for (given, expected) in [
            ("Re: AW: Fwd: Offer", "Offer"),
            ("[team] Re: Offer", "[team] Offer"),
            ("Re: [team] Offer", "[team] Offer"),
            ("回复：SV: Offer: part 2", "Offer: part 2"),
            ("[Fwd: Offer]", "Offer"),
            ("Re:", ""),
            ("Offer", "Offer"),
        ] {
            assert_eq!(unmarked(given), expected, "{given}");
        }
    }

    #[test]
    fn marks_alone_leave_nothing() {
        assert_eq!(read("Re:"), (String::new(), true, false));
        assert_eq!(read("Re: Re: Fwd:"), (String::new(), true, true));
    }

    #[test]
    fn any_cut_of_a_subject_is_survived() {
        let subject = "[é][1] Re[2]：[Fwd: ß (fwd)] 回复: [x";
        for end in (0..=subject.len()).filter(|end| subject.is_char_boundary(*end)) {
            for start in (0..=end).filter(|start| subject.is_char_boundary(*start)) {
                Subject::read(&subject[start..end]);
            }
        }
    }

    #[test]
    fn no_prefix_is_both_an_answer_and_a_forward() {
        assert!(ANSWER.iter().all(|word| !FORWARD.contains(word)));
    }
}
