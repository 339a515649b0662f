//! Fields: the head of a mail as programs copy it above what they quote or forward (`From: … Sent: … To: … Subject: …`), and
//! the lines that announce it, in many languages.

/// Lines of a head that are looked at.
const LINES_MAX: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    From,
    Date,
    To,
    Subject,
    Other,
}

/// How many of these lines, from the first on, are the head of a mail or announce it, and whether it is forwarded.
pub(super) fn head(texts: &[&str]) -> Option<(usize, bool)> {
    let announced = texts.first().and_then(|text| announcement(text));
    let drawn = texts.first().is_some_and(|text| text.len() >= 5 && text.bytes().all(|byte| matches!(byte, b'_' | b'-' | b'*')));
    if announced.is_none() && !drawn {
        return fields(texts).map(|lines| (lines, false));
    }
    let below = texts.iter().skip(1).take(3).take_while(|text| text.is_empty()).count() + 1;
    let copied = texts.get(below..).and_then(fields);
    match (announced, copied) {
        (Some(forwards), copied) => Some((copied.map_or(1, |lines| below + lines), forwards)),
        (None, copied) => copied.map(|lines| (below + lines, false)),
    }
}

/// `-----Original Message-----`: false; `---------- Forwarded message ---------`: true.
fn announcement(text: &str) -> Option<bool> {
    let words = text.trim_matches(['-', '*', '_', ' ', '>', '=']).to_lowercase();
    let is_framed = text.trim_matches(['*', ' ', '>']).starts_with("--") || text.trim_matches(['*', ' ']).starts_with("__");
    if BEGINNINGS.iter().any(|beginning| words.trim_end_matches(':') == *beginning)
        || (is_framed && FORWARDED.contains(&words.trim_end_matches(':')))
    {
        return Some(true);
    }
    (is_framed && ORIGINAL.contains(&words.trim_end_matches(':'))).then_some(false)
}

/// How many lines the copied head has, which names at least who wrote it and two things more.
fn fields(texts: &[&str]) -> Option<usize> {
    field(texts.first()?)?;
    let mut seen = Vec::new();
    let mut end = 0;
    let mut loose = 0;
    for (place, text) in texts.iter().enumerate().take(LINES_MAX) {
        match field(text) {
            Some(field) => {
                if !seen.contains(&field) || field == Field::Other {
                    seen.push(field);
                }
                (end, loose) = (place + 1, 0);
            }
            // A subject or a list of recipients may go on, and some programs double the line ends.
            None if loose == 0
                && (text.is_empty() || seen.last().is_some_and(|last| matches!(last, Field::To | Field::Subject | Field::Other))) =>
            {
                loose += 1
            }
            None => break,
        }
    }
    (seen.contains(&Field::From) && seen.len() >= 3).then_some(end)
}

fn field(text: &str) -> Option<Field> {
    let (name, _) = text.split_once([':', '：'])?;
    let name = name.trim_matches(['*', ' ', '\u{a0}', '|']);
    if name.is_empty() || name.len() > 40 {
        return None;
    }
    let name = name.to_lowercase();
    let known = [(FROM, Field::From), (DATE, Field::Date), (TO, Field::To), (SUBJECT, Field::Subject), (OTHER, Field::Other)];
    known.iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, field)| *field)
}

const FROM: &[&str] = &[
    "from",
    "von",
    "de",
    "da",
    "från",
    "fra",
    "van",
    "lähettäjä",
    "od",
    "от",
    "від",
    "kimden",
    "gönderen",
    "feladó",
    "από",
    "מאת",
    "من",
    "odesílatel",
    "expéditeur",
    "remitente",
    "发件人",
    "寄件者",
    "差出人",
    "보낸 사람",
    "dari",
    "từ",
    "จาก",
    "nuo",
];
const DATE: &[&str] = &[
    "sent",
    "date",
    "gesendet",
    "datum",
    "envoyé",
    "envoyé le",
    "enviado",
    "enviado el",
    "enviada em",
    "enviado em",
    "fecha",
    "data",
    "inviato",
    "skickat",
    "sendt",
    "dato",
    "verzonden",
    "lähetetty",
    "päiväys",
    "wysłano",
    "wysłane",
    "odesláno",
    "odoslané",
    "отправлено",
    "дата",
    "надіслано",
    "gönderilme tarihi",
    "gönderme tarihi",
    "tarih",
    "elküldve",
    "dátum",
    "στάλθηκε",
    "ημερομηνία",
    "נשלח",
    "תאריך",
    "تاريخ الإرسال",
    "发送时间",
    "日期",
    "寄件日期",
    "送信日時",
    "日時",
    "보낸 날짜",
    "날짜",
    "tanggal",
    "gửi",
];
const TO: &[&str] = &[
    "to",
    "an",
    "à",
    "para",
    "a",
    "till",
    "til",
    "aan",
    "vastaanottaja",
    "do",
    "komu",
    "кому",
    "kime",
    "alıcı",
    "címzett",
    "προς",
    "אל",
    "إلى",
    "收件人",
    "收件者",
    "宛先",
    "받는 사람",
    "kepada",
    "đến",
    "pour",
    "za",
];
const SUBJECT: &[&str] = &[
    "subject",
    "betreff",
    "objet",
    "asunto",
    "assunto",
    "oggetto",
    "ämne",
    "emne",
    "onderwerp",
    "aihe",
    "temat",
    "тема",
    "předmět",
    "predmet",
    "konu",
    "tárgy",
    "θέμα",
    "נושא",
    "الموضوع",
    "主题",
    "主旨",
    "件名",
    "제목",
    "subiect",
    "subjek",
    "chủ đề",
];
const OTHER: &[&str] = &[
    "cc",
    "kopie",
    "kopi",
    "kopia",
    "copie",
    "copia",
    "cópia",
    "копия",
    "копія",
    "másolatot kap",
    "抄送",
    "副本",
    "참조",
    "bcc",
    "reply-to",
    "risposta",
    "antwort an",
    "répondre à",
    "responder a",
    "importance",
    "wichtigkeit",
    "priority",
    "attachments",
    "anlagen",
    "pièces jointes",
    "organization",
];

const BEGINNINGS: &[&str] = &[
    "begin forwarded message",
    "anfang der weitergeleiteten nachricht",
    "début du message transféré",
    "début du message réexpédié",
    "inizio messaggio inoltrato",
    "inicio del mensaje reenviado",
    "início da mensagem reencaminhada",
    "begin doorgestuurd bericht",
    "vidarebefordrat brev",
    "start på videresendt besked",
    "начало переадресованного сообщения",
    "开始转发的邮件",
    "転送されたメッセージ",
];
const FORWARDED: &[&str] = &[
    "forwarded message",
    "forwarded by",
    "weitergeleitete nachricht",
    "message transféré",
    "mensaje reenviado",
    "mensagem encaminhada",
    "messaggio inoltrato",
    "doorgestuurd bericht",
    "vidarebefordrat meddelande",
    "videresendt meddelelse",
    "videresendt melding",
    "przekazana wiadomość",
    "wiadomość przekazana dalej",
    "пересылаемое сообщение",
    "переслане повідомлення",
    "přeposlaná zpráva",
    "továbbított üzenet",
    "iletilen ileti",
    "转发的邮件",
    "转发邮件信息",
    "転送メッセージ",
    "전달된 메시지",
    "välitetty viesti",
    "edastatud kiri",
];
const ORIGINAL: &[&str] = &[
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "ursprungligt meddelande",
    "originalmeddelande",
    "opprinnelig melding",
    "oprindelig meddelelse",
    "alkuperäinen viesti",
    "oryginalna wiadomość",
    "wiadomość oryginalna",
    "původní zpráva",
    "pôvodná správa",
    "eredeti üzenet",
    "исходное сообщение",
    "оригинальное сообщение",
    "özgün ileti",
    "orijinal mesaj",
    "mesaj original",
    "αρχικό μήνυμα",
    "原始邮件",
    "邮件原件",
    "原始郵件",
    "元のメッセージ",
    "원본 메시지",
    "algne kiri",
];

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn heads_of_many_languages_are_found() {
        for names in [
            ["From", "Sent", "To", "Subject"],
            ["Von", "Gesendet", "An", "Betreff"],
            ["De", "Envoyé", "À", "Objet"],
            ["Från", "Skickat", "Till", "Ämne"],
            ["*From", "*Date", "*To", "*Subject"],
            ["发件人", "发送时间", "收件人", "主题"],
        ] {
            let lines = names.map(|name| format!("{name}: something"));
            let texts: Vec<&str> = lines.iter().map(String::as_str).chain(["", "Words"]).collect();
            assert_eq!(head(&texts), Some((4, false)), "{names:?}");
        }
        assert_eq!(head(&["-----Original Message-----", "From: a", "To: b", "Subject: c", "d"]), Some((4, false)));
        assert_eq!(
            head(&["---------- Forwarded message ---------", "From: a", "Date: b", "Subject: c", "d", "To: e", "", "f"]),
            Some((6, true))
        );
        assert_eq!(head(&["________________________________", "From: a", "Sent: b", "To: c", "", "d"]), Some((4, false)));
        assert_eq!(head(&["Begin forwarded message:", "", "From: a", "Subject: b", "To: c"]), Some((5, true)));
    }

    #[test]
    fn a_list_of_points_is_no_head() {
        for texts in [
            &["To: everybody", "Subject: lunch", "Words"][..],
            &["From: here to there", "Words: and words"],
            &["-----", "Words"],
            &["Original message"],
            &["Date: 3 May", "Time: noon", "Place: the hall"],
        ] {
            assert_eq!(head(texts), None, "{texts:?}");
        }
    }
}
