//! Folders: lists, one of them, counts.
//!
//! A list has one level only, by name, hidden folders left out unless `includeHiddenFolders=true`
//! (reference: Graph, section 3.11).

use serde_json::{Map, Value, json};

use super::call::{Call, Owner, encode_key};
use super::expand;
use super::folder_json::FolderSelection;
use super::messages::{folder_number, page_size};
use super::reply::Reply;
use crate::Refusal;
use crate::mailbox::{Folder, FolderNumber, Mailbox, WellKnown};

/// Which folders of a level pass a `$filter`; only `displayName` can be named.
enum NameFilter {
    Equal(String),
    NotEqual(String),
    StartsWith(String),
    Contains(String),
}

/// `mailFolders` or `childFolders`
///
/// # Errors
/// 400 for options that Graph refuses; else as for the mailbox and the folder.
pub fn list(call: &Call<'_>, owner: &Owner, parent: Option<&str>) -> Result<Reply, Refusal> {
    let mailbox = call.open(owner)?.mailbox;
    let selection = FolderSelection::read(call.options.get("$select"), call.config().folder_size_in_bytes)?;
    let with_children = expands_children(call)?;
    let folders = level(call, mailbox, parent)?;
    let (top, skip) = (page_size(call)?, call.options.skip()?);
    let mut answer = Map::new();
    let context = format!("{}/mailFolders{}{}", call.owner_context(owner), children_part(parent), selection.context());
    answer.insert("@odata.context".to_owned(), json!(call.context(&context)));
    if call.options.count()? {
        answer.insert("@odata.count".to_owned(), json!(folders.len()));
    }
    if folders.len() > skip + top {
        let options = call.options.with_skip("$skip", &(skip + top).to_string());
        let link = format!("{}/{}/mailFolders{}?{options}", call.root(), call.owner_path(owner), children_part(parent));
        answer.insert("@odata.nextLink".to_owned(), json!(link));
    }
    let page = folders.iter().skip(skip).take(top);
    let value: Vec<Value> = page.map(|folder| Value::Object(written(mailbox, folder, &selection, with_children))).collect();
    answer.insert("value".to_owned(), value.into());
    Ok(Reply::json(Value::Object(answer).to_string()))
}

/// `mailFolders/$count`
///
/// # Errors
/// As for the list.
pub fn count(call: &Call<'_>, owner: &Owner, parent: Option<&str>) -> Result<Reply, Refusal> {
    let mailbox = call.open(owner)?.mailbox;
    Ok(Reply::raw("text/plain", level(call, mailbox, parent)?.len().to_string().into()))
}

/// One folder, by id or well-known name.
///
/// # Errors
/// 404 `ErrorItemNotFound`, 400 `ErrorInvalidIdMalformed`, else as for the mailbox.
pub fn get(call: &Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let mailbox = call.open(owner)?.mailbox;
    let selection = FolderSelection::read(call.options.get("$select"), call.config().folder_size_in_bytes)?;
    let with_children = expands_children(call)?;
    let folder = folder(mailbox, id)?;
    let context = format!("{}/mailFolders{}/$entity", call.owner_context(owner), selection.context());
    let mut answer = Map::from_iter([("@odata.context".to_owned(), json!(call.context(&context)))]);
    answer.extend(written(mailbox, folder, &selection, with_children));
    Ok(Reply::json(Value::Object(answer).to_string()))
}

fn folder<'a>(mailbox: &'a Mailbox, id: &str) -> Result<&'a Folder, Refusal> {
    let number = folder_number(mailbox, id)?;
    mailbox.folder(number).ok_or_else(super::messages::not_found)
}

/// The folders of one level that the options leave.
fn level<'a>(call: &Call<'_>, mailbox: &'a Mailbox, parent: Option<&str>) -> Result<Vec<&'a Folder>, Refusal> {
    let parent: FolderNumber = match parent {
        Some(id) => folder(mailbox, id)?.number,
        None => mailbox.well_known(WellKnown::MsgFolderRoot).number,
    };
    if call.options.get("$search").is_some() {
        let message = "The query parameter '$search' is not supported for mail folders.";
        return Err(Refusal::new(400, "ErrorInvalidUrlQuery", message));
    }
    let hidden = call.options.other("includehiddenfolders").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let filter = call.options.get("$filter").map(NameFilter::read).transpose()?;
    let mut folders = mailbox.children(parent);
    folders.retain(|folder| hidden || !folder.is_hidden);
    folders.retain(|folder| filter.as_ref().is_none_or(|filter| filter.passes(&folder.name)));
    order(&mut folders, call.options.get("$orderby"))?;
    Ok(folders)
}

/// `displayName` is how they lie already; counts can be ordered by too.
fn order(folders: &mut [&Folder], text: Option<&str>) -> Result<(), Refusal> {
    let Some(text) = text else { return Ok(()) };
    let mut words = text.split_whitespace();
    let (name, direction) = (words.next().unwrap_or_default(), words.next().unwrap_or("asc"));
    match name.to_ascii_lowercase().as_str() {
        "displayname" => {}
        "totalitemcount" => folders.sort_by_key(|folder| folder.total_count()),
        "unreaditemcount" => folders.sort_by_key(|folder| folder.unread_count),
        "childfoldercount" => folders.sort_by_key(|folder| folder.child_count),
        _ => {
            let message =
                format!("Parsing OData OrderBy failed: Could not find a property named '{name}' on type 'microsoft.graph.mailFolder'.");
            return Err(Refusal::new(400, "BadRequest", message));
        }
    }
    if direction.eq_ignore_ascii_case("desc") {
        folders.reverse();
    }
    Ok(())
}

fn expands_children(call: &Call<'_>) -> Result<bool, Refusal> {
    let mut children = false;
    for relation in expand::relations(call.options.get("$expand").unwrap_or_default())? {
        match relation.name.to_ascii_lowercase().as_str() {
            "childfolders" => children = true,
            "singlevalueextendedproperties" | "multivalueextendedproperties" => {}
            _ => return Err(expand::unknown(&relation.name, "mailFolder")),
        }
    }
    Ok(children)
}

fn written(mailbox: &Mailbox, folder: &Folder, selection: &FolderSelection, with_children: bool) -> Map<String, Value> {
    let mut json = selection.json(mailbox, folder);
    if with_children {
        let children = mailbox.children(folder.number);
        let visible = children.iter().filter(|child| !child.is_hidden);
        let value: Vec<Value> = visible.map(|child| Value::Object(selection.json(mailbox, child))).collect();
        json.insert("childFolders".to_owned(), value.into());
    }
    json
}

fn children_part(parent: Option<&str>) -> String {
    parent.map(|parent| format!("('{}')/childFolders", encode_key(parent))).unwrap_or_default()
}

impl NameFilter {
    /// Reads `displayName eq 'x'` and its like.
    fn read(text: &str) -> Result<Self, Refusal> {
        let refused = || Refusal::new(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.");
        let (head, rest) = text.split_once('\'').ok_or_else(refused)?;
        let (value, tail) = rest.rsplit_once('\'').ok_or_else(refused)?;
        let value = value.replace("''", "'").to_lowercase();
        let head: String = head.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        match (head.as_str(), tail.trim()) {
            ("displayname eq", "") => Ok(Self::Equal(value)),
            ("displayname ne", "") => Ok(Self::NotEqual(value)),
            ("startswith(displayname," | "startswith(displayname ,", ")") => Ok(Self::StartsWith(value)),
            ("contains(displayname," | "contains(displayname ,", ")") => Ok(Self::Contains(value)),
            _ => Err(refused()),
        }
    }

    fn passes(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        match self {
            Self::Equal(wanted) => name == *wanted,
            Self::NotEqual(wanted) => name != *wanted,
            Self::StartsWith(wanted) => name.starts_with(wanted),
            Self::Contains(wanted) => name.contains(wanted),
        }
    }
}
