//! Sessions of the console: whoever is signed in there may use the API from its pages.
//!
//! The web side knows cookies and puts a [`SignedIn`] into the request. A request that changes something must also come
//! from a page of ours and repeat the session's key, so that no other site can make a browser send it.

use http::{HeaderMap, Method};

use crate::access::Asker;
use crate::failure::Failure;

/// The header in which a request that changes something repeats the session's key.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Put into a request by whoever has read the session's cookie.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who is signed in.
    pub asker: Asker,
    /// What requests that change something must repeat.
    pub csrf: String,
    /// Whether the browser says that the request comes from a page of ours.
    pub from_our_own_page: bool,
}

impl SignedIn {
    /// Whoever is signed in, if the request proves to be theirs.
    ///
    /// # Errors
    /// 403 for a change that another site may have sent.
    pub(crate) fn ask(&self, method: &Method, headers: &HeaderMap) -> Result<Asker, Failure> {
        if method.is_safe() {
            return Ok(self.asker.clone());
        }
        let given = headers.get(CSRF_HEADER).map_or(&b""[..], |value| value.as_bytes());
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(given, self.csrf.as_bytes()).is_ok();
        if same && self.from_our_own_page { Ok(self.asker.clone()) } else { Err(Failure::foreign_form()) }
    }
}
