//! `fields=`: only these of an object's fields. A name that the object does not have is refused.

use serde_json::Value;
use utoipa::PartialSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::failure::Failure;

/// Which fields are wanted; `None` for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Option<Vec<String>>);

impl Fields {
    /// Reads names parted by commas, which must be fields of `T`.
    ///
    /// # Errors
    /// 400 naming the fields there are.
    pub fn read<T: PartialSchema>(text: Option<&str>) -> Result<Self, Failure> {
        let Some(text) = text else { return Ok(Fields(None)) };
        let known = names_of::<T>();
        let wanted: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        match wanted.iter().find(|name| !known.contains(name)) {
            None => Ok(Fields(Some(wanted))),
            Some(unknown) => Err(Failure::bad_request(
                "field_unknown",
                format!("There is no field `{unknown}`."),
                format!("Name some of: {}.", known.join(", ")),
            )),
        }
    }

    /// Leaves out what is not wanted.
    pub fn pick(&self, mut object: Value) -> Value {
        if let (Some(wanted), Value::Object(fields)) = (&self.0, &mut object) {
            fields.retain(|name, _| wanted.iter().any(|one| one == name));
        }
        object
    }
}

/// The names of a view's fields, as its schema has them.
fn names_of<T: PartialSchema>() -> Vec<String> {
    match T::schema() {
        RefOr::T(Schema::Object(object)) => object.properties.keys().cloned().collect(),
        _ => Vec::new(),
    }
}
