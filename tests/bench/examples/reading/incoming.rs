//! Mail that comes in: one message at a time at a steady rate, in one transaction with its event, as after a notification.

use std::time::Duration;

use base::Clock;
use rapport_bench::measure;
use store::message::Listing;
use store::{Db, Transaction, due, ledger, message};

use crate::corpus::{Corpus, WORKSPACE};
use crate::fill::event;

/// Writes messages until the time is over, and says how many.
pub async fn write(db: Db, corpus: Corpus, rate: u64, time: Duration) -> u64 {
    let clock = Clock::system();
    let began = measure::now();
    let mut written = 0;
    while rate > 0 && began.elapsed() < time {
        let due_at = Duration::from_secs_f64(written as f64 / rate as f64);
        measure::pause(due_at.saturating_sub(began.elapsed())).await;
        let now = clock.now();
        let number = corpus.messages + now.millis() * 8 + i64::try_from(written % 4).unwrap();
        let mail = corpus.message_at(number, now);
        let transaction = Transaction::new("pull.page")
            .with(message::insert(&mail, Listing { seen_round: 1, body_hash: number, attachments_wanted: false }))
            .with(message::insert_body(mail.id, corpus.body(number)))
            .with_all(due::decide(WORKSPACE, now))
            .with_all(ledger::append(WORKSPACE, mail.mailbox, now, &[event(mail.id.number(), false)]));
        // A collision of ids or a busy database is what a pull would meet too: it tries again with the next one.
        if db.commit(transaction).await.is_ok() {
            written += 1;
        }
    }
    written
}
