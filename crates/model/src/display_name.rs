//! Display names: what people and programs put beside an address, made into the name of a person. Pure.

const LENGTH_MAX: usize = 120;

/// The name of the person, or `None` where what is written is none: nothing, the address again, a mark of nobody.
///
/// Quotes, addresses and remarks in brackets go; of `Anna via List` Anna stays; `EK, Bo` is Bo Ek.
pub fn clean(written: &str) -> Option<String> {
    let text: String =
        written.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).filter(|letter| !is_hidden(*letter)).collect();
    let mut name = unquoted(without_brackets(&text).trim()).trim().to_owned();
    if let Some(place) = find_via(&name) {
        name.truncate(place);
    }
    let name = in_order(&name.split_whitespace().collect::<Vec<_>>().join(" "));
    let name = name.trim_matches(['\'', '"', ',', ';', ' ']).to_owned();
    let is_name = name.chars().any(char::is_alphanumeric) && !name.contains('@');
    is_name.then(|| name.chars().take(LENGTH_MAX).collect())
}

/// The name by which a human of this name is spoken to, or `None` where it cannot be told: of `Ms. Ek` only a title is known, and
/// what has a comma within its only part is no human's.
pub fn first(written: &str) -> Option<String> {
    let name = clean(written)?;
    let spoken = match name.split_once(',') {
        Some((before, _)) => Some(before).filter(|before| before.trim().contains(' '))?,
        None => &name,
    };
    let mut words = spoken.split_whitespace().peekable();
    let mut titled = false;
    while words.next_if(|word| is_address_title(word)).is_some() {
        titled = true;
    }
    let first = words.next()?;
    let is_whole = !first.ends_with('.') && (first.chars().count() > 1 || !first.is_ascii()) && first.chars().any(char::is_alphabetic);
    (is_whole && (words.next().is_some() || !titled)).then(|| first.to_owned())
}

/// What stands before a name.
fn is_address_title(word: &str) -> bool {
    let plain = word.trim_end_matches('.').to_lowercase();
    ["mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "herr", "frau", "hr", "fr", "mme", "mlle", "sr", "sra", "ing", "dipl.-ing"]
        .contains(&plain.as_str())
}

/// Controls, and marks that turn or hide text, with which names are forged.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}')
}

fn unquoted(name: &str) -> &str {
    let mut name = name;
    while let [first, .., last] = name.as_bytes()
        && first == last
        && matches!(first, b'"' | b'\'')
    {
        name = name[1..name.len() - 1].trim();
    }
    name
}

/// Without what stands in `(…)`, `<…>` or `[…]`, unless nothing else is left.
fn without_brackets(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut depth = 0_u32;
    for letter in text.chars() {
        match letter {
            '(' | '<' | '[' => depth += 1,
            ')' | '>' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    if kept.trim().is_empty() { text.replace(['(', ')', '<', '>', '[', ']'], "") } else { kept }
}

/// Where ` via ` and the name of a list begin behind a name.
fn find_via(name: &str) -> Option<usize> {
    let lower = name.to_ascii_lowercase();
    [" via ", " durch ", " über ", " på vegne av "].iter().filter_map(|mark| lower.find(mark)).min().filter(|place| *place > 0)
}

/// `Last, First` the way it is spoken.
fn in_order(name: &str) -> String {
    let Some((last, first)) = name.split_once(", ").or_else(|| name.split_once(',')) else { return name.to_owned() };
    let (last, first) = (last.trim(), first.trim());
    if last.is_empty()
        || first.is_empty()
        || first.contains(',')
        || is_title(first)
        || last.split(' ').count() > 3
        || first.split(' ').count() > 3
    {
        return name.to_owned();
    }
    let shouts = last.chars().any(char::is_uppercase) && !last.chars().any(char::is_lowercase) && first.chars().any(char::is_lowercase);
    format!("{first} {}", if shouts { spoken(last) } else { last.to_owned() })
}

/// What stands behind a comma in a company's name or behind a full name.
fn is_title(text: &str) -> bool {
    let plain: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    [
        "inc", "ltd", "llc", "llp", "gmbh", "ag", "sa", "srl", "bv", "co", "corp", "plc", "jr", "sr", "ii", "iii", "phd", "md", "esq",
        "cpa", "mba",
    ]
    .contains(&plain.as_str())
}

fn spoken(shouted: &str) -> String {
    let mut begins = true;
    let mut spoken = String::with_capacity(shouted.len());
    for letter in shouted.chars() {
        if begins {
            spoken.push(letter)
        } else {
            spoken.extend(letter.to_lowercase())
        }
        begins = !letter.is_alphanumeric();
    }
    spoken
}

#[cfg(test)]
mod tests {
    use super::{clean, first};

    #[test]
    fn a_name_is_what_a_person_is_called() {
        for (written, name) in [
            ("Bo Ek", "Bo Ek"),
            ("  \"Bo  Ek\" ", "Bo Ek"),
            ("'Bo Ek'", "Bo Ek"),
            ("\"'Bo Ek'\"", "Bo Ek"),
            ("Ek, Bo", "Bo Ek"),
            ("EK, Bo", "Bo Ek"),
            ("VAN DER BERG, Jan", "Jan Van Der Berg"),
            ("Bo Ek (Acme)", "Bo Ek"),
            ("Ek, Bo (Sales)", "Bo Ek"),
            ("Bo Ek <bo@acme.example>", "Bo Ek"),
            ("Anna via Sales List", "Anna"),
            ("Anna (via Google Docs)", "Anna"),
            ("Acme, Inc.", "Acme, Inc."),
            ("Bo Ek, PhD", "Bo Ek, PhD"),
            ("O'Neil", "O'Neil"),
            ("Bo\u{202E}\u{200B} Ek\n", "Bo Ek"),
            ("(Bo)", "Bo"),
            ("王小明", "王小明"),
            ("Ms. Ek, Dept. of Very Long Things", "Ms. Ek, Dept. of Very Long Things"),
        ] {
            assert_eq!(clean(written).as_deref(), Some(name), "{written}");
        }
    }

    #[test]
    fn a_human_is_spoken_to_by_the_first_name_where_that_is_known() {
        for (written, name) in [
            ("Bo Ek", Some("Bo")),
            ("EK, Bo", Some("Bo")),
            ("Bo", Some("Bo")),
            ("Dr. Bo Ek", Some("Bo")),
            ("Bo Ek, PhD", Some("Bo")),
            ("Anna-Lena von Berg (Acme)", Some("Anna-Lena")),
            ("王小明", Some("王小明")),
            ("Ms. Ek", None),
            ("B. Ek", None),
            ("Acme, Inc.", None),
            ("bo@acme.example", None),
            ("", None),
        ] {
            assert_eq!(first(written).as_deref(), name, "{written}");
        }
    }

    #[test]
    fn an_address_or_nothing_is_no_name() {
        for written in ["", "  ", "\"\"", "'", "bo@acme.example", "'bo@acme.example'", "--", "<bo@acme.example>"] {
            assert_eq!(clean(written), None, "{written}");
        }
    }
}
