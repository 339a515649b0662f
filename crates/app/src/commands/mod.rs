//! The commands, a file each, and the one way in which all of them begin and end.

mod administrator;
mod archive;
mod audit;
mod completions;
mod connect;
mod database;
mod demo;
mod doctor;
mod mailboxes;
mod pick;
mod serve;
mod start;
mod sync;
mod workspaces;

pub use start::run;
