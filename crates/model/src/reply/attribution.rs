//! Attributions: the line or lines that a mail program puts above a quotation, in many languages.
//!
//! `On Mon, 3 May 2026 at 10:01, Bo <bo@acme.example> wrote:`, `Am 3.5.2026 um 10:01 schrieb Bo:`. What they share: a date or
//! an address, a verb of writing, and a colon at the end. A sentence that has all three and introduces something is taken
//! for one too.

/// Lines that an attribution has at most.
pub(super) const LINES_MAX: usize = 6;
/// Bytes that an attribution has at most.
const BYTES_MAX: usize = 400;

/// How many of these lines, from the first on, are an attribution.
pub(super) fn lines(texts: &[&str]) -> Option<usize> {
    let first = texts.first().filter(|first| can_begin(first))?;
    let mut joined = (*first).to_owned();
    for count in 1..=LINES_MAX.min(texts.len()) {
        if count > 1 {
            let text = texts[count - 1];
            // A blank line is within an attribution only where a program has torn the address off.
            let is_torn = text.is_empty() && texts.get(count).is_some_and(|next| next.starts_with('<'));
            let is_other = text.starts_with('>') && !ends(text);
            if (text.is_empty() && !is_torn) || is_other || (count > 2 && begins_another(&texts[count - 1..])) {
                return None;
            }
            joined.push(' ');
            joined.push_str(text);
        }
        if joined.len() > BYTES_MAX {
            return None;
        }
        if is_attribution(&joined) {
            return Some(count);
        }
    }
    None
}

/// Whether a nearer attribution begins at the first of these lines.
fn begins_another(texts: &[&str]) -> bool {
    let first = texts[0];
    can_begin(first)
        && !first.starts_with("mailto:")
        && (is_attribution(first) || texts.get(1).is_some_and(|next| is_attribution(&format!("{first} {next}"))))
}

/// Whether a line can be the first of an attribution.
fn can_begin(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '*', ' ', '_']);
    let lower = text.to_lowercase();
    text.starts_with(|letter: char| letter.is_ascii_digit())
        || STARTERS.iter().any(|starter| {
            lower.strip_prefix(starter).is_some_and(|rest| rest.starts_with(|next: char| next == ' ' || next == ',' || !next.is_ascii()))
        })
        || has_address(text)
        || begins_with_weekday(&lower)
}

fn is_attribution(joined: &str) -> bool {
    let text = joined.trim_matches(['-', '*', ' ', '_']);
    let lower = text.to_lowercase();
    let is_dated = text.bytes().any(|byte| byte.is_ascii_digit());
    if begins_with_iso_date(text) && is_dated_name(text) {
        return true;
    }
    if !ends(text) || !VERBS.iter().any(|verb| holds_word(&lower, verb)) {
        return false;
    }
    let first = lower.split_whitespace().next().unwrap_or_default();
    let is_starter = STARTERS.contains(&first)
        || text.starts_with(|letter: char| letter.is_ascii_digit() || !letter.is_ascii())
        || begins_with_weekday(&lower);
    (is_starter && is_dated) || has_address(text)
}

/// It ends as an introduction does.
fn ends(text: &str) -> bool {
    let text = text.trim_end_matches(['*', ' ', '-', '_']);
    let lower = text.to_lowercase();
    text.ends_with([':', '：']) || VERBS.iter().any(|verb| lower.ends_with(verb) && lower.len() > verb.len())
}

fn has_address(text: &str) -> bool {
    let Some((before, after)) = text.split_once('@') else { return false };
    let is_inside = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '+');
    before.ends_with(is_inside)
        && after.starts_with(is_inside)
        && (text.contains('<') || text.contains("&lt;") || text.contains('[') || text.contains("mailto:"))
}

/// `2026-05-03`, `2026/5/3`.
fn begins_with_iso_date(text: &str) -> bool {
    let mut parts = text.splitn(3, ['-', '/']);
    let digits = |part: Option<&str>, from: usize, to: usize| {
        part.is_some_and(|part| (from..=to).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month) = (parts.next(), parts.next());
    digits(year, 4, 4) && digits(month, 1, 2) && parts.next().is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
}

/// What Google writes where it has no word for it: `2026-05-03 10:01 GMT+02:00 Bo <bo@acme.example>:`.
fn is_dated_name(text: &str) -> bool {
    let ends_with_address = text.trim_end_matches(':').ends_with('>') && has_address(text);
    let has_zone = text.split_once(" GMT").is_some_and(|(date, name)| date.len() <= 16 && date.contains(':') && name.contains(' '));
    ends_with_address || (has_zone && (text.ends_with(':') || !text.contains('<')))
}

/// `понедельник, 6 октября 2014 г. …`
fn begins_with_weekday(lower: &str) -> bool {
    WEEKDAYS.iter().any(|day| lower.starts_with(day))
}

fn holds_word(lower: &str, word: &str) -> bool {
    if !word.is_ascii() {
        return lower.contains(word);
    }
    lower.match_indices(word).any(|(start, _)| {
        let before = lower[..start].chars().next_back();
        let after = lower[start + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// Words with which a dated attribution begins.
const STARTERS: &[&str] = &[
    "on",
    "at",
    "in",
    "am",
    "le",
    "el",
    "il",
    "em",
    "op",
    "den",
    "på",
    "kl",
    "dnia",
    "w",
    "dne",
    "dňa",
    "dana",
    "pe",
    "la",
    "el",
    "a",
    "στις",
    "el",
    "ngày",
    "pada",
    "vào",
    "v",
    "z",
    "u",
    "в",
    "у",
    "на",
    "від",
    "от",
    "บน",
    "เมื่อ",
    "在",
    "于",
    "於",
    "ב",
    "בתאריך",
    "في",
    "tarihinde",
];

const WEEKDAYS: &[&str] = &[
    "mon,",
    "tue,",
    "wed,",
    "thu,",
    "fri,",
    "sat,",
    "sun,",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "понедельник",
    "вторник",
    "среда",
    "четверг",
    "пятница",
    "суббота",
    "воскресенье",
    "пн,",
    "вт,",
    "ср,",
    "чт,",
    "пт,",
    "сб,",
    "вс,",
    "понеділок",
    "вівторок",
    "середа",
    "четвер",
    "п’ятниця",
    "субота",
    "неділя",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "lunes",
    "martes",
    "jueves",
    "viernes",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
];

/// Words for `wrote`.
const VERBS: &[&str] = &[
    "wrote",
    "writes",
    "you wrote",
    "schrieb",
    "hat geschrieben",
    "a écrit",
    "écrit",
    "escribió",
    "escribio",
    "escreveu",
    "ha scritto",
    "scrisse",
    "va escriure",
    "geschreven",
    "schreef",
    "skrev",
    "har skrivit",
    "kirjoitti",
    "napisał",
    "napisała",
    "napisał(a)",
    "napisal",
    "napsal",
    "napísal",
    "napsal(a)",
    "je napisao",
    "je napisala",
    "написал",
    "написала",
    "написал(а)",
    "писал",
    "пишет",
    "написав",
    "написала",
    "пише",
    "написа",
    "írta",
    "a scris",
    "yazdı",
    "şunu yazdı",
    "έγραψε",
    "rašė",
    "parašė",
    "rakstīja",
    "kirjutas",
    "skrifaði",
    "đã viết",
    "menulis",
    "เขียน",
    "写道",
    "寫道",
    "写了",
    "书写",
    "のメール",
    "書きました",
    "님이 작성",
    "작성",
    "כתב",
    "כתבה",
    "كتب",
    "كتبت",
    "نوشت",
];

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn attributions_of_many_languages_are_found() {
        for text in [
            "On Mon, 3 May 2026 at 10:01, Bo <bo@acme.example> wrote:",
            "Am 03.05.2026 um 10:01 schrieb Bo:",
            "Am Montag, 3. Mai 2026 schrieb Bo <bo@acme.example>:",
            "Le lun. 3 mai 2026 à 10:01, Bo a écrit :",
            "El lun, 3 may 2026 a las 10:01, Bo (<bo@acme.example>) escribió:",
            "Il giorno lun 3 mag 2026 alle ore 10:01 Bo <bo@acme.example> ha scritto:",
            "Em seg., 3 de mai. de 2026 às 10:01, Bo <bo@acme.example> escreveu:",
            "Op ma 3 mei 2026 om 10:01 schreef Bo <bo@acme.example>:",
            "Den mån 3 maj 2026 kl 10:01 skrev Bo <bo@acme.example>:",
            "ma 3. toukok. 2026 klo 10.01 Bo (bo@acme.example [mailto]) kirjoitti:",
            "pon., 3 maj 2026 o 10:01 Bo <bo@acme.example> napisał(a):",
            "3 мая 2026 г., в 10:01, Bo <bo@acme.example> написал(а):",
            "Bo <bo@acme.example>, 3 May 2026 Pzt, 10:01 tarihinde şunu yazdı:",
            "2026年5月3日(日) 10:01 Bo <bo@acme.example>のメール:",
            "在 2026年5月3日，10:01，Bo <bo@acme.example> 写道：",
            "2026-05-03 10:01 GMT+02:00 Bo <bo@acme.example>:",
            "At 10:01 03/05/2026, you wrote:",
        ] {
            assert_eq!(lines(&[text]), Some(1), "{text}");
        }
        assert_eq!(lines(&["On 3 May 2026 at 10:01 Bo <", "bo@acme.example> wrote:"]), Some(2));
        assert_eq!(lines(&["On 3 May 2026 at 10:01 Bo", "", "<", "mailto:bo@acme.example", "> wrote:"]), Some(5));
    }

    #[test]
    fn sentences_are_left_alone() {
        for text in [
            "On Monday I wrote three offers, and this is what came back.",
            "He wrote:",
            "In 2026 we sold 14 pallets:",
            "Please write to bo@acme.example:",
            "2026-05-03 is the day we meet.",
            "10:01",
            "",
        ] {
            assert_eq!(lines(&[text, "more"]), None, "{text}");
        }
        assert_eq!(lines(&["On this day", "", "I wrote something", "", "On 3 May 2026, Bo wrote:"]), None);
    }
}
