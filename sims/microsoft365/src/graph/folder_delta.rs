//! The delta of the folder tree: one flat list of every visible folder below the root.
//!
//! Hidden folders and what lies in them are left out (captured). Renames, moves and, by the settings, counts
//! are changes; a folder removed for good gives a tombstone. (reference: Graph, section 4.3)

use serde_json::{Value, json};

use super::call::{Call, Owner};
use super::delta;
use super::folder_json::FolderSelection;
use super::reply::Reply;
use super::token::{Stage, Token};
use crate::Refusal;
use crate::mailbox::{Folder, FolderNumber, Mailbox};

/// One line of a round.
enum Line<'a> {
    Present(&'a Folder),
    Gone(FolderNumber),
}

/// `mailFolders/delta`
///
/// # Errors
/// 400 for refused options and bad tokens, 410 for expired ones.
pub fn answer(call: &mut Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    let is_empty = delta::draw_empty_page(call);
    let nonce = call.world.ids.next_u64();
    let call = &*call;
    let mailbox = call.open(owner)?.mailbox;
    let resource = format!("{}/mailFolders/delta", call.owner_path(owner));
    let bound = delta::bound(call, mailbox.key().guid(), 0);
    let mut token = match delta::read_token(call, &bound, &resource)? {
        Some(token) => token,
        None => first(call, bound, mailbox)?,
    };
    (token.nonce, token.made) = (nonce, call.world.now().as_second());
    if let Stage::Done { seen } = token.stage {
        token.stage = Stage::Later { seen, given: seen, end: mailbox.folder_change() };
    }
    let room = if is_empty { 0 } else { delta::page_size(call) };
    let selection = FolderSelection::read(token.select.as_deref(), call.config().folder_size_in_bytes)?;
    let (lines, stage) = page(mailbox, &token.stage, room, call.config().delta_folder_counts);
    token.stage = stage;
    let value: Vec<Value> = lines.iter().map(|line| written(mailbox, line, &selection)).collect();
    let link = delta::link(call, &resource, &token);
    let context = call.context("Collection(mailFolder)");
    Ok(Reply::json(format!("{{\"@odata.context\":\"{context}\",{link},\"value\":{}}}", Value::from(value))))
}

fn first(call: &Call<'_>, bound: super::token::Bound, mailbox: &Mailbox) -> Result<Token, Refusal> {
    delta::refuse_options(call, "Folders", &["$orderby", "$filter", "$expand", "$search", "$top", "$skip"])?;
    let stage = Stage::First { began: mailbox.folder_change(), last: None, left: None };
    Ok(Token { select: call.options.get("$select").map(str::to_owned), ..Token::begun(bound, stage) })
}

/// The lines of a page and the stage behind it.
fn page<'a>(mailbox: &'a Mailbox, stage: &Stage, room: usize, counts: bool) -> (Vec<Line<'a>>, Stage) {
    match stage {
        Stage::First { began, last, .. } => {
            let behind = last.map_or(0, |(_, number)| number);
            let mut rest = visible(mailbox).filter(|folder| folder.number.0 > behind).peekable();
            let lines: Vec<_> = rest.by_ref().take(room).map(Line::Present).collect();
            let last = lines.last().map_or(*last, |line| Some((0, line.number().0)));
            let stage = match rest.peek() {
                Some(_) => Stage::First { began: *began, last, left: None },
                None => Stage::Done { seen: *began },
            };
            (lines, stage)
        }
        Stage::Later { seen, given, end } => {
            let mut rest = changed(mailbox, *given, *end, counts).into_iter().peekable();
            let mut lines = Vec::new();
            let mut reached = *given;
            while lines.len() < room {
                let Some((change, line)) = rest.next() else { break };
                reached = change;
                lines.push(line);
            }
            let stage = match rest.peek() {
                Some(_) => Stage::Later { seen: *seen, given: reached, end: *end },
                None => Stage::Done { seen: *end },
            };
            (lines, stage)
        }
        Stage::Done { seen } => (Vec::new(), Stage::Done { seen: *seen }),
    }
}

impl Line<'_> {
    fn number(&self) -> FolderNumber {
        match self {
            Self::Present(folder) => folder.number,
            Self::Gone(number) => *number,
        }
    }
}

fn visible(mailbox: &Mailbox) -> impl Iterator<Item = &Folder> {
    let below_root = |folder: &&Folder| folder.in_tree && folder.well_known != Some(crate::mailbox::WellKnown::MsgFolderRoot);
    mailbox.folders().filter(below_root).filter(|folder| !mailbox.is_out_of_sight(folder))
}

/// What changed after `given` and not after `end`, in the order of the changes.
fn changed(mailbox: &Mailbox, given: u64, end: u64, counts: bool) -> Vec<(u64, Line<'_>)> {
    let within = |change: u64| change > given && change <= end;
    let number = |folder: &Folder| if counts { folder.touched } else { folder.reshaped };
    let present = visible(mailbox).map(|folder| (number(folder), Line::Present(folder)));
    let gone = mailbox.folders_gone_after(given).map(|(change, folder)| (change, Line::Gone(folder)));
    let mut lines: Vec<_> = present.chain(gone).filter(|(change, _)| within(*change)).collect();
    lines.sort_by_key(|(change, _)| *change);
    lines
}

fn written(mailbox: &Mailbox, line: &Line<'_>, selection: &FolderSelection) -> Value {
    let kind = json!("#microsoft.graph.mailFolder");
    match line {
        Line::Present(folder) => {
            let mut json = serde_json::Map::from_iter([("@odata.type".to_owned(), kind)]);
            json.extend(selection.json(mailbox, folder));
            Value::Object(json)
        }
        Line::Gone(number) => json!({"@odata.type": kind, "id": mailbox.folder_id(*number), "@removed": {"reason": "deleted"}}),
    }
}
