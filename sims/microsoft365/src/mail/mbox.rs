//! Mailbox files: many messages in one file, each after a `From ` line.
//!
//! Reads the mboxrd and mboxo forms: a line quoted as `>From ` (any number of `>`) loses one `>`. A
//! message keeps every other byte, line endings included; the blank line before the next `From ` line
//! belongs to the format and not to the message.
//! Source: the forms as described at <https://www.loc.gov/preservation/digital/formats/fdd/fdd000385.shtml>.

use bytes::Bytes;

/// Whether the bytes hold at least two messages in mailbox form.
pub(super) fn is_mbox(file: &[u8]) -> bool {
    file.starts_with(b"From ") && separators(file).nth(1).is_some()
}

/// The messages of a mailbox file, in order.
pub(super) fn split(file: &Bytes) -> Vec<Bytes> {
    let starts: Vec<(usize, usize)> = separators(file).collect();
    let ends = starts.iter().skip(1).map(|(line, _)| *line).chain([file.len()]);
    let bounds = starts.iter().map(|(_, body)| *body).zip(ends);
    bounds.map(|(start, end)| unquote(file.slice(start..without_blank_line(file, start, end)))).collect()
}

/// Offsets of each separator: where its line starts, and where the message after it starts.
fn separators(file: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut after_blank = true;
    lines(file).filter_map(move |(start, end)| {
        let line = &file[start..end];
        let found = after_blank && is_separator(line) && begins_with_field(&file[end..]);
        after_blank = matches!(line, b"\n" | b"\r\n");
        found.then_some((start, end))
    })
}

fn lines(file: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= file.len() {
            return None;
        }
        let end = file[start..].iter().position(|byte| *byte == b'\n').map_or(file.len(), |at| start + at + 1);
        let line = (start, end);
        start = end;
        Some(line)
    })
}

/// `From `, a sender, and a date with a time of day: prose that begins with "From " has none.
fn is_separator(line: &[u8]) -> bool {
    line.starts_with(b"From ") && line.windows(5).any(|w| w[2] == b':' && [w[0], w[1], w[3], w[4]].iter().all(u8::is_ascii_digit))
}

fn begins_with_field(rest: &[u8]) -> bool {
    let name = rest.iter().take_while(|byte| byte.is_ascii_graphic() && **byte != b':').count();
    name > 0 && rest.get(name) == Some(&b':')
}

fn without_blank_line(file: &[u8], start: usize, end: usize) -> usize {
    let message = &file[start..end];
    if end == file.len() && !message.ends_with(b"\n\n") && !message.ends_with(b"\n\r\n") {
        return end;
    }
    let trimmed = message.strip_suffix(b"\r\n").or_else(|| message.strip_suffix(b"\n"));
    start + trimmed.map_or(message.len(), <[u8]>::len)
}

/// Takes one `>` from each quoted line; the bytes are shared when there is none.
fn unquote(message: Bytes) -> Bytes {
    if !lines(&message).any(|(start, end)| is_quoted(&message[start..end])) {
        return message;
    }
    let mut plain = Vec::with_capacity(message.len());
    for (start, end) in lines(&message) {
        let line = &message[start..end];
        plain.extend_from_slice(if is_quoted(line) { &line[1..] } else { line });
    }
    plain.into()
}

fn is_quoted(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|byte| **byte == b'>').count();
    marks > 0 && line[marks..].starts_with(b"From ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] = b"From a@a.example Thu Aug 22 12:36:23 2002\nSubject: 1\n\nFrom here on\n>From there\n>>From far\n\n\
        From b@b.example Thu Aug 22 12:36:24 2002\r\nSubject: 2\r\n\r\nend\r\n";

    #[test]
    fn messages_are_split_unquoted_and_otherwise_byte_for_byte() {
        let messages = split(&Bytes::from_static(TWO));
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].as_ref(), b"Subject: 1\n\nFrom here on\nFrom there\n>From far\n");
        assert_eq!(messages[1].as_ref(), b"Subject: 2\r\n\r\nend\r\n");
    }

    #[test]
    fn prose_that_begins_with_from_separates_nothing() {
        let prose = b"From a@a.example Thu Aug 22 12:36:23 2002\nSubject: 1\n\nText\n\nFrom 12:30 to 13:00\nwe eat\n";
        assert!(!is_mbox(prose));
        assert_eq!(split(&Bytes::from_static(prose)).len(), 1);
        assert!(is_mbox(TWO));
    }
}
