//! Routes: one file for each noun. A route reads the request, asks a reader or gathers a transaction, and answers.

pub mod mailboxes;

use serde::Deserialize;
use utoipa::IntoParams;

/// What an address of one object understands.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Picking {
    /// Only these of its fields, parted by commas.
    #[param(max_length = 1000)]
    pub fields: Option<String>,
}
