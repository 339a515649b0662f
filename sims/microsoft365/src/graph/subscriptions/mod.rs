//! Change notifications: subscriptions, what is due to them, and its delivery.
//!
//! After a mailbox was changed, [`collect`] turns its changes into notifications that wait for their time;
//! [`next_due`] says when that is, [`deliver_due`] posts what is due. (reference: Graph, section 5)

mod collect;
mod create;
mod deliver;
mod manage;
mod resource;
mod store;

pub use collect::{collect, next_due};
pub use create::{change, create};
pub use deliver::deliver_due;
pub use manage::{announce, answer};
pub use store::{Lifecycle, Subscription, Subscriptions};
