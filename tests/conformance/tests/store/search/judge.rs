//! Random mail, scopes and queries, and what a query means when every message is looked at.

use model::id::MailboxId;
use model::message::{Message, Participant};
use store::search::{Level, Scope, Seen};

use super::{Mail, OTHER, everywhere};
use crate::world::{MAILBOX, WORKSPACE};

const WORDS: [&str; 8] = ["red", "reddish", "green", "roof", "Café", "東京", "都", "zoe"];

pub(super) fn random_mail(dice: &mut Dice, number: i64) -> (Message, String) {
    let mut words = |count: u64| (0..dice.up_to(count)).map(|_| WORDS[dice.place(WORDS.len())]).collect::<Vec<_>>().join(" ");
    let (subject, body) = (words(3), words(6));
    let mut mail = Mail(number, if number % 3 == 0 { OTHER } else { MAILBOX }, &subject, "").message();
    let someone = |name: &str| Participant { name: name.to_owned(), address: format!("{name}@x.example") };
    mail.from = Some(someone(["zoe", "red", "ben"][dice.place(3)]));
    mail.recipients.to = vec![someone(["anna", "green"][dice.place(2)])];
    mail.recipients.bcc = vec![someone("roof")].into_iter().filter(|_| dice.place(4) == 0).collect();
    (mail.read, mail.has_attachments) = (dice.place(2) == 0, dice.place(3) == 0);
    (mail, body)
}

pub(super) fn random_scope(dice: &mut Dice) -> (Scope, Vec<(MailboxId, Level)>) {
    const LEVELS: [Level; 3] = [Level::Metadata, Level::Subject, Level::Everything];
    let levels: Vec<(MailboxId, Level)> = match dice.place(4) {
        0 => return (everywhere(), vec![(MAILBOX, Level::Everything), (OTHER, Level::Everything)]),
        1 => vec![(OTHER, LEVELS[dice.place(3)])],
        _ => vec![(MAILBOX, LEVELS[dice.place(3)]), (OTHER, LEVELS[dice.place(3)])],
    };
    let seen = levels.iter().map(|(mailbox, level)| Seen { mailbox: *mailbox, level: *level, private: false });
    (Scope::mailboxes(WORKSPACE, seen), levels)
}

/// A clause as the test understands it, without the words of the product.
pub(super) struct Asking {
    negated: bool,
    key: &'static str,
    words: Vec<&'static str>,
    beginning: bool,
}

impl Asking {
    pub(super) fn any(dice: &mut Dice) -> Self {
        const KEYS: [&str; 8] = ["", "", "", "subject:", "from:", "to:", "is:", "has:"];
        let key = KEYS[dice.place(KEYS.len())];
        let count = if key.is_empty() { 1 + dice.place(3) } else { 1 };
        let words: Vec<&str> = (0..count).map(|_| WORDS[dice.place(WORDS.len())]).collect();
        let beginning = dice.place(3) == 0 && words.last().is_some_and(|word| word.is_ascii());
        Asking { negated: dice.place(4) == 0, key, words, beginning }
    }

    pub(super) fn text(&self) -> String {
        let minus = if self.negated { "-" } else { "" };
        match self.key {
            "is:" => format!("{minus}is:unread"),
            "has:" => format!("{minus}has:attachment"),
            key => format!("{minus}{key}\"{}\"{}", self.words.join(" "), if self.beginning { "*" } else { "" }),
        }
    }

    pub(super) fn holds(&self, mail: &Message, body: &str, level: Level) -> bool {
        let from = mail.from.iter().map(|one| format!("{} {}", one.name, one.address));
        let to = mail.recipients.to.iter().map(|one| format!("{} {}", one.name, one.address));
        let bcc = mail.recipients.bcc.iter().map(|one| format!("{} {}", one.name, one.address));
        let mut parts: Vec<String> = Vec::new();
        match self.key {
            "is:" => return mail.read == self.negated,
            "has:" => return mail.has_attachments != self.negated,
            "from:" => parts.extend(from),
            "to:" => parts.extend(to),
            key => {
                if key.is_empty() {
                    parts.extend(from.chain(to));
                }
                if level != Level::Metadata {
                    parts.push(mail.subject.clone());
                }
                if key.is_empty() && level == Level::Everything {
                    parts.extend(bcc);
                    parts.push(body.to_owned());
                }
            }
        }
        parts.iter().any(|part| self.stands_in(part)) != self.negated
    }

    /// The texts of this test hold blanks, `@` and `.` between words, and no letters that fold but `é`.
    fn stands_in(&self, part: &str) -> bool {
        let fold = |text: &str| {
            let parted = text
                .replace(['@', '.'], " ")
                .replace('é', "e")
                .to_lowercase()
                .replace('東', " 東 ")
                .replace('京', " 京 ")
                .replace('都', " 都 ");
            parted.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        let (wanted, text) = (fold(&self.words.join(" ")), fold(part));
        text.windows(wanted.len()).any(|window| {
            let (last, before) = (wanted.len() - 1, &wanted[..wanted.len() - 1]);
            window[..last] == *before && (window[last] == wanted[last] || (self.beginning && window[last].starts_with(&wanted[last])))
        })
    }
}

pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn place(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % count as u64).unwrap()
    }

    pub(super) fn up_to(&mut self, count: u64) -> u64 {
        self.place(usize::try_from(count).unwrap() + 1) as u64
    }
}
