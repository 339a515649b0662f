//! Touches: requests to the pixel and the links of tracked mail, as they came. Of each token the first [`OF_A_TOKEN_MAX`] are kept
//! and of each mail the first [`OF_A_MAIL_MAX`]; further ones are counted, so that nobody can fill the disk.

use std::net::IpAddr;
use std::time::Duration;

use base::Timestamp;
use model::id::OutgoingId;
use model::tracking::{Method, Network, Target, Touch};

use crate::db::Db;
use crate::due;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::work::{Lane, mark_due_quietly};

/// Touches that are kept of each token.
pub const OF_A_TOKEN_MAX: i64 = 50;
/// Touches that are kept of each mail.
pub const OF_A_MAIL_MAX: i64 = 2_000;
/// How long after a touch a mail is judged: a burst has to show itself as one.
pub const JUDGED_AFTER: Duration = Duration::from_secs(90);
/// Where the pixel is among the places of a mail.
const PIXEL: i64 = -1;

/// A touch as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// What judging needs.
    pub touch: Touch,
    /// From where, where the workspace keeps that.
    pub address: Option<String>,
}

/// Keeps a touch of this mail, and has the mail judged. Nothing for a mail that is not there.
pub fn keep(mail: OutgoingId, touch: &Touch, address: Option<IpAddr>) -> Vec<Statement> {
    const SEEN: &str = "INSERT INTO tracked_place (tracked_id, copy, place, seen) SELECT id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), 1
        FROM tracked WHERE id = $1 ON CONFLICT (tracked_id, copy, place) DO UPDATE SET seen = tracked_place.seen + 1";
    const KEEP: &str = "INSERT INTO touch (tracked_id, copy, place, number, at, method, agent, prefetch, network, visitor, address, own)
        SELECT tracked.id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), tracked_place.seen, CAST($4 AS BIGINT), CAST($5 AS TEXT), CAST($6 AS TEXT),
            CAST($7 AS BIGINT), CAST($8 AS TEXT), CAST($9 AS BIGINT),
            CASE WHEN tracked.keeps_addresses = 1 THEN CAST($10 AS TEXT) END, CAST($11 AS BIGINT)
        FROM tracked JOIN tracked_place ON tracked_place.tracked_id = tracked.id AND tracked_place.copy = $2 AND tracked_place.place = $3
        WHERE tracked.id = $1 AND tracked_place.seen <= $12 AND tracked.kept < $13";
    const COUNT: &str = "UPDATE tracked SET kept = kept + 1 WHERE id = $1 AND kept < $2";
    let place = place_of(touch.target);
    let key = [mail.into(), touch.copy.into(), place.into()];
    let args = vec![
        mail.into(),
        touch.copy.into(),
        place.into(),
        touch.at.into(),
        touch.method.name().into(),
        (&touch.agent).into(),
        touch.prefetch.into(),
        touch.network.map(Network::name).into(),
        touch.visitor.map(u64::cast_signed).into(),
        address.map(|address| address.to_canonical().to_string()).into(),
        touch.own.into(),
        OF_A_TOKEN_MAX.into(),
        OF_A_MAIL_MAX.into(),
    ];
    vec![
        Statement::new(SEEN, key),
        Statement::new(KEEP, args),
        Statement::new(COUNT, [mail.into(), OF_A_MAIL_MAX.into()]),
        mark_due_quietly(due::JUDGE_MAIL, &mail.to_string(), Lane::Scheduled, touch.at.plus(JUDGED_AFTER)),
    ]
}

fn place_of(target: Target) -> i64 {
    match target {
        Target::Pixel => PIXEL,
        Target::Link(number) => i64::from(number),
    }
}

/// The touches of a tracked mail that are kept, in the order in which they came.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, mail: OutgoingId) -> Result<Vec<Kept>, StoreError> {
    const SQL: &str = "SELECT at, place, copy, method, agent, prefetch, network, visitor, own, address FROM touch WHERE tracked_id = $1
        ORDER BY at, copy, place, number";
    db.query(SQL, [mail.into()]).await?.into_iter().map(kept_of).collect()
}

fn kept_of(mut row: Row) -> Result<Kept, StoreError> {
    let (at, place): (Timestamp, i64) = (row.read()?, row.read()?);
    let copy: i64 = row.read()?;
    let touch = Touch {
        at,
        target: u32::try_from(place).map_or(Target::Pixel, Target::Link),
        copy: u32::try_from(copy).unwrap_or(u32::MAX),
        method: Method::named(&row.read::<String>()?),
        agent: row.read()?,
        prefetch: row.read()?,
        network: row.read::<Option<String>>()?.as_deref().and_then(Network::named),
        visitor: row.read::<Option<i64>>()?.map(i64::cast_unsigned),
        own: row.read()?,
    };
    Ok(Kept { touch, address: row.read()? })
}

/// How many touches of a mail came in all, also of those that are not kept.
///
/// # Errors
/// As [`Db::query`].
pub async fn seen(db: &Db, mail: OutgoingId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COALESCE(CAST(SUM(seen) AS BIGINT), 0) FROM tracked_place WHERE tracked_id = $1";
    db.query_first(SQL, [mail.into()]).await?.map_or(Ok(0), |mut row| row.read())
}

/// Forgets up to `limit` of the touches from before `before`, and notes at their mails that some are forgotten.
pub fn forget(before: Timestamp, limit: u32) -> [Statement; 2] {
    const NOTE: &str = "UPDATE tracked SET forgotten = 1 WHERE forgotten = 0 AND id IN
        (SELECT tracked_id FROM (SELECT tracked_id FROM touch WHERE at < $1 ORDER BY at, tracked_id, copy, place, number LIMIT $2) AS old)";
    const FORGET: &str = "DELETE FROM touch WHERE (tracked_id, copy, place, number) IN
        (SELECT tracked_id, copy, place, number FROM touch WHERE at < $1 ORDER BY at, tracked_id, copy, place, number LIMIT $2)";
    [NOTE, FORGET].map(|sql| Statement::new(sql, [before.into(), limit.into()]))
}
