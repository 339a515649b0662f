//! Rows: what a query answers. Columns are read by place or by name and moved out, so that a text is never copied.

use std::sync::Arc;

use base::{Id, Timestamp};

use crate::error::StoreError;
use crate::value::Value;

/// One row of an answer.
#[derive(Clone, Debug)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
    next: usize,
}

impl Row {
    pub(crate) fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Row { columns, values, next: 0 }
    }

    /// Moves the next column out, from the first on: the quick way, in the order of the `SELECT`.
    ///
    /// # Errors
    /// [`StoreError::Broken`] if there is no further column or it holds another type.
    pub fn read<T: FromValue>(&mut self) -> Result<T, StoreError> {
        let place = self.next;
        self.next += 1;
        self.take_at(place)
    }

    /// Moves the column of this name out; it reads as null afterwards.
    ///
    /// # Errors
    /// [`StoreError::Broken`] if there is no such column or it holds another type.
    pub fn take<T: FromValue>(&mut self, column: &str) -> Result<T, StoreError> {
        let place = self.columns.iter().position(|name| name == column);
        self.take_at(place.ok_or_else(|| StoreError::Broken(format!("a row has no column {column}")))?)
    }

    fn take_at<T: FromValue>(&mut self, place: usize) -> Result<T, StoreError> {
        let slot = self.values.get_mut(place).ok_or_else(|| StoreError::Broken(format!("a row has no column {}", place + 1)))?;
        T::from_value(std::mem::replace(slot, Value::Null)).ok_or_else(|| {
            let name = self.columns.get(place).map_or("?", String::as_str);
            StoreError::Broken(format!("column {name} does not hold {}", std::any::type_name::<T>()))
        })
    }

    /// The values of the row in the order of its columns.
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// Reads it, or says `None` if the value is of another type.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl FromValue for Timestamp {
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).map(Timestamp::from_millis)
    }
}

impl<N> FromValue for Id<N> {
    fn from_value(value: Value) -> Option<Self> {
        i64::from_value(value).map(Id::from_number)
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::from_value(other).map(Some),
        }
    }
}
