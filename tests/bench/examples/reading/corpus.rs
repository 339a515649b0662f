//! The mail of the measurement: threads of four messages between a mailbox and a customer, over two years.

use base::Timestamp;
use model::id::{FolderId, MailboxId, MessageId, WorkspaceId};
use model::message::{BodyKind, Flag, Importance, Message, MessageBody, Participant, Recipients};
use model::nature::Nature;

pub const WORKSPACE: WorkspaceId = WorkspaceId::from_number(1);
/// How long the mail goes on.
const LASTS_MS: i64 = 2 * 365 * 86_400_000;
/// This word stands in half of all messages.
pub const HALF: &str = "halfway";
/// This one in one of ten subjects.
pub const TENTH: &str = "tenthly";

/// How much of it there is.
#[derive(Clone, Copy, Debug)]
pub struct Corpus {
    pub messages: i64,
    pub mailboxes: i64,
    /// Where it ends: when the filling begins, so that what comes in afterwards follows without a gap.
    pub ends: Timestamp,
}

impl Corpus {
    pub fn mailbox(self, place: i64) -> MailboxId {
        MailboxId::from_number(1000 + place.rem_euclid(self.mailboxes))
    }

    pub fn folder(self, place: i64) -> FolderId {
        FolderId::from_number(5000 + place.rem_euclid(self.mailboxes))
    }

    /// Customers: four hundred messages each, a hundred of them at least.
    pub fn customers(self) -> i64 {
        (self.messages / 400).max(100)
    }

    /// Message `number`, the fourth part of thread `number / 4`.
    pub fn message(self, number: i64) -> Message {
        let since_begin = (i128::from(number) * i128::from(LASTS_MS) / i128::from(self.messages)) as i64;
        let at = Timestamp::from_millis(self.ends.millis() - LASTS_MS + since_begin);
        self.message_at(number, at)
    }

    /// The same, received at another time.
    pub fn message_at(self, number: i64, at: Timestamp) -> Message {
        let (thread, step) = (number / 4, number % 4);
        let customer = format!("c{}.example", mixed(thread) % self.customers().cast_unsigned());
        let id = |step: i64| format!("<{thread}.{step}@{customer}>");
        let person = |name: &str, address: String| Participant { name: name.to_owned(), address };
        let outside = person("Bo Berg", format!("bo{}@{customer}", thread % 3));
        let inside = person("Anna Meier", format!("user{}@contoso.example", thread.rem_euclid(self.mailboxes)));
        let (from, to) = if step % 2 == 0 { (outside, inside) } else { (inside, outside) };
        let tenth = if mixed(thread).is_multiple_of(10) { TENTH } else { "pallet" };
        Message {
            id: MessageId::sorted_by(at),
            workspace: WORKSPACE,
            mailbox: self.mailbox(thread),
            folder: Some(self.folder(thread)),
            graph_id: format!("AAMkAGI1AAAoZCfHAAAAAAENAADhGfp0kRSxQ5eJ6Zl1b7A8AAA{number:020}AA="),
            change_key: "CQAAABYAAADhGfp0kRSxQ5eJ6Zl1b7A8AAAtbV".to_owned(),
            internet_message_id: Some(id(step)),
            conversation_id: Some(format!("AAQkAGI1AAAoZCfHAAAQAJ8{thread:020}=")),
            conversation_index: None,
            subject: format!("{}quote {thread} for the {tenth}", if step == 0 { "" } else { "Re: " }),
            preview: "Please confirm the delivery by Friday, the warehouse wants to know.".to_owned(),
            from: Some(from),
            recipients: Recipients { to: vec![to], ..Recipients::default() },
            received_at: at,
            sent_at: Some(at),
            modified_at: Some(at),
            read: !mixed(number).is_multiple_of(20),
            draft: false,
            importance: Importance::Normal,
            flag: Flag::NotFlagged,
            categories: Vec::new(),
            has_attachments: mixed(number).is_multiple_of(7),
            in_reply_to: (step > 0).then(|| id(step - 1)),
            references: (0..step).map(id).collect(),
            focused: true,
            web_link: None,
            private: false,
            nature: Nature::default(),
        }
    }

    /// About 2 kB of HTML with words as frequent as in a language.
    pub fn body(self, number: i64) -> MessageBody {
        let mut dice = mixed(number);
        let mut content = String::with_capacity(2200);
        content.push_str("<html><body><p class=\"MsoNormal\">");
        if mixed(number ^ 0x55).is_multiple_of(2) {
            content.push_str(HALF);
            content.push(' ');
        }
        while content.len() < 2000 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let rank = 20_000f64.powf((dice >> 11) as f64 / (1u64 << 53) as f64) as u64;
            let mut letters = rank.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for _ in 0..3 + rank.ilog2() / 2 {
                content.push(char::from(b'a' + (letters % 26) as u8));
                letters /= 26;
            }
            content.push(' ');
        }
        content.push_str("</p></body></html>");
        MessageBody { kind: BodyKind::Html, content, headers: None }
    }
}

/// A number that looks thrown.
pub fn mixed(number: i64) -> u64 {
    let mut mixed = number.cast_unsigned().wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
