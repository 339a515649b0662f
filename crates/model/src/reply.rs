//! Replies: what is new in a mail, apart from what it quotes, how it is signed and what it forwards.
//!
//! Promises: never fails and loses nothing. The parts cover the text from the first byte to the last, in order; what is
//! taken for old is only marked, so that a reader can unfold it. Mail that says nothing new of its own shows what it
//! forwards. It follows what mail programs write in many languages, line by line; it does not understand what is said,
//! so a farewell without a sign (`Best regards`) counts as text.
//!
//! Sources: RFC 3676, section 4.3 (`-- `) and 4.5 (quotes); the lines that mail programs put above a quotation, as they are
//! found in mail; see [`html`] for what they mark in HTML.

mod attribution;
mod fields;
pub mod html;
mod label;
mod signature;

use std::ops::Range;

use label::{Label, Line};

/// What a part of a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What the author says.
    New,
    /// A quotation that the author answers below it: shown, it makes the answer plain.
    Answered,
    /// A quotation that is there only because the program put it there.
    Quote,
    /// What introduces a quotation or what is forwarded: `On … wrote:`, `From: … Sent: …`.
    Attribution,
    /// A signature, or the line that a program puts below (`Sent from my …`).
    Signature,
    /// What a lawyer wants to stand below.
    Disclaimer,
    /// Somebody else's mail that is passed on.
    Forwarded,
}

/// A part of a mail's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: Kind,
    /// Where it is, in bytes.
    pub range: Range<usize>,
}

/// Lines of a mail that are looked at; what is below them belongs to the part that the last of them is in.
const LINES_MAX: usize = 5_000;

/// The parts of a plain text, in order, without a gap; none for an empty text. Two neighbours are never of one kind.
///
/// ```
/// use model::reply::{Kind, parts};
/// let text = "Yes.\n\nOn 3 May 2026, Bo wrote:\n> Friday?\n";
/// let kinds: Vec<Kind> = parts(text).into_iter().map(|part| part.kind).collect();
/// assert_eq!(kinds, [Kind::New, Kind::Attribution, Kind::Quote]);
/// ```
pub fn parts(text: &str) -> Vec<Part> {
    let lines = label::read(text, LINES_MAX);
    let kinds = arrange(&lines);
    let mut parts: Vec<Part> = Vec::new();
    for (line, kind) in lines.iter().zip(kinds) {
        match parts.last_mut().filter(|part| part.kind == kind) {
            Some(part) => part.range.end = line.range.end,
            None => parts.push(Part { kind, range: line.range.clone() }),
        }
    }
    if let Some(last) = parts.last_mut() {
        last.range.end = text.len();
    }
    parts
}

/// What a reader would keep: what is new, with the quotations that it answers; what is forwarded if nothing is new; a bare
/// quotation if there is nothing else. Lines end in `\n`, none but the first and last blank ones are missing.
pub fn new_text(text: &str) -> String {
    let parts = parts(text);
    let gather = |kinds: &[Kind]| -> String {
        let kept = parts.iter().filter(|part| kinds.contains(&part.kind));
        without_blank_ends(&kept.map(|part| &text[part.range.clone()]).collect::<String>().replace("\r\n", "\n").replace('\r', "\n"))
    };
    let new = gather(&[Kind::New, Kind::Answered]);
    if new.is_empty() { gather(&[Kind::Forwarded]) } else { new }
}

fn without_blank_ends(text: &str) -> String {
    let end = text.trim_end();
    let first = end.len() - end.trim_start().len();
    let start = end[..first].rfind('\n').map_or(0, |newline| newline + 1);
    end[start..].to_owned()
}

/// A quotation on its way: its lines, and whether it says whose words they are.
struct Quotation {
    lines: Range<usize>,
    attributed: bool,
}

/// The kind of each line.
fn arrange(lines: &[Line<'_>]) -> Vec<Kind> {
    let mut walk = Walk { lines, kinds: vec![None; lines.len()], quotations: Vec::new(), has_new: false };
    let mut place = 0;
    while place < lines.len() {
        place = walk.step(place);
    }
    walk.mark_signatures();
    walk.mark_answered();
    walk.finish()
}

struct Walk<'a> {
    lines: &'a [Line<'a>],
    /// `None`: a blank line, which goes with its neighbours.
    kinds: Vec<Option<Kind>>,
    quotations: Vec<Quotation>,
    has_new: bool,
}

impl Walk<'_> {
    /// Marks what begins at `place` and says where the next begins.
    fn step(&mut self, place: usize) -> usize {
        match self.lines[place].label {
            Label::Blank => place + 1,
            Label::Head { lines, forwards } => self.take_old(place..(place + lines).min(self.lines.len()), forwards),
            Label::Attribution { lines } => self.take_attribution(place..(place + lines).min(self.lines.len())),
            Label::Quoted { attributed } => self.take_quotation(place, attributed),
            Label::Delimiter if self.is_signature(place) => {
                let end = self.end_of_text(place + 1);
                self.mark(place..end, Kind::Signature)
            }
            Label::Text | Label::Rule | Label::Device | Label::Delimiter => {
                self.has_new |= self.lines[place].label == Label::Text;
                self.mark(place..place + 1, Kind::New)
            }
        }
    }

    fn mark(&mut self, lines: Range<usize>, kind: Kind) -> usize {
        let end = lines.end;
        for place in lines {
            self.kinds[place] = (!matches!(self.lines[place].label, Label::Blank)).then_some(kind);
        }
        end
    }

    /// A head as of a whole mail: all below it is that mail.
    fn take_old(&mut self, head: Range<usize>, forwards: bool) -> usize {
        let end = self.mark(head, Kind::Attribution);
        let kind = if forwards || !self.has_new { Kind::Forwarded } else { Kind::Quote };
        self.mark(end..self.lines.len(), kind)
    }

    /// Below an attribution stands a quotation, marked line by line or, if there is something new above, not marked.
    fn take_attribution(&mut self, attribution: Range<usize>) -> usize {
        let end = self.mark(attribution, Kind::Attribution);
        let next = (end..self.lines.len()).find(|place| self.lines[*place].label != Label::Blank);
        match next {
            Some(next) if matches!(self.lines[next].label, Label::Quoted { .. }) => self.take_quotation(next, true),
            Some(_) if self.has_new => self.mark(end..self.lines.len(), Kind::Quote),
            _ => end,
        }
    }

    fn take_quotation(&mut self, start: usize, attributed: bool) -> usize {
        let mut end = start;
        for place in start..self.lines.len() {
            match self.lines[place].label {
                Label::Quoted { .. } => end = place + 1,
                Label::Blank => {}
                _ => break,
            }
        }
        self.quotations.push(Quotation { lines: start..end, attributed });
        self.mark(start..end, Kind::Quote)
    }

    /// Where the text that begins at `start` meets something old, or ends.
    fn end_of_text(&self, start: usize) -> usize {
        let is_old = |label: &Label| matches!(label, Label::Head { .. } | Label::Attribution { .. } | Label::Quoted { .. });
        (start..self.lines.len()).find(|place| is_old(&self.lines[*place].label)).unwrap_or(self.lines.len())
    }

    /// What is below a delimiter is a signature if it is short.
    fn is_signature(&self, delimiter: usize) -> bool {
        let below = delimiter + 1..self.end_of_text(delimiter + 1);
        below.filter(|place| self.lines[*place].label != Label::Blank).count() <= signature::LINES_MAX
    }

    /// The last lines of each stretch of new text may be a program's, a lawyer's, or a line drawn below.
    fn mark_signatures(&mut self) {
        let mut place = self.lines.len();
        let mut is_last = true;
        while place > 0 {
            place -= 1;
            match self.kinds[place] {
                None => {}
                Some(Kind::New) if is_last => {
                    let kind = match self.lines[place].label {
                        Label::Device | Label::Rule | Label::Delimiter => Some(Kind::Signature),
                        _ => None,
                    };
                    match kind {
                        Some(kind) => self.kinds[place] = Some(kind),
                        None => {
                            place = self.mark_disclaimer(place);
                            is_last = self.kinds[place] == Some(Kind::Disclaimer);
                        }
                    }
                }
                Some(kind) => is_last = kind != Kind::New,
            }
        }
    }

    /// Marks the paragraph that ends at `last` if it is a disclaimer; says where it begins, or `last` if it is none.
    fn mark_disclaimer(&mut self, last: usize) -> usize {
        let starts = |place: &usize| *place == 0 || self.kinds[*place - 1] != Some(Kind::New);
        let first = (0..=last).rev().find(starts).unwrap_or(0);
        let words: Vec<&str> = self.lines[first..=last].iter().map(|line| line.text).collect();
        let stands_alone = first > 0 && self.kinds[..first].contains(&Some(Kind::New));
        if stands_alone && signature::is_disclaimer(&words.join(" ")) {
            self.mark(first..last + 1, Kind::Disclaimer);
            return first;
        }
        last
    }

    /// A quotation is answered if something new stands below it. But if the whole mail is one old mail with its attribution
    /// above and the answer below, nobody needs to read the old one again.
    fn mark_answered(&mut self) {
        let new_after = |quotation: &Quotation| self.kinds[quotation.lines.end..].contains(&Some(Kind::New));
        let mut answered: Vec<&Quotation> = self.quotations.iter().filter(|quotation| new_after(quotation)).collect();
        if let [only] = answered[..]
            && only.attributed
            && !self.kinds[..only.lines.start].contains(&Some(Kind::New))
        {
            answered.clear();
        }
        let is_bare = !self.kinds.contains(&Some(Kind::New)) && !self.kinds.contains(&Some(Kind::Forwarded));
        if is_bare {
            answered.extend(self.quotations.iter().filter(|quotation| !quotation.attributed));
        }
        for lines in answered.iter().map(|quotation| quotation.lines.clone()).collect::<Vec<_>>() {
            self.mark(lines, Kind::Answered);
        }
    }

    /// Blank lines go with what is above them, those below an attribution with what is below.
    fn finish(self) -> Vec<Kind> {
        let first = self.kinds.iter().flatten().next().copied().unwrap_or(Kind::New);
        let mut kinds = Vec::with_capacity(self.kinds.len());
        let mut above = first;
        for (place, kind) in self.kinds.iter().enumerate() {
            let below = || self.kinds[place..].iter().flatten().next().copied();
            above = match kind {
                Some(kind) => *kind,
                None if above == Kind::Attribution => below().unwrap_or(above),
                None => above,
            };
            kinds.push(above);
        }
        kinds
    }
}

#[cfg(test)]
mod tests;
