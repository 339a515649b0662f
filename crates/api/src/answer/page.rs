//! One object, or a page of them: `{"data": […], "next": "…"}`. `next` is `null` on the last page.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::cursor;
use super::etag::{Conditions, ETag};
use super::fields::Fields;
use crate::access::Asker;
use crate::failure::Failure;
use crate::state::State;

/// Objects on a page, unless `limit` says otherwise.
const LIMIT_USUAL: u32 = 50;
/// The most objects on a page.
pub const LIMIT_MAX: u32 = 200;

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The objects, in the order of the list.
    pub data: Vec<T>,
    /// Where the next page begins; `null` on the last.
    pub next: Option<String>,
}

/// What every list understands.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// `next` of the page before. It belongs to the filters it was given with.
    #[param(max_length = 2048)]
    pub cursor: Option<String>,
    /// Objects on a page, 50 unless said otherwise.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
    /// Only these fields of each object, parted by commas.
    #[param(max_length = 1000)]
    pub fields: Option<String>,
    /// The filters beside, as a text that is the same for the same filters.
    #[serde(skip)]
    #[param(ignore)]
    filters: String,
}

/// A list with its filters: what a cursor is bound to.
pub struct List<'a> {
    state: &'a State,
    asker: &'a Asker,
    name: String,
    paging: &'a Paging,
}

impl Paging {
    /// The same, beside these filters.
    #[must_use]
    pub(crate) fn bound_to(self, filters: String) -> Self {
        Paging { filters, ..self }
    }

    /// How many objects are wanted.
    ///
    /// # Errors
    /// 400 for none or too many.
    pub fn limit(&self) -> Result<u32, Failure> {
        let limit = self.limit.unwrap_or(LIMIT_USUAL);
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(limit);
        }
        Err(Failure::bad_request("limit_out_of_range", format!("`limit` is {limit}."), format!("Ask for 1 to {LIMIT_MAX} at a time.")))
    }

    /// The list `name` of this asker, whose cursors are bound to it and to its filters. Where the path names an object, it
    /// belongs to the name.
    pub fn list<'a>(&'a self, state: &'a State, asker: &'a Asker, name: impl Into<String>) -> List<'a> {
        List { state, asker, name: name.into(), paging: self }
    }
}

impl List<'_> {
    /// Where the page begins that is asked for; `None` for the first.
    ///
    /// # Errors
    /// 400 for a cursor of another list.
    pub fn position<P: DeserializeOwned>(&self) -> Result<Option<P>, Failure> {
        let read = |text: &str| cursor::read(&self.state.vault, self.asker.workspace, &self.name, &self.paging.filters, text);
        self.paging.cursor.as_deref().map(read).transpose()
    }

    /// The cursor that leads on from `position`.
    pub fn cursor<P: Serialize>(&self, position: &P) -> String {
        cursor::write(&self.state.vault, self.asker.workspace, &self.name, &self.paging.filters, position)
    }
}

/// Cuts a list that was read one further than its page is long; the last object of the page, if there is more behind it.
pub fn cut<T>(data: &mut Vec<T>, limit: u32) -> Option<&T> {
    let limit = limit as usize;
    if data.len() <= limit {
        return None;
    }
    data.truncate(limit);
    data.last()
}

/// Answers with one object.
pub fn one<T: Serialize>(view: &T, fields: &Fields, conditions: &Conditions) -> Response {
    let whole = serde_json::to_value(view).expect("views serialise");
    let tag = ETag::of(view);
    if conditions.is_known(&tag) {
        return unchanged(&tag);
    }
    json_answer(StatusCode::OK, &fields.pick(whole), &tag)
}

/// Answers with an object that has just been made, and where it is from now on.
pub fn created<T: Serialize>(view: &T, location: &str) -> Response {
    let whole = serde_json::to_value(view).expect("views serialise");
    let mut response = json_answer(StatusCode::CREATED, &whole, &ETag::of(view));
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(location).expect("our own paths are ASCII"));
    response
}

/// Answers with a page.
pub fn page<T: Serialize>(page: &Page<T>, fields: &Fields, conditions: &Conditions) -> Response {
    picking_each(page, "data", fields, conditions)
}

/// Answers with an object, picking fields of each object in its list `list`.
pub fn picking_each<T: Serialize>(view: &T, list: &str, fields: &Fields, conditions: &Conditions) -> Response {
    let tag = ETag::of(view);
    if conditions.is_known(&tag) {
        return unchanged(&tag);
    }
    let mut whole = serde_json::to_value(view).expect("views serialise");
    if let Some(Value::Array(objects)) = whole.get_mut(list) {
        for object in objects {
            *object = fields.pick(object.take());
        }
    }
    json_answer(StatusCode::OK, &whole, &tag)
}

impl<T: PartialSchema> Page<T> {
    /// The fields that a request wants of each object.
    ///
    /// # Errors
    /// 400 for a field that the objects do not have.
    pub fn fields(paging: &Paging) -> Result<Fields, Failure> {
        Fields::read::<T>(paging.fields.as_deref())
    }
}

fn unchanged(tag: &ETag) -> Response {
    (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.header())]).into_response()
}

fn json_answer(status: StatusCode, body: &Value, tag: &ETag) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::ETAG, tag.header()),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ];
    (status, headers, serde_json::to_vec(body).expect("values serialise")).into_response()
}
