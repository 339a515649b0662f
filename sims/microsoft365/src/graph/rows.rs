//! Lists of what is written as JSON anyway: their options, their pages, their counts.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::messages::page_size;
use super::reply::Reply;
use super::row_filter::{RowFilter, Searchable, order};
use super::select::unknown;
use crate::Refusal;

/// A choice of properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSelection {
    names: Option<Vec<&'static str>>,
    text: String,
    /// What comes back only when it is selected.
    on_request: &'static [&'static str],
}

impl RowSelection {
    /// Reads `$select`.
    ///
    /// # Errors
    /// 400 `BadRequest` for a name that is no property.
    pub fn read(select: Option<&str>, searchable: Searchable, on_request: &'static [&'static str]) -> Result<Self, Refusal> {
        let Some(text) = select.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(Self { names: None, text: String::new(), on_request });
        };
        let given: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let mut names = vec!["id"];
        for name in &given {
            if *name == "*" {
                return Ok(Self { names: None, text: String::new(), on_request });
            }
            let known = searchable.property(name);
            names.push(known.ok_or_else(|| unknown(name, searchable.kind))?);
        }
        Ok(Self { names: Some(names), text: given.join(","), on_request })
    }

    /// The list in an `@odata.context`.
    pub fn context(&self) -> String {
        if self.text.is_empty() { String::new() } else { format!("({})", self.text) }
    }

    /// What of a row was chosen; annotations stay.
    pub fn of(&self, mut row: Map<String, Value>) -> Map<String, Value> {
        let is_chosen = |name: &str| match &self.names {
            Some(names) => names.contains(&name) || name.starts_with("@odata."),
            None => !self.on_request.contains(&name),
        };
        row.retain(|name, _| is_chosen(name));
        row
    }
}

/// What a list is made of.
pub struct List<'a> {
    /// What stands behind `#` in the context, without the selection.
    pub context: String,
    /// The path of a next link.
    pub path: String,
    /// What can be asked.
    pub searchable: Searchable,
    /// The choice of properties.
    pub selection: RowSelection,
    /// Adds what was expanded, to those rows only that are shown.
    pub expand: &'a dyn Fn(&mut Map<String, Value>),
}

/// A page of a list.
///
/// # Errors
/// 400 for options that Graph refuses.
pub fn page(call: &Call<'_>, rows: Vec<Map<String, Value>>, list: &List<'_>) -> Result<Reply, Refusal> {
    let rows = asked(call, rows, list.searchable)?;
    let (top, skip, total) = (page_size(call)?, call.options.skip()?, rows.len());
    let mut answer = Map::new();
    answer.insert("@odata.context".to_owned(), json!(call.context(&format!("{}{}", list.context, list.selection.context()))));
    if call.options.count()? {
        answer.insert("@odata.count".to_owned(), json!(total));
    }
    if total > skip.saturating_add(top) {
        let options = call.options.with_skip("$skip", &(skip + top).to_string());
        answer.insert("@odata.nextLink".to_owned(), json!(format!("{}/{}?{options}", call.root(), list.path)));
    }
    let shown = rows.into_iter().skip(skip).take(top).map(|mut row| {
        (list.expand)(&mut row);
        Value::Object(list.selection.of(row))
    });
    answer.insert("value".to_owned(), shown.collect());
    Ok(Reply::json(Value::Object(answer).to_string()))
}

/// How many rows there are, as `$count` says it.
///
/// # Errors
/// 400 for a filter that Graph refuses.
pub fn count(call: &Call<'_>, rows: Vec<Map<String, Value>>, searchable: Searchable) -> Result<Reply, Refusal> {
    Ok(Reply::raw("text/plain", asked(call, rows, searchable)?.len().to_string().into()))
}

fn asked(call: &Call<'_>, mut rows: Vec<Map<String, Value>>, searchable: Searchable) -> Result<Vec<Map<String, Value>>, Refusal> {
    if call.options.get("$search").is_some() {
        let message = format!("The query parameter '$search' is not supported for {}s.", searchable.kind);
        return Err(Refusal::new(400, "ErrorInvalidUrlQuery", message));
    }
    if let Some(text) = call.options.get("$filter") {
        let filter = RowFilter::read(text, searchable)?;
        rows.retain(|row| filter.passes(row));
    }
    if let Some(text) = call.options.get("$orderby") {
        order(&mut rows, text, searchable)?;
    }
    Ok(rows)
}

/// One entity as an answer.
pub fn entity(call: &Call<'_>, status: u16, context: &str, row: Map<String, Value>) -> Reply {
    let mut answer = Map::from_iter([("@odata.context".to_owned(), json!(call.context(&format!("{context}/$entity"))))]);
    answer.extend(row);
    Reply::with_status(status, Value::Object(answer).to_string())
}
