//! What developers need: keys of the API, endpoints with their deliveries, and a page to try requests.

mod delivery;
mod endpoint;
mod endpoint_form;
mod endpoints;
mod keys;
mod overview;
mod trial;

pub use delivery::{delivery, repeat};
pub use endpoint::{endpoint, pause, remove, replay, resume, rotate, send_test};
pub use endpoint_form::{change, change_page, make, make_page};
pub use endpoints::endpoints;
pub use keys::{Mailbox, create as create_key, keys, revoke as revoke_key};
pub use overview::overview;
pub use trial::trial;
