//! Fields: `Name: value` lines, folded ones put together, as headers and reports have them; and addresses in their values.

/// A field, its name in lower case.
pub(super) type Field = (String, String);

/// The fields of a text, with an empty one where a blank line parts two groups. Lines that are no fields are passed over.
pub(super) fn read(text: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            fields.push(Field::default());
            open = false;
        } else if line.starts_with([' ', '\t']) && open {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = field(line) {
            fields.push((name, value));
            open = true;
        } else if open && is_continued_reply(line) {
            // Some programs fold a reply of several lines without indenting it.
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else {
            open = false;
        }
    }
    fields
}

fn field(line: &str) -> Option<Field> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    let is_name =
        !name.is_empty() && name.len() <= 60 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_name.then(|| (name.to_ascii_lowercase(), value.trim().to_owned()))
}

fn is_continued_reply(line: &str) -> bool {
    let bytes = line.as_bytes();
    bytes.len() > 4 && matches!(bytes[0], b'4' | b'5') && bytes[..3].iter().all(u8::is_ascii_digit) && matches!(bytes[3], b' ' | b'-')
}

/// The first value of this name.
pub(super) fn value<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    fields.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

/// The address in a value such as `rfc822; bo@acme.example`, or `None` if it holds none.
pub(super) fn address_of(value: &str) -> Option<String> {
    let value = value.split_once(';').map_or(value, |(_, after)| after);
    addresses(value).into_iter().next().or_else(|| bare(value))
}

/// A value that is no address of internet mail, but all that the report says, such as a local user's name.
fn bare(value: &str) -> Option<String> {
    let value = value.trim().trim_matches(['<', '>', '"']).trim();
    let odd = value.is_empty() || value.len() > 320 || value.contains(|letter: char| letter.is_whitespace() || letter.is_control());
    (!odd).then(|| value.to_owned())
}

/// All addresses in a text, in order, without repetitions.
pub(super) fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (at, _) in text.match_indices('@') {
        if let Some(address) = around(text, at)
            && !found.iter().any(|known| known.eq_ignore_ascii_case(&address))
        {
            found.push(address);
        }
    }
    found
}

/// The address around the `@` at this place.
fn around(text: &str, at: usize) -> Option<String> {
    let local = local_before(&text[..at]);
    let in_domain = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '[' | ']' | ':');
    let after = &text[at + 1..];
    let domain = &after[..after.find(|letter: char| !in_domain(letter)).unwrap_or(after.len())];
    let domain = if domain.starts_with('[') {
        domain.split_inclusive(']').next().unwrap_or(domain)
    } else {
        domain.split(['[', ']', ':']).next().unwrap_or(domain)
    };
    let domain = domain.trim_end_matches(['.', '-', '_']);
    let well_formed = !local.is_empty() && local.len() <= 128 && !domain.is_empty() && !domain.starts_with(['.', '-']);
    well_formed.then(|| format!("{local}@{domain}"))
}

fn local_before(before: &str) -> &str {
    if let Some(quoted) = before.strip_suffix('"')
        && let Some(start) = quoted.rfind('"')
    {
        return &before[start..];
    }
    let in_local = |letter: char| letter.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(letter);
    let start = before.char_indices().rev().find(|(_, letter)| !in_local(*letter)).map_or(0, |(at, letter)| at + letter.len_utf8());
    let local = before[start..].trim_start_matches(['\'', '*', '.', '`', '|', '/', '&']);
    if local.starts_with("=?") { local } else { local.trim_start_matches('=') }
}
