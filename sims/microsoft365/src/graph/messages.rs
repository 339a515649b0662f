//! Messages: lists with their options, one message, its MIME, counts.

use super::access::{Level, denied};
use super::attachments::AttachmentWriter;
use super::call::{Call, Opened, Owner, encode_key};
use super::config::TopBeyondRange;
use super::expand::Expansion;
use super::filter::Filter;
use super::message_json::{Extent, MessageWriter};
use super::order::Order;
use super::reply::Reply;
use super::search::Search;
use super::select::Selection;
use crate::Refusal;
use crate::mailbox::folder::Place;
use crate::mailbox::{FolderNumber, Mailbox, Message, Refused};

/// What a list of messages asks for, read from its options.
struct Query {
    filter: Option<Filter>,
    search: Option<Search>,
    order: Order,
    selection: Selection,
    expansion: Expansion,
    top: usize,
    skip: usize,
    count: bool,
}

/// One page and what lies behind it.
struct Page<'a> {
    messages: Vec<&'a Message>,
    total: usize,
    more: bool,
}

/// `messages` of a folder or of the whole mailbox.
///
/// # Errors
/// 400 for options that Graph refuses; else as for the mailbox and the folder.
pub fn list(call: &Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Reply, Refusal> {
    let opened = call.open(owner)?;
    let query = Query::read(call, opened.level)?;
    let number = folder.map(|id| folder_number(opened.mailbox, id)).transpose()?;
    let page = query.page(opened.mailbox, number, call.config().search_results_max);
    let mut out = format!("{{\"@odata.context\":\"{}\"", call.context(&list_context(call, owner, folder, &query)));
    if query.count {
        out.push_str(&format!(",\"@odata.count\":{}", page.total));
    }
    if page.more {
        out.push_str(&format!(",\"@odata.nextLink\":\"{}\"", next_link(call, owner, folder, &query)));
    }
    out.push_str(",\"value\":[");
    query.write(call, opened.mailbox, &page.messages, &mut out)?;
    out.push_str("]}");
    Ok(Reply::json(out))
}

/// `messages/$count`, a bare number.
///
/// # Errors
/// As for a list.
pub fn count(call: &Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Reply, Refusal> {
    let opened = call.open(owner)?;
    let mut query = Query::read(call, opened.level)?;
    (query.skip, query.top, query.count) = (0, 0, true);
    let number = folder.map(|id| folder_number(opened.mailbox, id)).transpose()?;
    let page = query.page(opened.mailbox, number, call.config().search_results_max);
    Ok(Reply::raw("text/plain", page.total.to_string().into()))
}

/// One message.
///
/// # Errors
/// 404 `ErrorItemNotFound`, 400 `ErrorInvalidIdMalformed`, else as for the mailbox.
pub fn get(call: &Call<'_>, owner: &Owner, folder: Option<&str>, id: &str) -> Result<Reply, Refusal> {
    let (opened, message) = found(call, owner, folder, id)?;
    let mut selection = Selection::read(call.options.get("$select"))?;
    let expansion = read_expansion(call, opened.level, &mut selection)?;
    let writer = MessageWriter::new(opened.mailbox, &selection, &call.prefer);
    let attachments = AttachmentWriter::new(opened.mailbox, call.prefer.ids, call.config().attachment_overhead_bytes);
    let context = format!("{}/messages{}/$entity", call.owner_context(owner), selection.context());
    let mut body = String::new();
    writer.open(message, Extent::Whole, &mut body);
    expansion.write(message, &attachments, &mut body)?;
    body.push('}');
    Ok(Reply::json(format!("{{\"@odata.context\":\"{}\",{}", call.context(&context), &body[1..])))
}

/// The MIME of a message, byte for byte as it was loaded.
///
/// # Errors
/// As for one message, and 403 for a token that shows no bodies.
pub fn mime(call: &Call<'_>, owner: &Owner, folder: Option<&str>, id: &str) -> Result<Reply, Refusal> {
    let (opened, message) = found(call, owner, folder, id)?;
    if opened.level < Level::Full {
        return Err(denied());
    }
    Ok(Reply::raw("text/plain", message.raw.clone()))
}

/// Finds a message in an opened mailbox.
///
/// # Errors
/// As [`get`].
pub fn found<'a>(call: &'a Call<'_>, owner: &Owner, folder: Option<&str>, id: &str) -> Result<(Opened<'a>, &'a Message), Refusal> {
    let opened = call.open(owner)?;
    let folder = folder.map(|id| folder_number(opened.mailbox, id)).transpose()?;
    let item = opened.mailbox.find_message(id).map_err(refusal)?;
    let message = opened.mailbox.message(item).ok_or_else(not_found)?;
    let hidden = opened.mailbox.is_purged(message) && !call.config().purged_messages_are_readable;
    let elsewhere = call.config().folder_in_path_is_checked && folder.is_some_and(|folder| folder != message.folder);
    if hidden || elsewhere { Err(not_found()) } else { Ok((opened, message)) }
}

/// Finds a folder.
///
/// # Errors
/// 404 `ErrorItemNotFound` or 400 `ErrorInvalidIdMalformed`.
pub fn folder_number(mailbox: &Mailbox, id: &str) -> Result<FolderNumber, Refusal> {
    mailbox.find_folder(id).map_err(refusal)
}

/// The refusal of an item that is not there.
pub fn not_found() -> Refusal {
    let message = "The specified object was not found in the store., The process failed to get the correct properties.";
    Refusal::new(404, "ErrorItemNotFound", message)
}

/// What the mailbox refuses, in Graph's words.
pub fn refusal(refused: Refused) -> Refusal {
    match refused {
        Refused::MalformedId => Refusal::new(400, "ErrorInvalidIdMalformed", "Id is malformed."),
        Refused::NoSuchItem => not_found(),
        Refused::NoSuchFolder => Refusal::new(404, "ErrorItemNotFound", "The specified object was not found in the store."),
        Refused::FolderExists => Refusal::new(409, "ErrorFolderExists", "A folder with the specified name already exists."),
        Refused::ProtectedFolder => {
            Refusal::new(400, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted, renamed or moved.")
        }
        Refused::Circular => Refusal::new(400, "ErrorMoveCopyFailed", "The folder cannot be moved into itself."),
        Refused::AlreadyPurged => Refusal::new(403, "ErrorCannotDeleteObject", "Object cannot be deleted."),
    }
}

impl Query {
    fn read(call: &Call<'_>, level: Level) -> Result<Self, Refusal> {
        let options = &call.options;
        let filter = options.get("$filter").map(Filter::read).transpose()?;
        let search = options.get("$search").map(Search::read).transpose()?;
        let order = options.get("$orderby").map(Order::read).transpose()?;
        refuse_beside_search(options.get("$search").is_some(), filter.is_some(), order.is_some())?;
        if let (Some(filter), Some(order)) = (&filter, &order) {
            order.check_against(filter)?;
        }
        let mut selection = Selection::read(options.get("$select"))?;
        let expansion = read_expansion(call, level, &mut selection)?;
        let top = page_size(call)?;
        let skip = match options.get("$skiptoken") {
            Some(token) => token.parse().map_err(|_| Refusal::new(400, "BadRequest", "Badly formed token."))?,
            None => options.skip()?,
        };
        let order = order.unwrap_or_else(Order::standard);
        Ok(Self { filter, search, order, selection, expansion, top, skip, count: options.count()? })
    }

    fn page<'a>(&self, mailbox: &'a Mailbox, folder: Option<FolderNumber>, search_results_max: usize) -> Page<'a> {
        if let Some(search) = &self.search {
            let mut hits: Vec<_> = messages(mailbox, folder, true).filter(|message| search.finds(message)).collect();
            hits.sort_by_key(|message| std::cmp::Reverse(message.sent));
            hits.truncate(search_results_max);
            return self.cut(hits.into_iter());
        }
        if let Some((id, value)) = self.filter.as_ref().and_then(Filter::extended).filter(|(id, _)| id.contains('{')) {
            // A property that only an application can have set is known by itself; the whole mailbox need not be walked.
            let found = mailbox.with_extended(id, value).into_iter();
            return self.cut(found.filter(|message| folder.is_none_or(|folder| folder == message.folder)));
        }
        let passing = |message: &&Message| self.filter.as_ref().is_none_or(|filter| filter.passes(mailbox, message));
        match self.order.by_received() {
            Some(newest_first) if self.filter.is_none() => {
                let all = match folder {
                    Some(folder) => mailbox.folder(folder).map_or(0, |folder| folder.total_count()),
                    None => mailbox.everywhere().len(),
                };
                let wanted = places(mailbox, folder, newest_first).skip(self.skip).take(self.top);
                let messages = wanted.filter_map(|place| mailbox.message(place.item)).collect();
                Page { messages, total: all, more: all > self.skip + self.top }
            }
            Some(newest_first) => self.cut(messages(mailbox, folder, newest_first).filter(passing)),
            None => {
                let mut all: Vec<_> = messages(mailbox, folder, true).filter(passing).collect();
                self.order.sort(mailbox, &mut all);
                self.cut(all.into_iter())
            }
        }
    }

    /// The page of a sequence that has to be walked to be counted.
    fn cut<'a>(&self, all: impl Iterator<Item = &'a Message>) -> Page<'a> {
        let mut page = Page { messages: Vec::new(), total: 0, more: false };
        for message in all {
            if page.total >= self.skip && page.messages.len() < self.top {
                page.messages.push(message);
            } else if page.total >= self.skip {
                page.more = true;
                if !self.count {
                    break;
                }
            }
            page.total += 1;
        }
        page
    }

    fn write(&self, call: &Call<'_>, mailbox: &Mailbox, messages: &[&Message], out: &mut String) -> Result<(), Refusal> {
        let writer = MessageWriter::new(mailbox, &self.selection, &call.prefer);
        let attachments = AttachmentWriter::new(mailbox, call.prefer.ids, call.config().attachment_overhead_bytes);
        for (place, message) in messages.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            writer.open(message, Extent::Whole, out);
            self.expansion.write(message, &attachments, out)?;
            out.push('}');
        }
        Ok(())
    }
}

/// Reads `$expand` and applies what the token allows.
///
/// # Errors
/// 400 for an unknown relation, 403 for one that the token does not show.
pub fn read_expansion(call: &Call<'_>, level: Level, selection: &mut Selection) -> Result<Expansion, Refusal> {
    let expansion = Expansion::read(call.options.get("$expand"))?;
    if level < Level::Full {
        selection.restrict_to_basic(call.config().basic_select_refused)?;
        if expansion.wants_more_than_basic() {
            return Err(denied());
        }
    }
    Ok(expansion)
}

/// The page size that `$top`, the preference and the settings give.
///
/// # Errors
/// 400 `ErrorInvalidUrlQuery` where the settings refuse a size out of range.
pub fn page_size(call: &Call<'_>) -> Result<usize, Refusal> {
    let config = call.config();
    let Some(top) = call.options.top()? else {
        return Ok(call.prefer.page.unwrap_or(config.list_page).min(config.list_page_max));
    };
    let allowed = 1..=config.list_page_max;
    match config.top_beyond_range {
        TopBeyondRange::Refuse if !allowed.contains(&top) => {
            let message = format!("Invalid page size specified: '{top}'. Must be between 1 and {} inclusive.", config.list_page_max);
            Err(Refusal::new(400, "ErrorInvalidUrlQuery", message))
        }
        _ => Ok(top.clamp(1, config.list_page_max)),
    }
}

fn refuse_beside_search(search: bool, filter: bool, order: bool) -> Result<(), Refusal> {
    let refuse = |code: &str, option: &str| {
        let message = format!("The query parameter '{option}' is not supported with '$search'.");
        Err(Refusal::new(400, code, message))
    };
    match (search, filter, order) {
        (true, true, _) => refuse("SearchWithFilter", "$filter"),
        (true, _, true) => refuse("SearchWithOrderBy", "$orderby"),
        _ => Ok(()),
    }
}

/// The messages of a folder or of the whole mailbox, by the time they were received.
fn messages(mailbox: &Mailbox, folder: Option<FolderNumber>, newest_first: bool) -> impl Iterator<Item = &Message> {
    places(mailbox, folder, newest_first).filter_map(|place| mailbox.message(place.item))
}

/// Their places only, which are walked without touching the messages.
fn places(mailbox: &Mailbox, folder: Option<FolderNumber>, newest_first: bool) -> Box<dyn Iterator<Item = &Place> + '_> {
    let places = match folder.map(|folder| mailbox.folder(folder)) {
        Some(Some(folder)) => &folder.places,
        Some(None) => return Box::new(std::iter::empty()),
        None => mailbox.everywhere(),
    };
    if newest_first { Box::new(places.iter().rev()) } else { Box::new(places.iter()) }
}

fn list_context(call: &Call<'_>, owner: &Owner, folder: Option<&str>, query: &Query) -> String {
    format!("{}{}/messages{}", call.owner_context(owner), folder_part(folder), query.selection.context())
}

fn folder_part(folder: Option<&str>) -> String {
    folder.map(|folder| format!("/mailFolders('{}')", encode_key(folder))).unwrap_or_default()
}

/// Searches go on by `$skiptoken`, lists by `$skip` (reference: Graph, section 2.2).
fn next_link(call: &Call<'_>, owner: &Owner, folder: Option<&str>, query: &Query) -> String {
    let name = if query.search.is_some() { "$skiptoken" } else { "$skip" };
    let options = call.options.with_skip(name, &(query.skip + query.top).to_string());
    format!("{}/{}{}/messages?{options}", call.root(), call.owner_path(owner), folder_part(folder))
}
