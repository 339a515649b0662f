//! Pipelining: `BEGIN` and all statements of a transaction go out without waiting for answers. Where nothing is
//! guarded, `COMMIT` goes with them; else the counts are looked at first. So a transaction costs one or two journeys,
//! not one for each statement.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use deadpool_postgres::Object;
use tokio_postgres::RowStream;

use super::{Failure, columns_of};
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::{Outcome, Statement};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(u64, Vec<Row>), tokio_postgres::Error>> + Send + 'a>>;

/// Sends a transaction and commits it, or rolls it back and says why.
pub(super) async fn send(
    connection: &Object,
    statements: &[Statement],
    prepared: &[tokio_postgres::Statement],
) -> Result<Outcome, Failure> {
    let guarded = statements.iter().any(|statement| statement.guard.is_some());
    let mut answers: Vec<Answer<'_>> = Vec::with_capacity(statements.len() + 2);
    answers.push(Box::pin(say(connection, "BEGIN")));
    for (statement, prepared) in statements.iter().zip(prepared) {
        answers.push(Box::pin(run(connection, prepared, statement)));
    }
    if !guarded {
        answers.push(Box::pin(say(connection, "COMMIT")));
    }
    let answers = in_order(answers).await;
    if !guarded {
        return gather(statements, answers);
    }
    match gather(statements, answers) {
        Ok(outcome) => connection.batch_execute("COMMIT").await.map(|()| outcome).map_err(unknown),
        Err(failure) => {
            connection.batch_execute("ROLLBACK").await.map_err(unknown)?;
            Err(failure)
        }
    }
}

/// The commit was sent and nobody knows whether it happened.
fn unknown(error: tokio_postgres::Error) -> Failure {
    match Failure::from(error) {
        Failure::Other(StoreError::Broken(text)) => Failure::Other(StoreError::Unavailable(text)),
        other => other,
    }
}

async fn say(connection: &Object, text: &str) -> Result<(u64, Vec<Row>), tokio_postgres::Error> {
    connection.batch_execute(text).await.map(|()| (0, Vec::new()))
}

async fn run(
    connection: &Object,
    prepared: &tokio_postgres::Statement,
    statement: &Statement,
) -> Result<(u64, Vec<Row>), tokio_postgres::Error> {
    if prepared.columns().is_empty() {
        return connection.execute_raw(prepared, statement.args.iter()).await.map(|touched| (touched, Vec::new()));
    }
    let rows = connection.query_raw(prepared, statement.args.iter()).await?;
    let rows = collect(prepared, rows).await?;
    Ok((rows.len() as u64, rows))
}

/// Everything that a query answers.
pub(super) async fn collect(prepared: &tokio_postgres::Statement, rows: RowStream) -> Result<Vec<Row>, tokio_postgres::Error> {
    use futures::TryStreamExt as _;
    let columns = columns_of(prepared);
    let mut rows = pin!(rows);
    let mut found = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let values = (0..columns.len()).map(|place| row.try_get(place)).collect::<Result<Vec<_>, _>>()?;
        found.push(Row::new(Arc::clone(&columns), values));
    }
    Ok(found)
}

/// Polls each future in turn, so that the requests go out in this order, and waits for all.
async fn in_order<T>(mut waiting: Vec<Pin<Box<dyn Future<Output = T> + Send + '_>>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = waiting.iter().map(|_| None).collect();
    let mut first_open = 0;
    std::future::poll_fn(|context| {
        // A connection answers in order: once all are sent, only the first open one can become ready.
        let all_sent = first_open > 0;
        let mut place = first_open;
        while place < waiting.len() {
            if answers[place].is_none() {
                match waiting[place].as_mut().poll(context) {
                    Poll::Ready(answer) => answers[place] = Some(answer),
                    Poll::Pending if all_sent => break,
                    Poll::Pending => {}
                }
            }
            place += 1;
        }
        while answers.get(first_open).is_some_and(Option::is_some) {
            first_open += 1;
        }
        if first_open == waiting.len() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().map(|answer| answer.expect("all are answered")).collect()
}

/// The outcome, or the first thing that went wrong. The first answer is `BEGIN`'s.
fn gather(statements: &[Statement], answers: Vec<Result<(u64, Vec<Row>), tokio_postgres::Error>>) -> Result<Outcome, Failure> {
    let mut outcome = Outcome { affected: Vec::with_capacity(statements.len()), rows: Vec::with_capacity(statements.len()) };
    let mut answers = answers.into_iter();
    if let Some(begun) = answers.next() {
        begun?;
    }
    for statement in statements {
        let Some(answer) = answers.next() else { break };
        let (touched, rows) = answer?;
        if let Some(guard) = statement.guard.filter(|guard| guard.rows != touched) {
            return Err(Failure::Other(StoreError::Refused { guard: guard.name }));
        }
        outcome.affected.push(touched);
        outcome.rows.push(rows);
    }
    answers.next().transpose().map_err(unknown)?;
    Ok(outcome)
}
