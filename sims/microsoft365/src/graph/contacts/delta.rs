//! The deltas of a folder's contacts and of the contact folders (reference: Graph, section 4.3).
//!
//! A first round walks what there is by number, a later one reads the log; of several changes of one contact only the
//! last is given. Whether `$select` is taken is a setting, since it is reported both ways.

use serde_json::{Map, Value, json};

use super::contact_json::{self, CONTACTS, FOLDERS};
use crate::Refusal;
use crate::graph::access;
use crate::graph::call::{Call, Owner, encode_key};
use crate::graph::delta;
use crate::graph::messages::{not_found, refusal};
use crate::graph::reply::Reply;
use crate::graph::rows::RowSelection;
use crate::graph::token::{Stage, Token};
use crate::mailbox::contacts::{AddressBook, ContactFolder};
use crate::mailbox::log::LogKind;
use crate::mailbox::{FolderNumber, ItemNumber};

/// One row.
enum Row<N> {
    Present(N),
    Gone(N),
}

/// `contacts/delta` of a folder.
///
/// # Errors
/// 400 for refused options and bad tokens, 410 for expired ones, 404 when the folder is gone.
pub fn contacts(call: &mut Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Reply, Refusal> {
    let is_empty = delta::draw_empty_page(call);
    let nonce = call.world.ids.next_u64();
    let call = &*call;
    let user = access::open_contacts(call.world, call.caller, owner, false)?;
    let mailbox = &call.world.mailboxes[&user.id];
    let number = mailbox.find_contact_folder(folder.unwrap_or("contacts")).map_err(refusal).map_err(|refusal| with_link(call, refusal))?;
    let book = mailbox.address_book();
    let found = book.folder(number).ok_or_else(not_found)?;
    let part = folder.map(|id| format!("/contactFolders('{}')", encode_key(id))).unwrap_or_default();
    let resource = format!("{}{part}/contacts/delta", call.owner_path(owner));
    let bound = delta::bound(call, mailbox.key().guid(), number.0);
    let mut token = match delta::read_token(call, &bound, &resource)? {
        Some(token) => token,
        None => first(call, Token::begun(bound, Stage::First { began: found.log.last(), last: None, left: None }), "Contacts")?,
    };
    (token.nonce, token.made) = (nonce, call.world.now().as_second());
    start_later(call, &mut token, found, &resource)?;
    let room = if is_empty { 0 } else { delta::page_size(call) };
    let (rows, stage) = contact_page(book, found, &token.stage, room);
    token.stage = stage;
    let selection = RowSelection::read(token.select.as_deref(), CONTACTS, &[])?;
    let kind = json!("#microsoft.graph.contact");
    let value = rows.iter().filter_map(|row| match row {
        Row::Present(item) => {
            let mut json = selection.of(contact_json::contact(mailbox, book.contact(*item)?, call.prefer.ids));
            json.insert("@odata.type".to_owned(), kind.clone());
            Some(Value::Object(json))
        }
        Row::Gone(item) => Some(removed(&kind, &mailbox.id_of(number, *item, 0, call.prefer.ids))),
    });
    let value: Value = value.collect();
    Ok(answered(call, "contact", &resource, &token, &value))
}

/// `contactFolders/delta`: every folder below the default one.
///
/// # Errors
/// 400 for refused options and bad tokens, 410 for expired ones.
pub fn folders(call: &mut Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    let is_empty = delta::draw_empty_page(call);
    let nonce = call.world.ids.next_u64();
    let call = &*call;
    let user = access::open_contacts(call.world, call.caller, owner, false)?;
    let mailbox = &call.world.mailboxes[&user.id];
    let book = mailbox.address_book();
    let resource = format!("{}/contactFolders/delta", call.owner_path(owner));
    let bound = delta::bound(call, mailbox.key().guid(), 0xC000_0000);
    let mut token = match delta::read_token(call, &bound, &resource)? {
        Some(token) => token,
        None => first(call, Token::begun(bound, Stage::First { began: book.folder_change(), last: None, left: None }), "ContactFolders")?,
    };
    (token.nonce, token.made) = (nonce, call.world.now().as_second());
    if let Stage::Done { seen } = token.stage {
        token.stage = Stage::Later { seen, given: seen, end: book.folder_change() };
    }
    let room = if is_empty { 0 } else { delta::page_size(call) };
    let (rows, stage) = folder_page(book, &token.stage, room);
    token.stage = stage;
    let selection = RowSelection::read(token.select.as_deref(), FOLDERS, &[])?;
    let kind = json!("#microsoft.graph.contactFolder");
    let value = rows.iter().filter_map(|row| match row {
        Row::Present(number) => {
            let mut json = selection.of(contact_json::folder(mailbox, book.folder(*number)?));
            json.insert("@odata.type".to_owned(), kind.clone());
            Some(Value::Object(json))
        }
        Row::Gone(number) => Some(removed(&kind, &mailbox.folder_id(*number))),
    });
    let value: Value = value.collect();
    Ok(answered(call, "contactFolder", &resource, &token, &value))
}

fn answered(call: &Call<'_>, kind: &str, resource: &str, token: &Token, value: &Value) -> Reply {
    let link = delta::link(call, resource, token);
    let context = call.context(&format!("Collection({kind})"));
    Reply::json(format!("{{\"@odata.context\":\"{context}\",{link},\"value\":{value}}}"))
}

fn removed(kind: &Value, id: &str) -> Value {
    let json = [("@odata.type", kind.clone()), ("id", json!(id)), ("@removed", json!({"reason": "deleted"}))];
    Value::Object(Map::from_iter(json.map(|(name, value)| (name.to_owned(), value))))
}

fn with_link(call: &Call<'_>, refusal: Refusal) -> Refusal {
    let linked = call.options.get("$deltatoken").or(call.options.get("$skiptoken")).is_some();
    match linked && refusal.status == 404 {
        true => Refusal { code: call.config().delta_folder_gone_code.clone(), ..refusal },
        false => refusal,
    }
}

fn first(call: &Call<'_>, mut token: Token, resource: &str) -> Result<Token, Refusal> {
    match call.config().contact_delta_takes_select {
        true => delta::refuse_options(call, resource, &["$orderby", "$filter", "$expand", "$search", "$top", "$skip"])?,
        false => delta::refuse_options(call, resource, &["$orderby", "$filter", "$select", "$expand", "$search", "$top", "$skip"])?,
    }
    token.select = call.options.get("$select").map(str::to_owned);
    Ok(token)
}

fn start_later(call: &Call<'_>, token: &mut Token, folder: &ContactFolder, resource: &str) -> Result<(), Refusal> {
    let needed = match token.stage {
        Stage::First { began, .. } => began,
        Stage::Done { seen } => seen,
        Stage::Later { given, .. } => given,
    };
    let oldest = folder.log.oldest_token();
    if needed < oldest {
        return Err(delta::expired(call, resource));
    }
    if let Stage::Done { seen } = token.stage {
        let given = seen.saturating_sub(call.config().delta_replayed_lines).max(oldest);
        token.stage = Stage::Later { seen, given, end: folder.log.last() };
    }
    Ok(())
}

fn contact_page(book: &AddressBook, folder: &ContactFolder, stage: &Stage, room: usize) -> (Vec<Row<ItemNumber>>, Stage) {
    let mut rows = Vec::new();
    match *stage {
        Stage::First { began, mut last, .. } => {
            let behind = last.map_or(0, |(_, item)| item);
            let mut rest = book.contacts(Some(folder.number)).filter(|contact| contact.item.0 > behind).peekable();
            while let Some(contact) = rest.next_if(|_| rows.len() < room) {
                last = Some((0, contact.item.0));
                rows.push(Row::Present(contact.item));
            }
            let stage = if rest.peek().is_some() { Stage::First { began, last, left: None } } else { Stage::Done { seen: began } };
            (rows, stage)
        }
        Stage::Later { seen, mut given, end } => {
            for (number, entry) in folder.log.after(given).take_while(|(number, _)| *number <= end) {
                if rows.len() >= room {
                    return (rows, Stage::Later { seen, given, end });
                }
                given = number;
                match (entry.kind, book.contact(entry.item)) {
                    (LogKind::Present, Some(contact)) if contact.logged == number => rows.push(Row::Present(entry.item)),
                    (LogKind::Present, _) => {}
                    (LogKind::Removed, _) => rows.push(Row::Gone(entry.item)),
                }
            }
            (rows, Stage::Done { seen: end })
        }
        Stage::Done { seen } => (rows, Stage::Done { seen }),
    }
}

fn folder_page(book: &AddressBook, stage: &Stage, room: usize) -> (Vec<Row<FolderNumber>>, Stage) {
    let (given, end, is_first) = match *stage {
        Stage::First { last, began, .. } => (last.map_or(0, |(_, change)| u64::from(change)), began, true),
        Stage::Later { given, end, .. } => (given, end, false),
        Stage::Done { seen } => (seen, seen, false),
    };
    let present = book.folders().filter(|folder| folder.parent.is_some()).map(|folder| (folder.touched, Row::Present(folder.number)));
    let gone = book.gone().iter().filter(|_| !is_first).map(|(change, number)| (*change, Row::Gone(*number)));
    let mut all: Vec<_> = present.chain(gone).filter(|(change, _)| *change > given && *change <= end).collect();
    all.sort_by_key(|(change, _)| *change);
    let is_over = all.len() <= room;
    all.truncate(room);
    let reached = all.last().map_or(given, |(change, _)| *change);
    let stage = match (is_over, is_first) {
        (true, _) => Stage::Done { seen: end },
        (false, true) => Stage::First { began: end, last: Some((0, u32::try_from(reached).unwrap_or(u32::MAX))), left: None },
        (false, false) => Stage::Later { seen: given, given: reached, end },
    };
    (all.into_iter().map(|(_, row)| row).collect(), stage)
}
