//! The administrator's token: printed once at the first start, and anew when it is lost (`rapport token --new`).

use base::{Clock, Secret};
use serde::Serialize;
use store::{Transaction, session};

use crate::config::Settings;
use crate::failure::{Failure, Status};
use crate::screen::{Report, Screen};
use crate::wire::{House, database_unusable, open_database};

/// The token to print, if this is the first start.
///
/// # Errors
/// When the database does not answer.
pub async fn ensure(house: &House) -> Result<Option<Secret<String>>, Failure> {
    let unusable = |error| database_unusable(&error);
    if session::administrator(&house.db).await.map_err(unusable)?.is_some() {
        return Ok(None);
    }
    let (token, kept) = web::administrator::make();
    let made = Transaction::new("administrator.ensure").with(session::ensure_administrator(&kept, house.clock.now()));
    house.db.commit(made).await.map_err(unusable)?;
    // Another node may have been first: then its token is the one.
    let ours = session::administrator(&house.db).await.map_err(unusable)?.is_some_and(|now| now == kept);
    Ok(ours.then_some(token))
}

#[derive(Serialize)]
struct Renewed {
    administrator_token: String,
}

impl Report for Renewed {
    fn text(&self) -> String {
        format!("The old token and all sessions are gone. The new token, not shown again:\n\n    {}", self.administrator_token)
    }
}

/// Makes a new token; the old one and every session end.
///
/// # Errors
/// When the database cannot be used, or nothing was asked for.
pub async fn renew(new: bool, settings: &Settings, screen: Screen) -> Result<Status, Failure> {
    if !new {
        let why = "Only its Argon2id hash is kept";
        let mend = "Run `rapport token --new` to make another one; the old one and all sessions end.";
        return Err(Failure::asked_wrongly("token_not_kept", "The administrator's token cannot be shown again.", why, mend));
    }
    let db = open_database(settings).await?;
    let (token, kept) = web::administrator::make();
    let now = Clock::system().now();
    let renewed = Transaction::new("administrator.renew").with(session::put_administrator(&kept, now)).with(session::remove_all());
    db.commit(renewed).await.map_err(|error| database_unusable(&error))?;
    screen.result(&Renewed { administrator_token: token.expose().clone() });
    Ok(Status::Well)
}
