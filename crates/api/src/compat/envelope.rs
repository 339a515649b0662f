//! The envelope of compatible lists: `{"count","next","previous","results"}`, paged by number.

use serde::Serialize;
use url::Url;

use crate::failure::Failure;

/// Objects on a page, unless `page_size` says otherwise.
const SIZE_USUAL: u32 = 50;
/// The most objects on a page.
const SIZE_MAX: u32 = 200;
/// The furthest page.
const PAGE_MAX: u32 = 1_000_000;

/// A page of a compatible list.
#[derive(Debug, Serialize)]
pub struct Envelope<T> {
    /// How many there are, on all pages.
    pub count: i64,
    /// The address of the next page.
    pub next: Option<String>,
    /// The address of the page before.
    pub previous: Option<String>,
    /// The objects.
    pub results: Vec<T>,
}

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbered {
    page: u32,
    size: u32,
}

impl Numbered {
    /// Reads `page` and `page_size`.
    ///
    /// # Errors
    /// 400 for what is no page.
    pub fn read(page: Option<&str>, size: Option<&str>) -> Result<Self, Failure> {
        Ok(Numbered { page: number("page", page, 1, PAGE_MAX)?, size: number("page_size", size, SIZE_USUAL, SIZE_MAX)? })
    }

    /// How many are on pages before.
    pub fn offset(self) -> i64 {
        i64::from(self.page - 1) * i64::from(self.size)
    }

    /// How many are on a page.
    pub const fn size(self) -> u32 {
        self.size
    }

    /// The envelope around a page of `count` objects, which was asked for at `address` with this query.
    pub fn around<T>(self, base: &Url, address: &str, query: &str, count: i64, results: Vec<T>) -> Envelope<T> {
        let at = |page: u32| page_address(base, address, query, page);
        let more = self.offset() + i64::from(self.size) < count;
        Envelope { count, next: more.then(|| at(self.page + 1)), previous: (self.page > 1).then(|| at(self.page - 1)), results }
    }
}

fn number(name: &str, text: Option<&str>, usual: u32, most: u32) -> Result<u32, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(usual) };
    text.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| {
        let said = text.chars().take(32).collect::<String>();
        Failure::bad_request("parameter_out_of_range", format!("`{name}` is {said}."), format!("Give 1 to {most}."))
    })
}

fn page_address(base: &Url, address: &str, query: &str, page: u32) -> String {
    let mut url = base.clone();
    url.set_path(address);
    let kept: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| name != "page")
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair("page", &page.to_string());
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_lead_on_and_back_and_keep_the_filters() {
        let base = Url::parse("https://rapport.example/").expect("an address");
        let page = Numbered::read(Some("2"), Some("10")).expect("a page");
        let envelope = page.around(&base, "/api/x/", "is_read=true&page=2&page_size=10", 21, Vec::<u8>::new());
        assert_eq!(envelope.next.as_deref(), Some("https://rapport.example/api/x/?is_read=true&page_size=10&page=3"));
        assert_eq!(envelope.previous.as_deref(), Some("https://rapport.example/api/x/?is_read=true&page_size=10&page=1"));
        assert!(page.around(&base, "/api/x/", "", 20, Vec::<u8>::new()).next.is_none());
        for (page, size) in [("0", "1"), ("1", "201"), ("-1", "1"), ("x", "1")] {
            assert!(Numbered::read(Some(page), Some(size)).is_err(), "{page} {size}");
        }
    }
}
