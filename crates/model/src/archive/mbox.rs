//! mbox: messages one behind the other in a file, in the dialect from which they come out again (mboxrd).
//!
//! A line that begins with `From `, behind any number of `>`, gets one `>` more. Line ends stay as they are, so a message of
//! CRLF lines keeps them. A message that does not end in a line end comes back with one: the format cannot say otherwise,
//! and a manifest's hash is what tells.
//!
//! Sources: RFC 4155, Appendix A (the line between messages); qmail's mbox(5) for mboxrd.

use base::Timestamp;

/// A message as it stands in an mbox file: the line `From `, its bytes quoted, a blank line. `sender` is the address in that
/// line, `MAILER-DAEMON` if it is empty; `at` is told in UTC.
pub fn entry(sender: &str, at: Timestamp, message: &[u8]) -> Vec<u8> {
    let mut entry = separator(sender, at).into_bytes();
    entry.reserve(message.len() + 64);
    for line in message.split_inclusive(|byte| *byte == b'\n') {
        if is_from_line(line) {
            entry.push(b'>');
        }
        entry.extend_from_slice(line);
    }
    if !message.ends_with(b"\n") {
        entry.push(b'\n');
    }
    entry.push(b'\n');
    entry
}

/// `From bo@acme.example Sun May  3 08:01:00 2026`
fn separator(sender: &str, at: Timestamp) -> String {
    let sender: String = sender.chars().filter(|letter| letter.is_ascii_graphic()).collect();
    let sender = if sender.is_empty() { "MAILER-DAEMON" } else { &sender };
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("From {sender} {}\n", at.strftime("%a %b %e %H:%M:%S %Y"))
}

fn is_from_line(line: &[u8]) -> bool {
    let quoted = line.iter().take_while(|byte| **byte == b'>').count();
    line[quoted..].starts_with(b"From ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages of an mbox file of this dialect, in order.
    fn messages(file: &[u8]) -> Vec<Vec<u8>> {
        let mut messages: Vec<Vec<u8>> = Vec::new();
        let mut after_blank = true;
        for line in file.split_inclusive(|byte| *byte == b'\n') {
            if after_blank && line.starts_with(b"From ") {
                if let Some(before) = messages.last_mut() {
                    before.pop();
                }
                messages.push(Vec::new());
            } else if let Some(message) = messages.last_mut() {
                message.extend_from_slice(if line.starts_with(b">") && is_from_line(line) { &line[1..] } else { line });
            }
            after_blank = line == b"\n";
        }
        if let Some(last) = messages.last_mut().filter(|last| last.ends_with(b"\n\n")) {
            last.pop();
        }
        messages
    }

    const AT: Timestamp = Timestamp::from_millis(1_777_795_260_000);

    #[test]
    fn what_is_written_is_read_back_byte_for_byte() {
        let written: &[&[u8]] = &[
            b"Subject: x\r\n\r\nFrom here on\r\n>From there\r\n>>From\r\nFrom\r\n\r\nFrom \r\n",
            b"Subject: y\n\nHello\n\n\n",
            b"\n",
            b"\xff\x00 no mail at all\r\n\r\n",
            b"From the first line\n",
        ];
        let file: Vec<u8> = written.iter().flat_map(|message| entry("bo@acme.example", AT, message)).collect();
        assert_eq!(messages(&file), written);
    }

    #[test]
    fn the_line_between_messages_is_as_every_reader_knows_it() {
        assert_eq!(entry("bo@acme.example", AT, b"x"), b"From bo@acme.example Sun May  3 08:01:00 2026\nx\n\n");
        assert_eq!(entry("a b\nFrom c", AT, b""), b"From abFromc Sun May  3 08:01:00 2026\n\n\n");
        assert!(entry("", AT, b"x\n").starts_with(b"From MAILER-DAEMON "));
    }

    #[test]
    fn any_cut_of_a_file_is_survived() {
        let file = entry("bo@acme.example", AT, b"a\n\nFrom b\r\n");
        for end in 0..=file.len() {
            messages(&file[..end]);
        }
    }
}
