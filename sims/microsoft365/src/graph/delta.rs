//! What the deltas of messages and of folders have in common: tokens, links, refusals.

use super::call::{Call, Owner};
use super::token::{Bound, Stage, Token};
use crate::Refusal;

/// Reads the token of a request, when it has one, and checks that it belongs here and still lives.
///
/// `resource`: the path of the collection, for the `Location` of a 410.
///
/// # Errors
/// 400 `BadRequest` for a badly formed one, else as the settings say for expired and foreign ones.
pub fn read_token(call: &Call<'_>, bound: &Bound, resource: &str) -> Result<Option<Token>, Refusal> {
    let (skip, done) = (call.options.get("$skiptoken"), call.options.get("$deltatoken"));
    let Some(word) = skip.or(done) else { return Ok(None) };
    let badly_formed = || Refusal::new(400, "BadRequest", "Badly formed token.");
    let token = Token::open(word, call.world.config.seed).ok_or_else(badly_formed)?;
    if matches!(token.stage, Stage::Done { .. }) != (skip.is_none() && done.is_some()) {
        return Err(badly_formed());
    }
    if token.bound != *bound {
        let config = call.config();
        return Err(Refusal::new(
            config.delta_foreign_status,
            &config.delta_foreign_code,
            "The sync state is not valid for this resource.",
        ));
    }
    let lifetime = i64::try_from(call.config().delta_token_seconds).unwrap_or(i64::MAX);
    if lifetime > 0 && call.world.now().as_second() - token.made > lifetime {
        return Err(expired(call, resource));
    }
    Ok(Some(token))
}

/// The refusal of a token that has expired (reference: Graph, section 4.2).
pub fn expired(call: &Call<'_>, resource: &str) -> Refusal {
    let config = call.config();
    let message = "The sync state generation is not found; generation=1609;[highest=1612].";
    let refusal = Refusal::new(config.delta_expired_status, &config.delta_expired_code, message);
    match config.delta_expired_location {
        true => refusal.with_header("Location", format!("{}/{resource}?$deltatoken=", call.root())),
        false => refusal,
    }
}

/// Refuses options that change tracking does not take.
///
/// # Errors
/// 400 `ErrorInvalidUrlQuery`.
pub fn refuse_options(call: &Call<'_>, resource: &str, refused: &[&str]) -> Result<(), Refusal> {
    if !call.options.names().any(|name| refused.contains(&name)) {
        return Ok(());
    }
    let list = refused.join(", ");
    let message = format!("The following parameters are not supported with change tracking over the '{resource}' resource: '{list}'.");
    Err(Refusal::new(400, "ErrorInvalidUrlQuery", message))
}

/// The page size that the preference and the settings give.
pub fn page_size(call: &Call<'_>) -> usize {
    call.prefer.page.unwrap_or(call.config().delta_page).clamp(1, call.config().delta_page_max.max(1))
}

/// Whether this page comes empty although there is more.
pub fn draw_empty_page(call: &mut Call<'_>) -> bool {
    let probability = call.config().delta_empty_page_probability;
    probability > 0.0 && call.world.ids.chance(probability)
}

/// `"@odata.nextLink":"…"` or `"@odata.deltaLink":"…"` for a token.
pub fn link(call: &Call<'_>, resource: &str, token: &Token) -> String {
    let word = token.seal(call.world.config.seed);
    let (name, option) = match token.stage {
        Stage::Done { .. } => ("@odata.deltaLink", "$deltatoken"),
        Stage::First { .. } | Stage::Later { .. } => ("@odata.nextLink", "$skiptoken"),
    };
    format!("\"{name}\":\"{}/{resource}?{option}={word}\"", call.root())
}

/// What a new token is bound to.
pub fn bound(call: &Call<'_>, mailbox: &str, folder: u32) -> Bound {
    Bound { mailbox: mailbox.to_owned(), folder, version: call.path.version.to_owned(), app: call.caller.app_id.clone() }
}

/// The path of a folder's messages in a link.
pub fn messages_path(call: &Call<'_>, owner: &Owner, folder: &str) -> String {
    format!("{}/mailFolders('{}')/messages/delta", call.owner_path(owner), super::call::encode_key(folder))
}
