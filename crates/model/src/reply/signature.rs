//! Signatures: the lines below a mail that its author does not write again each time.

/// Lines that a signature has at most, blank ones not counted.
pub(super) const LINES_MAX: usize = 12;
/// Letters that a program's own line has at most.
const DEVICE_LETTERS_MAX: usize = 140;

/// What a program that watches whether mail is opened leaves at its end.
const TRACKING_MARK: &str = "\u{1427}";

/// A line drawn with characters.
pub(super) fn is_rule(text: &str) -> bool {
    let mut letters = text.chars();
    let first = letters.next();
    let drawn = |letter: char| matches!(letter, '-' | '_' | '=' | '*' | '#' | '~' | '+' | '–' | '—' | '•' | '·');
    text.len() > 1 && first.is_some_and(drawn) && letters.all(|letter| Some(letter) == first)
}

/// Whether a program wrote this line: `Sent from my phone`.
pub(super) fn is_device(text: &str) -> bool {
    if text == TRACKING_MARK {
        return true;
    }
    if text.chars().count() > DEVICE_LETTERS_MAX {
        return false;
    }
    let lower = text.to_lowercase();
    let words = lower.trim_matches(['<', '>', '(', ')', '[', ']', '*', '_', '-', '.', ' ', '~', '"']);
    let names_device = || DEVICES.iter().any(|device| words.contains(device));
    SURE.iter().any(|start| words.starts_with(start))
        || WITHIN.iter().any(|part| words.contains(part))
        || (DOUBTFUL.iter().any(|start| words.starts_with(start)) && names_device())
        || (words.ends_with("from mobile") && words.split_whitespace().count() <= 4)
}

/// What only a program says, each language in turn.
const SURE: &[&str] = &[
    "sent from my ",
    "sent from outlook",
    "sent from mail",
    "sent from [mail]",
    "sent from windows",
    "sent from yahoo",
    "sent from a ",
    "sent from mobile",
    "sent from gmail",
    "sent from proton",
    "get outlook for",
    "get [outlook for",
    "envoyé depuis ",
    "envoyé de mon ",
    "envoyé à partir d",
    "télécharger outlook",
    "von meinem ",
    "gesendet von meinem ",
    "gesendet von mein ",
    "gesendet von outlook",
    "diese nachricht wurde von meinem ",
    "holen sie sich outlook",
    "outlook für ",
    "verzonden vanaf ",
    "verzonden met ",
    "verzonden via ",
    "verstuurd vanaf ",
    "outlook voor ",
    "enviado desde ",
    "enviado do meu ",
    "enviado de mi ",
    "enviado a partir d",
    "obter o outlook",
    "obtener outlook",
    "inviato da iphone",
    "inviato da ipad",
    "inviato dal mio ",
    "inviato da outlook",
    "scarica outlook",
    "skickat från ",
    "sendt fra ",
    "lähetetty ",
    "hämta outlook",
    "hent outlook",
    "wysłane z ",
    "wysłano z ",
    "pobierz outlook",
    "odesláno z ",
    "odoslané z ",
    "poslano s ",
    "trimis de pe ",
    "отправлено с ",
    "отправлено из ",
    "надіслано з ",
    "изпратено от ",
    "从我的",
    "從我的",
    "发自我的",
    "發自我的",
    "发自",
    "나의 iphone에서",
    "στάλθηκε από ",
    "נשלח מה",
    "أرسلت من ",
];

const WITHIN: &[&str] =
    &["から送信", "에서 보냄", "'dan gönderildi", "'den gönderildi", "dan gönderildi", "készülékemről küldve", "k-9 mail gesendet"];

/// What a person may say too: only with a device or a program in it.
const DOUBTFUL: &[&str] =
    &["sent from", "sent via", "sent with", "sent by", "sent using", "from my ", "gesendet mit", "enviado con", "envoyé avec"];

const DEVICES: &[&str] = &[
    "iphone",
    "ipad",
    "ipod",
    "android",
    "phone",
    "mobile",
    "galaxy",
    "samsung",
    "blackberry",
    "htc",
    "nokia",
    "airmail",
    "mailbox",
    "outlook",
    "windows",
    "spark",
    "protonmail",
    "k-9",
    "thunderbird",
    "handheld",
    "tablet",
    "handy",
];

/// Whether a paragraph is what a lawyer wants to stand below a mail.
pub(super) fn is_disclaimer(paragraph: &str) -> bool {
    let lower = paragraph.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    lower.len() > 80 && has(SECRET) && has(MAIL) && has(MISLED)
}

const SECRET: &[&str] =
    &["confidential", "privileged", "vertraulich", "confidentiel", "confidencial", "riservat", "vertrouwelijk", "poufn", "конфиденц"];
const MAIL: &[&str] =
    &["e-mail", "email", "message", "nachricht", "courriel", "mensaje", "mensagem", "messaggio", "bericht", "wiadomo", "сообщени"];
const MISLED: &[&str] = &[
    "intended",
    "recipient",
    "addressee",
    "unauthori",
    "empfänger",
    "destinataire",
    "destinatari",
    "geadresseerde",
    "adresat",
    "получател",
    "irrtümlich",
    "by mistake",
    "in error",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_s_line_is_told_from_a_person_s() {
        for line in [
            "Sent from my iPhone",
            "(Sent from mobile device)",
            "Von meinem iPhone gesendet",
            "<<sent by galaxy>>",
            "iPhoneから送信",
            "Get Outlook for iOS",
        ] {
            assert!(is_device(line), "{line}");
        }
        for line in ["Sent by mistake, sorry.", "From my point of view it is fine.", "I sent it from my office.", "Sent with love"] {
            assert!(!is_device(line), "{line}");
        }
    }

    #[test]
    fn a_disclaimer_is_told_from_a_mail_about_secrets() {
        assert!(is_disclaimer(
            "This e-mail and any attachments are confidential and meant for the intended recipient only. Please delete it."
        ));
        assert!(!is_disclaimer("The price list is confidential, so please do not pass it on to anybody outside before the fair in May."));
    }

    #[test]
    fn a_rule_is_one_character_again_and_again() {
        assert!(is_rule("=====") && is_rule("***") && !is_rule("=") && !is_rule("-=-=") && !is_rule("# x"));
    }
}
