//! Writing mail: what an answer looks like, templates, signatures, and what Exchange would refuse. Pure: it is handed the parts and hands
//! back the parts; nobody is sent anything from here.
//!
//! HTML is read by a parser and changed only where it has to be: every other byte stays as its author wrote it.

pub mod answer;
pub mod check;
pub mod history;
pub mod html;
mod markup;
pub mod prefix;
pub mod signature;
pub mod template;
pub mod track;
