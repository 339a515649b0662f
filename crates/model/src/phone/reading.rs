//! One number, read from the form in which it was written.
//!
//! Promises: the same number for all forms that libphonenumber reads, and for those that people write and it does not: `0062…` where
//! that is not how a call abroad begins, `62…` without a plus in a country whose own numbers may begin so, `+62 (0) 8…`, words
//! before and behind, WhatsApp's ids, mobiles of Brazil and Mexico as they were before they were renumbered.
//!
//! What names its country and fits its lengths is usable even where the plan does not know it yet: plans grow. What names none has
//! to be in the plan of the region.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::OnceLock;

use rlibphonenumber::{NotANumberError, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberFormat};
use unicode_normalization::UnicodeNormalization as _;

use super::{FIELD_BYTES_MAX, Kind, Number, Reason, Region};

/// Fewer digits than any number with a country has: with them it is a short code.
const DIGITS_MIN: usize = 6;
/// More digits than E.164 allows, an extension and a prefix for calls abroad among them.
const DIGITS_MAX: usize = 40;

/// Words for an extension that libphonenumber does not know.
const EXTENSION_WORDS: &[&str] = &["durchwahl", "nebenstelle", "dw", "klappe", "toestel", "poste", "pesawat", "pes", "ramal", "wew"];

/// A number as far as it has been read.
struct Found {
    number: PhoneNumber,
    kind: Kind,
    /// Whether the plan of its country has it.
    planned: bool,
}

/// Reads one number.
pub(super) fn read(written: &str, region: Option<Region>) -> Result<Number, Reason> {
    if written.len() > FIELD_BYTES_MAX {
        return Err(Reason::TooLong);
    }
    let plain = plain(written);
    let text = without_dress(&plain)?;
    if let Some(found) = spelled(&text, region) {
        return Ok(made(&found, written));
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match digits {
        0 => return Err(Reason::NoDigits),
        1..DIGITS_MIN => return Err(Reason::TooShort),
        DIGITS_MAX.. => return Err(Reason::TooLong),
        _ => {}
    }
    Ok(made(&numeric(&text, region)?, written))
}

fn made(found: &Found, written: &str) -> Number {
    Number {
        e164: found.number.format_as(PhoneNumberFormat::E164).into_owned(),
        extension: found.number.extension.clone().filter(|extension| !extension.is_empty()),
        kind: found.kind,
        written: written.to_owned(),
    }
}

/// Without what cannot be seen, full-width and other digits made plain, line by line.
fn plain(written: &str) -> String {
    let seen = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}')
    };
    let digits = written.nfkc().filter(seen).map(|letter| digit(letter).unwrap_or(letter));
    digits.map(|letter| if letter.is_whitespace() { ' ' } else { letter }).collect()
}

/// Digits of scripts whose people write numbers with them.
fn digit(letter: char) -> Option<char> {
    const ZEROS: [u32; 8] = [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0x0ED0, 0x1040, 0x17E0];
    let place = u32::from(letter);
    let zero = ZEROS.into_iter().find(|zero| (*zero..zero + 10).contains(&place))?;
    char::from_digit(place - zero, 10)
}

/// Without what programs put around a number: the hosts of WhatsApp's ids, links, schemes.
fn without_dress(text: &str) -> Result<Cow<'_, str>, Reason> {
    let text = text.trim();
    if let Some((user, host)) = text.split_once('@') {
        return match host {
            "s.whatsapp.net" | "c.us" => Ok(Cow::Owned(international(user.split([':', '.']).next().unwrap_or(user)))),
            _ => Err(Reason::NotANumber),
        };
    }
    let lower = text.to_ascii_lowercase();
    if let Some(place) = lower.find("wa.me/").map(|place| place + 6).or_else(|| lower.find("phone=").map(|place| place + 6)) {
        let number = text[place..].split(['?', '&', '/']).next().unwrap_or_default();
        return Ok(Cow::Owned(international(number)));
    }
    for scheme in ["whatsapp:", "callto:", "sms:", "tel://"] {
        if lower.starts_with(scheme) {
            return Ok(Cow::Borrowed(text[scheme.len()..].trim()));
        }
    }
    Ok(Cow::Borrowed(text))
}

/// What is written with its country but without a plus.
fn international(digits: &str) -> String {
    if digits.starts_with('+') { digits.to_owned() } else { format!("+{digits}") }
}

/// A number that is partly spelled (`1-800-FLOWERS`). Capitals that are joined to it, and only where a service comes of it: words
/// behind a number are notes otherwise.
fn spelled(text: &str, region: Option<Region>) -> Option<Found> {
    let letters = || text.chars().filter(|letter| letter.is_alphabetic());
    if letters().count() < 3 || !letters().all(|letter| letter.is_ascii_uppercase()) {
        return None;
    }
    parse(text, region).ok().filter(|found| found.planned && found.kind == Kind::Service)
}

fn numeric(text: &str, region: Option<Region>) -> Result<Found, Reason> {
    let text = without_words(text);
    let bare = text.trim();
    let names_country = bare.starts_with("00") || (bare.starts_with('+') && !bare.starts_with("+0"));
    let mut best = Err(Reason::NotInPlan);
    for text in tries(bare, region) {
        match parse(&text, region) {
            // Letters that are no extension would count as the digits on their keys.
            Ok(found) if text.contains(char::is_alphabetic) && found.number.extension.is_none() => {}
            Ok(found) if found.planned => return Ok(found),
            Ok(found) if names_country && text.starts_with('+') => best = best.or(Ok(found)),
            Ok(_) => {}
            Err(reason) if text == bare || names_country => best = best.map_err(|_| reason),
            Err(_) => {}
        }
    }
    best
}

/// The ways in which a text that begins with a digit or a plus may be meant, the likeliest first.
fn tries(bare: &str, region: Option<Region>) -> Vec<String> {
    let has_code = region.is_some_and(|region| bare.starts_with(&region.calling_code().to_string()));
    let is_prefixed = region.is_some_and(|region| prefixed().contains(&region));
    let mut tries = Vec::new();
    if let Some(abroad) = bare.strip_prefix("00") {
        tries.push(format!("+{abroad}"));
    }
    if let Some(home) = bare.strip_prefix('+').filter(|rest| rest.starts_with('0')) {
        // No country's code begins with 0: somebody put a plus before a number of their own country.
        tries.push(home.to_owned());
    }
    // Where numbers are written with a prefix, what begins with the country's code is not one without.
    let readings = [has_code.then(|| format!("+{bare}")), Some(bare.to_owned())];
    let readings = readings.into_iter().flatten();
    if is_prefixed {
        tries.extend(readings)
    } else {
        tries.extend(readings.rev())
    }
    if bare.contains("(0)") {
        let without: Vec<String> = tries.iter().map(|text| text.replacen("(0)", " ", 1)).collect();
        tries.extend(without);
    }
    tries
}

/// The regions whose own numbers are written with a prefix: as the plan's example of each is.
fn prefixed() -> &'static HashSet<Region> {
    static PREFIXED: OnceLock<HashSet<Region>> = OnceLock::new();
    PREFIXED.get_or_init(|| {
        let is_prefixed = |region: &Region| {
            let Ok(example) = PHONE_NUMBER_UTIL.get_example_number(region.0) else { return false };
            let written = example.format_as(PhoneNumberFormat::National);
            written.chars().filter(char::is_ascii_digit).count() > example.get_national_significant_number().len()
        };
        PHONE_NUMBER_UTIL.get_supported_regions().map(Region).filter(is_prefixed).collect()
    })
}

/// Without notes: what stands before the number, brackets with words, words behind it. Words for an extension stay.
fn without_words(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    for (place, part) in text.split('(').enumerate() {
        match part.split_once(')') {
            Some((inside, behind)) if inside.chars().any(char::is_alphabetic) && !inside.chars().any(|letter| letter.is_ascii_digit()) => {
                kept.push(' ');
                kept.push_str(behind);
            }
            _ if place > 0 => {
                kept.push('(');
                kept.push_str(part);
            }
            _ => kept.push_str(part),
        }
    }
    let words = kept.split_whitespace().map(known_extension_word).collect::<Vec<_>>().join(" ");
    let start = words.find(|letter: char| letter == '+' || letter.is_ascii_digit()).unwrap_or_default();
    let end = words.rfind(|letter: char| letter.is_ascii_digit()).map_or(words.len(), |place| place + 1);
    words.get(start..end).unwrap_or_default().to_owned()
}

fn known_extension_word(word: &str) -> &str {
    let plain = word.trim_end_matches(['.', ':']).to_lowercase();
    if EXTENSION_WORDS.contains(&plain.as_str()) { "ext." } else { word }
}

fn parse(text: &str, region: Option<Region>) -> Result<Found, Reason> {
    let number = PHONE_NUMBER_UTIL.parse(text, region.map(|region| region.0)).map_err(|error| reason(&error, text, region))?;
    let found = Found { kind: number.get_type().into(), planned: number.is_valid(), number };
    if found.planned {
        return Ok(found);
    }
    if let Some(mended) = renumbered(&found.number) {
        return Ok(mended);
    }
    match found.number.is_possible_with_reason() {
        Ok(rlibphonenumber::NumberLengthType::IsPossible) => Ok(found),
        Ok(rlibphonenumber::NumberLengthType::IsPossibleLocalOnly) | Err(rlibphonenumber::ValidationError::TooShort) => {
            Err(Reason::TooShort)
        }
        Err(rlibphonenumber::ValidationError::TooLong) => Err(Reason::TooLong),
        Err(rlibphonenumber::ValidationError::InvalidCountryCode) => Err(Reason::UnknownCountry),
        Err(_) => Err(Reason::NotInPlan),
    }
}

fn reason(error: &ParseError, text: &str, region: Option<Region>) -> Reason {
    match error {
        ParseError::InvalidCountryCode if !text.starts_with('+') && region.is_none() => Reason::NoCountry,
        ParseError::InvalidCountryCode => Reason::UnknownCountry,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Reason::TooShort,
        ParseError::TooLongNsn => Reason::TooLong,
        ParseError::NotANumber(NotANumberError::FailedToParseNumberAsInt(_)) => Reason::TooLong,
        ParseError::NotANumber(_) => Reason::NotInPlan,
    }
}

/// A number as its plan has it by now: WhatsApp still writes many Brazilian mobiles without the 9 that all of them have had since 2016,
/// and Mexican ones with the 1 that was dropped in 2019.
fn renumbered(number: &PhoneNumber) -> Option<Found> {
    let national = number.get_national_significant_number();
    let today = match (number.country_code, national.as_bytes()) {
        (55, [_, _, b'6'..=b'9', ..]) if national.len() == 10 => format!("+55{}9{}", &national[..2], &national[2..]),
        (52, [b'1', ..]) if national.len() == 11 => format!("+52{}", &national[1..]),
        _ => return None,
    };
    let number = PHONE_NUMBER_UTIL.parse(&today, None).ok()?;
    number.is_valid().then(|| Found { kind: number.get_type().into(), planned: true, number })
}
