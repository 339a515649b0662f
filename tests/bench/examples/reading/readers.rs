//! Readers: what they ask, when, and how long each answer took.

use std::time::Duration;

use model::id::{CustomerId, ThreadId};
use rapport_bench::measure;
use store::Db;

use crate::Options;
use crate::corpus::{Corpus, HALF, TENTH, WORKSPACE, mixed};
use crate::server::Server;

/// What can be asked about.
#[derive(Clone, Debug)]
pub struct Targets {
    corpus: Corpus,
    threads: Vec<ThreadId>,
    customers: Vec<CustomerId>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub kind: &'static str,
    /// From when it was due to be asked.
    pub took: Duration,
    /// Its size, or what was wrong.
    pub outcome: Result<usize, String>,
}

/// Kinds of questions, asked in turn.
pub const KINDS: [&str; 8] = [
    "list messages",
    "thread with messages",
    "customer timeline",
    "search by date, word in a tenth",
    "search by date, word in half",
    "search, word in half, one mailbox",
    "search, phrase and filters",
    "ranked search, word in half",
];

/// Threads and customers from all over the database.
pub async fn targets(db: &Db, corpus: Corpus) -> Targets {
    let threads = "SELECT id FROM thread WHERE workspace_id = $1 ORDER BY last_at DESC LIMIT 20000";
    let customers = "SELECT id FROM customer WHERE workspace_id = $1 AND merged_into IS NULL ORDER BY id LIMIT 2000";
    let read = async |sql| {
        let rows = db.query(sql, [WORKSPACE.into()]).await.unwrap();
        rows.into_iter().map(|mut row| row.read::<i64>().unwrap()).collect::<Vec<_>>()
    };
    let threads = read(threads).await.into_iter().map(ThreadId::from_number).collect();
    Targets { corpus, threads, customers: read(customers).await.into_iter().map(CustomerId::from_number).collect() }
}

impl Targets {
    fn path(&self, kind: &str, turn: u64) -> Option<String> {
        let any = usize::try_from(mixed(turn.cast_signed()) >> 2).unwrap_or(0);
        let mailbox = self.corpus.mailbox(i64::try_from(any % 100_000).unwrap_or(0));
        Some(match kind {
            "list messages" => format!("/api/v1/messages?mailbox={mailbox}&limit=50"),
            "thread with messages" => format!("/api/v1/threads/{}/messages", self.threads.get(any % self.threads.len().max(1))?),
            "customer timeline" => {
                format!("/api/v1/customers/{}/timeline?limit=50", self.customers.get(any % self.customers.len().max(1))?)
            }
            "search by date, word in a tenth" => format!("/api/v1/search?q={TENTH}&limit=50"),
            "search by date, word in half" => format!("/api/v1/search?q={HALF}&limit=50"),
            "search, word in half, one mailbox" => format!("/api/v1/search?q={HALF}%20mailbox:{mailbox}&limit=50"),
            "search, phrase and filters" => format!("/api/v1/search?q=%22for+the+{TENTH}%22+{HALF}+has:attachment+is:read&limit=50"),
            _ => format!("/api/v1/search?q={HALF}&order=ranked&limit=50"),
        })
    }
}

/// Asks at a steady rate until the time is over.
pub async fn read(server: &Server, targets: &Targets, options: &Options, time: Duration) -> Vec<Answer> {
    let began = measure::now();
    let readers = (0..options.readers).map(|reader| async move {
        let mut answers = Vec::new();
        for round in 0.. {
            // Each reader has its own beat, so that questions come one after another and not all at once.
            let turn = round * options.readers + reader;
            let due_at = Duration::from_secs_f64(turn as f64 / options.requests as f64);
            if due_at >= time {
                break;
            }
            measure::pause(due_at.saturating_sub(began.elapsed())).await;
            let kind = KINDS[usize::try_from(mixed(turn.cast_signed()) % KINDS.len() as u64).unwrap_or(0)];
            let Some(path) = targets.path(kind, turn) else { continue };
            let outcome = server.get(&path).await;
            answers.push(Answer { kind, took: began.elapsed().saturating_sub(due_at), outcome });
        }
        answers
    });
    futures::future::join_all(readers).await.concat()
}
