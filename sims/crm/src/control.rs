//! stub
use crate::reply::{Reply, page};
pub(crate) fn answer(_: &crate::Simulator, _: &crate::request::Call) -> Reply {
    page(404, String::new())
}
