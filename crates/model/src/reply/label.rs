//! Labels: what each line of a mail looks like by itself, and where a head or an attribution begins.

use std::ops::Range;

use super::{attribution, fields, signature};

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// Nothing is on it.
    Blank,
    /// Words.
    Text,
    /// It begins with the sign of a quotation; `attributed`: the quotation says whose words follow.
    Quoted { attributed: bool },
    /// An attribution of so many lines begins.
    Attribution { lines: usize },
    /// The head of a mail of so many lines begins: `From: …`, `-----Original Message-----`.
    Head { lines: usize, forwards: bool },
    /// `-- `, below which a signature stands.
    Delimiter,
    /// A line drawn with characters.
    Rule,
    /// `Sent from my …`
    Device,
}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Without spaces around it.
    pub(super) text: &'a str,
    /// With its end.
    pub(super) range: Range<usize>,
    pub(super) label: Label,
}

/// The first `most` lines of a text with their labels.
pub(super) fn read(text: &str, most: usize) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for piece in text.split_inclusive('\n').take(most) {
        lines.push(Line { text: trim(piece), range: start..start + piece.len(), label: Label::Text });
        start += piece.len();
    }
    let fenced = fenced(&lines);
    let texts: Vec<&str> = lines.iter().map(|line| line.text).collect();
    let mut place = 0;
    while place < lines.len() {
        lines[place].label = if fenced[place] { Label::Text } else { label(&texts, place) };
        place += match lines[place].label {
            Label::Attribution { lines } | Label::Head { lines, .. } => lines,
            _ => 1,
        };
    }
    lines
}

/// Without spaces, and without the marks that no reader sees.
fn trim(line: &str) -> &str {
    line.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}'))
}

/// Which lines stand between two fences of code.
fn fenced(lines: &[Line<'_>]) -> Vec<bool> {
    let fences: Vec<usize> = (0..lines.len()).filter(|place| lines[*place].text.starts_with("```")).collect();
    let mut fenced = vec![false; lines.len()];
    for pair in fences.chunks_exact(2) {
        fenced[pair[0]..=pair[1]].fill(true);
    }
    fenced
}

fn label(texts: &[&str], place: usize) -> Label {
    let text = texts[place];
    if text.is_empty() {
        return Label::Blank;
    }
    if let Some((lines, forwards)) = fields::head(&texts[place..]) {
        return Label::Head { lines, forwards };
    }
    if is_quoted(texts, place) {
        let words: Vec<&str> = texts[place..].iter().take(attribution::LINES_MAX).map(|text| unquoted(text)).collect();
        return Label::Quoted { attributed: attribution::lines(&words).is_some() || fields::head(&words).is_some() };
    }
    if let Some(lines) = attribution::lines(&texts[place..]) {
        return Label::Attribution { lines };
    }
    match text {
        "--" | "—" => Label::Delimiter,
        _ if text.len() > 1 && text.bytes().all(|byte| byte == b'_') => Label::Delimiter,
        _ if signature::is_rule(text) => Label::Rule,
        _ if signature::is_device(text) => Label::Device,
        _ => Label::Text,
    }
}

/// `> words`; `Bo> words` only where the neighbour is alike.
fn is_quoted(texts: &[&str], place: usize) -> bool {
    if texts[place].starts_with('>') {
        return true;
    }
    let Some(initials) = initials(texts[place]) else { return false };
    let is_alike = |other: Option<&&str>| other.is_some_and(|text| self::initials(text) == Some(initials));
    is_alike(texts.get(place + 1)) || (place > 0 && is_alike(texts.get(place - 1)))
}

/// `Bo` of `Bo> words`.
fn initials(text: &str) -> Option<&str> {
    let (name, _) = text.split_once('>')?;
    let is_name = (1..=10).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    (is_name && name.as_bytes()[0].is_ascii_uppercase()).then_some(name)
}

fn unquoted(text: &str) -> &str {
    text.trim_start_matches(['>', ' '])
}
