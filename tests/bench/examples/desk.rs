//! What the two consumers cost by themselves: fills a ledger with generated mail, newest first, then decides it.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement for whoever works on the desk")]

use std::time::Duration;

use base::{Clock, Timestamp};
use desk::Desk;
use model::event::{EventKind, NewEvent};
use model::id::{MailboxId, MessageId, WorkspaceId};
use model::message::{BodyKind, Flag, Importance, Message, MessageBody, Participant, Recipients};
use rapport_bench::measure;
use store::message::Listing;
use store::{Db, Settings, Transaction, due, ledger, message, work};

const PAGE: i64 = 100;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let messages: i64 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open(&Settings::new(format!("sqlite:{}", folder.path().join("bench.db").display()))).await.unwrap();
    let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
    let workspace = WorkspaceId::from_number(7);
    let pid = std::process::id();
    let mut dice = Dice(1);
    for page in 0..messages / PAGE {
        let mut transaction = Transaction::new("pull");
        let mut events = Vec::new();
        for place in 0..PAGE {
            let mail = mail(messages - page * PAGE - place, workspace);
            let body = MessageBody { kind: BodyKind::Html, content: body(&mut dice), headers: None };
            transaction.push(message::insert(&mail, Listing { seen_round: 1, body_hash: 0, attachments_wanted: false }));
            transaction.push(message::insert_body(mail.id, body));
            events.push(NewEvent {
                kind: EventKind::MessageReceived,
                subject: mail.id.number(),
                backfill: true,
                data: serde_json::Value::Null,
            });
        }
        transaction.extend(ledger::append(workspace, MailboxId::from_number(1), clock.now(), &events));
        transaction.extend(due::decide(workspace, clock.now()));
        db.commit(transaction).await.unwrap();
    }
    let desk = Desk::new(db.clone(), clock.clone());
    for kind in [due::DECIDE_THREADS, due::DECIDE_SEARCH] {
        let (began, cpu) = (measure::now(), measure::cpu_time(pid).unwrap());
        let mut runs = 0;
        loop {
            let leases = work::claim(&db, clock.now(), 1, Duration::from_secs(60), "bench", &[kind]).await.unwrap();
            let Some(lease) = leases.first() else { break };
            let ending = desk.run(lease).await.unwrap();
            db.commit(Transaction::new("settle").with_all(ending.statements(lease))).await.unwrap();
            runs += 1;
        }
        let cpu = (measure::cpu_time(pid).unwrap() - cpu).as_secs_f64();
        let wall = began.elapsed().as_secs_f64();
        println!("{kind}: {:.1} µs CPU a message, {:.1} µs wall, {runs} runs", cpu * 1e6 / messages as f64, wall * 1e6 / messages as f64);
    }
    println!("peak {} MB", measure::peak_memory_bytes(pid).unwrap() / 1_000_000);
}

fn mail(number: i64, workspace: WorkspaceId) -> Message {
    let at = Timestamp::from_millis(1_700_000_000_000 + number * 240_000);
    let (thread, step) = (number / 4, number % 4);
    let id = |step: i64| format!("<5f3a.{thread}.{step}@customer{}.example>", thread % 977);
    let person = |name: &str, address: String| Participant { name: name.to_owned(), address };
    Message {
        id: MessageId::sorted_by(at),
        workspace,
        mailbox: MailboxId::from_number(1),
        folder: Some(model::id::FolderId::from_number(5)),
        graph_id: format!("AAMkAGI1AAAoZCfHAAAAAAENAADhGfp0kRSxQ5eJ6Zl1b7A8AAA{number:020}AA="),
        change_key: "CQAAABYAAADhGfp0kRSxQ5eJ6Zl1b7A8AAAtbV".to_owned(),
        internet_message_id: Some(id(step)),
        conversation_id: Some(format!("AAQkAGI1AAAoZCfHAAAQAJ8{thread:020}=")),
        conversation_index: Some("AQHT0y3xTn9QzJ8mJwE2aBcD".to_owned()),
        subject: format!("{}quote for pallet {thread}", if step == 0 { "" } else { "Re: " }),
        preview: "Please confirm the delivery of the pallet by Friday, the warehouse wants to know. ".repeat(3),
        from: Some(person("Customer", format!("buyer@customer{}.example", thread % 977))),
        recipients: Recipients { to: vec![person("Bulk Mailbox", "bulk@contoso.example".to_owned())], ..Recipients::default() },
        received_at: at,
        sent_at: Some(at),
        modified_at: Some(at),
        read: true,
        draft: false,
        importance: Importance::Normal,
        flag: Flag::NotFlagged,
        categories: Vec::new(),
        has_attachments: false,
        in_reply_to: (step > 0).then(|| id(step - 1)),
        references: (0..step).map(id).collect(),
        focused: true,
        private: false,
        nature: model::nature::Nature::Personal,
        web_link: Some(
            "https://outlook.office365.com/owa/?ItemID=AAMkAGI1AAAoZCfHAAAAAAENAAA&exvsurl=1&viewmodel=ReadMessageItem".to_owned(),
        ),
    }
}

/// About 4 KB of HTML with words as frequent as in a language.
fn body(dice: &mut Dice) -> String {
    let mut body = String::from("<html><head><style>p { margin: 0 }</style></head><body>");
    while body.len() < 4000 {
        body.push_str("<p class=\"MsoNormal\">");
        for _ in 0..40 {
            let rank = (5000f64.powf(dice.fraction())) as u64;
            let mut letters = rank.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            for _ in 0..3 + rank.ilog2() / 2 {
                body.push(char::from(b'a' + (letters % 26) as u8));
                letters /= 26;
            }
            body.push(' ');
        }
        body.push_str("</p>\r\n");
    }
    body.push_str("</body></html>");
    body
}

struct Dice(u64);

impl Dice {
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
