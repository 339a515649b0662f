//! Connecting mailboxes: a person's by consent in the browser, a shared one by the application's own permission.

mod application;
mod begin;
mod browser;
mod callback;
mod commit;
mod disconnect;
mod explain;
mod google;
mod home;
mod provider;
mod return_to;
mod single_page;
mod taking_over;

pub use application::{connect_shared, submit};
pub use begin::{ATTEMPTS, begin};
pub use callback::{arrive, done};
pub use disconnect::disconnect;
pub use google::{arrive as arrive_from_google, begin as begin_at_google};
pub use single_page::{finish, initiate};
pub use taking_over::{Kept, TakenOver, take_over};
