//! The delta of one folder's messages.
//!
//! The first round walks the folder from a remembered place, without copying it, and ends with a link to the
//! log as it was when the round began: what changes meanwhile comes in the next round. A later round reads
//! the log; of several changes of one message only the last is given. A message that left gives a
//! tombstone. (reference: Graph, section 4)

use std::ops::Bound::{Excluded, Unbounded};

use super::access::Level;
use super::attachments::AttachmentWriter;
use super::call::{Call, Opened, Owner};
use super::delta;
use super::expand::Expansion;
use super::filter::Filter;
use super::message_json::{Extent, MessageWriter};
use super::messages::{folder_number, read_expansion};
use super::order::Order;
use super::reply::Reply;
use super::select::Selection;
use super::token::{Stage, Token};
use crate::Refusal;
use crate::mailbox::folder::{Folder, Place};
use crate::mailbox::log::{LogEntry, LogKind};
use crate::mailbox::{IdForm, ItemNumber, Mailbox, Message};

/// One page being made.
struct Round<'a> {
    mailbox: &'a Mailbox,
    folder: &'a Folder,
    token: Token,
    writer: MessageWriter<'a>,
    attachments: AttachmentWriter<'a>,
    expansion: Expansion,
    ids: IdForm,
    partial_reads: bool,
    /// Entries that this page may still hold.
    room: usize,
    out: String,
}

/// `mailFolders/{id}/messages/delta`
///
/// # Errors
/// 400 for refused options and bad tokens, 410 for expired ones, 404 when the folder is gone.
pub fn answer(call: &mut Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Reply, Refusal> {
    let is_empty = delta::draw_empty_page(call);
    let nonce = call.world.ids.next_u64();
    let call = &*call;
    let opened = call.open(owner)?;
    let Some(id) = folder else {
        let message = "Unsupported request: Change tracking is not supported against 'microsoft.graph.message'.";
        return Err(Refusal::new(400, "BadRequest", message));
    };
    let resource = delta::messages_path(call, owner, id);
    let folder = find_folder(call, opened.mailbox, id)?;
    let mut token = read_or_make(call, opened.mailbox, folder, &resource)?;
    (token.nonce, token.made) = (nonce, call.world.now().as_second());
    start_later(call, &mut token, folder, &resource)?;
    let (selection, expansion) = projection(call, &opened, &token)?;
    let mut round = Round {
        mailbox: opened.mailbox,
        folder,
        writer: MessageWriter::new(opened.mailbox, &selection, &call.prefer),
        attachments: AttachmentWriter::new(opened.mailbox, call.prefer.ids, call.config().attachment_overhead_bytes),
        expansion,
        ids: call.prefer.ids,
        partial_reads: call.config().delta_partial_read_changes,
        room: if is_empty { 0 } else { delta::page_size(call) },
        out: String::new(),
        token,
    };
    round.fill()?;
    let link = delta::link(call, &resource, &round.token);
    let context = call.context("Collection(message)");
    Ok(Reply::json(format!("{{\"@odata.context\":\"{context}\",{link},\"value\":[{}]}}", round.out)))
}

/// The folder; behind a link its absence has a code of its own.
fn find_folder<'a>(call: &Call<'_>, mailbox: &'a Mailbox, id: &str) -> Result<&'a Folder, Refusal> {
    let with_link = call.options.get("$deltatoken").or(call.options.get("$skiptoken")).is_some();
    let number = folder_number(mailbox, id).map_err(|refusal| match with_link && refusal.status == 404 {
        true => Refusal { code: call.config().delta_folder_gone_code.clone(), ..refusal },
        false => refusal,
    })?;
    mailbox.folder(number).ok_or_else(super::messages::not_found)
}

fn read_or_make(call: &Call<'_>, mailbox: &Mailbox, folder: &Folder, resource: &str) -> Result<Token, Refusal> {
    let bound = delta::bound(call, mailbox.key().guid(), folder.number.0);
    if let Some(token) = delta::read_token(call, &bound, resource)? {
        return Ok(token);
    }
    delta::refuse_options(call, "Messages", &["$search", "$skip"])?;
    let since = since(call)?;
    let newest_first = ordered(call)? || call.config().delta_first_round == super::config::FirstRound::NewestFirst;
    let top = call.options.top()?.filter(|_| call.config().delta_top_caps_round);
    let filtered = since.map(|_| call.config().delta_filtered_max);
    let stage = Stage::First { began: folder.log.last(), last: None, left: top.into_iter().chain(filtered).min() };
    Ok(Token {
        select: call.options.get("$select").map(str::to_owned),
        expand: call.options.get("$expand").map(str::to_owned),
        since,
        change: change_type(call)?,
        newest_first,
        ..Token::begun(bound, stage)
    })
}

/// `$filter`: only a lower bound of `receivedDateTime`.
fn since(call: &Call<'_>) -> Result<Option<(i64, bool)>, Refusal> {
    let Some(text) = call.options.get("$filter") else { return Ok(None) };
    let refused = || {
        let message =
            "The $filter clause is not supported with change tracking over the 'Messages' resource, except receivedDateTime ge or gt.";
        Refusal::new(400, "ErrorInvalidUrlQuery", message)
    };
    let (since, inclusive) = Filter::read(text)?.received_since().ok_or_else(refused)?;
    Ok(Some((since.as_second(), inclusive)))
}

/// `$orderby`: only `receivedDateTime desc`.
fn ordered(call: &Call<'_>) -> Result<bool, Refusal> {
    let Some(text) = call.options.get("$orderby") else { return Ok(false) };
    if Order::read(text)?.is_newest_first() {
        return Ok(true);
    }
    let message = "The $orderby clause is not supported with change tracking over the 'Messages' resource, except receivedDateTime desc.";
    Err(Refusal::new(400, "ErrorInvalidUrlQuery", message))
}

fn change_type(call: &Call<'_>) -> Result<Option<String>, Refusal> {
    match call.options.other("changetype").map(str::to_ascii_lowercase) {
        None => Ok(None),
        Some(kind) if matches!(kind.as_str(), "created" | "updated" | "deleted") => Ok(Some(kind)),
        Some(kind) => Err(Refusal::new(400, "ErrorInvalidUrlQuery", format!("The changeType '{kind}' is not supported."))),
    }
}

/// Turns a delta link into the start of a later round, if the log still reaches back so far.
fn start_later(call: &Call<'_>, token: &mut Token, folder: &Folder, resource: &str) -> Result<(), Refusal> {
    let needed = match token.stage {
        Stage::First { began, .. } => began,
        Stage::Done { seen } => seen,
        Stage::Later { given, .. } => given,
    };
    if needed < folder.log.oldest_token() {
        return Err(delta::expired(call, resource));
    }
    if let Stage::Done { seen } = token.stage {
        let given = seen.saturating_sub(call.config().delta_replayed_lines).max(folder.log.oldest_token());
        token.stage = Stage::Later { seen, given, end: folder.log.last() };
    }
    Ok(())
}

fn projection(call: &Call<'_>, opened: &Opened<'_>, token: &Token) -> Result<(Selection, Expansion), Refusal> {
    let mut selection = Selection::read(token.select.as_deref())?;
    let expansion = match &token.expand {
        Some(expand) => {
            let expansion = Expansion::read(Some(expand))?;
            if opened.level < Level::Full { Err(super::access::denied())? } else { expansion }
        }
        None => read_expansion(call, opened.level, &mut selection)?,
    };
    Ok((selection, expansion))
}

impl Round<'_> {
    /// Writes the page and leaves the stage at what follows it.
    fn fill(&mut self) -> Result<(), Refusal> {
        self.token.stage = match self.token.stage.clone() {
            Stage::First { began, last, left } => self.fill_first(began, last, left)?,
            Stage::Later { seen, given, end } => self.fill_later(seen, given, end)?,
            Stage::Done { seen } => Stage::Done { seen },
        };
        Ok(())
    }

    fn fill_first(&mut self, began: u64, mut last: Option<(i64, u32)>, mut left: Option<usize>) -> Result<Stage, Refusal> {
        for place in places(self.folder, last, self.token.newest_first) {
            if left == Some(0) || self.is_before_bound(place.received_s) && self.token.newest_first {
                return Ok(Stage::Done { seen: began });
            }
            if self.room == 0 {
                return Ok(Stage::First { began, last, left });
            }
            last = Some((place.received_s, place.item.0));
            if self.is_before_bound(place.received_s) {
                continue;
            }
            if let Some(message) = self.mailbox.message(place.item) {
                self.present(message, Extent::Delta)?;
                left = left.map(|left| left - 1);
            }
        }
        Ok(Stage::Done { seen: began })
    }

    fn fill_later(&mut self, seen: u64, mut given: u64, end: u64) -> Result<Stage, Refusal> {
        for (number, entry) in self.folder.log.after(given) {
            if number > end {
                break;
            }
            if self.room == 0 {
                return Ok(Stage::Later { seen, given, end });
            }
            given = number;
            match entry.kind {
                LogKind::Present => self.changed(number, entry, seen)?,
                LogKind::Removed => self.removed(entry),
            }
        }
        Ok(Stage::Done { seen: end })
    }

    /// A line that says that a message came or changed; only the message's last line counts.
    fn changed(&mut self, number: u64, entry: LogEntry, seen: u64) -> Result<(), Refusal> {
        let Some(message) = self.mailbox.message(entry.item) else { return Ok(()) };
        let is_last = message.folder == self.folder.number && message.stay == entry.stay && message.logged == number;
        if !is_last || self.is_before_bound(message.received.as_second()) {
            return Ok(());
        }
        let is_new = message.entered > seen;
        if !self.wants(if is_new { "created" } else { "updated" }) {
            return Ok(());
        }
        let only_read = message.altered <= seen && number > seen;
        let extent = if only_read && self.partial_reads { Extent::ReadFlag } else { Extent::Delta };
        self.present(message, extent)
    }

    /// A line that says that a message left. An immutable id that is back again is not reported as gone.
    fn removed(&mut self, entry: LogEntry) {
        let here = self.mailbox.message(entry.item).is_some_and(|message| message.folder == self.folder.number);
        if !self.wants("deleted") || (here && self.ids == IdForm::Immutable) {
            return;
        }
        let id = self.mailbox.id_of(self.folder.number, entry.item, entry.stay, self.ids);
        self.separate();
        self.writer.write_removed(&id, &mut self.out);
    }

    fn present(&mut self, message: &Message, extent: Extent) -> Result<(), Refusal> {
        self.separate();
        self.writer.open(message, extent, &mut self.out);
        if extent == Extent::Delta {
            self.expansion.write(message, &self.attachments, &mut self.out)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push(',');
        }
        self.room -= 1;
    }

    fn wants(&self, kind: &str) -> bool {
        self.token.change.as_ref().is_none_or(|wanted| wanted == kind)
    }

    fn is_before_bound(&self, received_s: i64) -> bool {
        self.token.since.is_some_and(|(since, inclusive)| received_s < since || (received_s == since && !inclusive))
    }
}

/// The folder's places behind the last one given.
fn places(folder: &Folder, last: Option<(i64, u32)>, newest_first: bool) -> Box<dyn Iterator<Item = &Place> + '_> {
    let last = last.map(|(received_s, item)| Place { received_s, item: ItemNumber(item) });
    match (last, newest_first) {
        (None, true) => Box::new(folder.places.iter().rev()),
        (None, false) => Box::new(folder.places.iter()),
        (Some(last), true) => Box::new(folder.places.range(..last).rev()),
        (Some(last), false) => Box::new(folder.places.range((Excluded(last), Unbounded))),
    }
}
