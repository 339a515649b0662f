//! Answers: one object or a page of them, with only the fields that were asked for, and an ETag.

mod cursor;
mod etag;
mod fields;
mod file;
mod page;

pub use etag::{Conditions, ETag};
pub use fields::Fields;
pub use file::file;
pub use page::{LIMIT_MAX, List, Page, Paging, created, cut, one, page, picking_each};
