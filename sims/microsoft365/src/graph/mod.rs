//! Microsoft Graph: users, mail folders, messages, delta, attachments, batch, subscriptions.
//!
//! Built from the reference and from captured answers; it reads `mailbox` and `directory`, and never learns
//! anything from the clients that call it.

mod access;
mod answer;
mod answering;
mod attachments;
mod authoring;
mod batch;
pub mod calendar;
mod call;
pub mod config;
pub mod contacts;
mod delta;
mod drafts;
mod expand;
mod filter;
mod filter_grammar;
mod filter_tokens;
mod filter_values;
mod folder_delta;
mod folder_json;
mod folder_writes;
mod folders;
mod mail_path;
mod mail_tips;
mod mailbox_settings;
mod message_delta;
mod message_json;
mod messages;
mod options;
mod order;
pub mod path;
mod prefer;
mod reply;
mod row_filter;
mod rows;
mod rules;
mod search;
mod select;
mod sending;
pub mod subscriptions;
mod token;
pub mod uploads;
mod users;

pub use answer::answer;
