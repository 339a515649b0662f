//! How values travel to and from PostgreSQL: by the binary format of the type that the server expects or sends.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::Value;

/// Makes sure that every argument can be sent, before anything is: a statement that could not be would be missing from
/// a transaction whose end is on its way already.
pub(super) fn check(statements: &[Statement], prepared: &[tokio_postgres::Statement]) -> Result<(), StoreError> {
    for (statement, prepared) in statements.iter().zip(prepared) {
        let types = prepared.params();
        if types.len() != statement.args.len() {
            let (given, wanted) = (statement.args.len(), types.len());
            return Err(StoreError::Broken(format!("{given} arguments for a statement with {wanted}: {}", statement.sql.postgres)));
        }
        if let Some(place) = statement.args.iter().zip(types).position(|(value, ty)| !fits(value, ty)) {
            let (ty, text) = (&types[place], statement.sql.postgres);
            return Err(StoreError::Broken(format!("argument ${} cannot be {ty}: {text}", place + 1)));
        }
    }
    Ok(())
}

fn fits(value: &Value, ty: &Type) -> bool {
    match value {
        Value::Null => true,
        Value::Int(number) => *ty == Type::INT8 || (*ty == Type::INT4 && i32::try_from(*number).is_ok()),
        Value::Text(_) => <&str as ToSql>::accepts(ty),
        Value::Bytes(_) => *ty == Type::BYTEA,
    }
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            value if !fits(value, ty) => Err(format!("an argument cannot be {ty}").into()),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Int(number) => number.to_sql(ty, out),
            Value::Text(text) => text.as_str().to_sql(ty, out),
            Value::Bytes(bytes) => bytes.as_slice().to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *ty {
            Type::INT8 => i64::from_sql(ty, raw).map(Value::Int),
            Type::INT4 => i32::from_sql(ty, raw).map(|number| Value::Int(i64::from(number))),
            Type::BOOL => bool::from_sql(ty, raw).map(|flag| Value::Int(i64::from(flag))),
            Type::BYTEA => <&[u8]>::from_sql(ty, raw).map(|bytes| Value::Bytes(bytes.to_vec())),
            _ => String::from_sql(ty, raw).map(Value::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL, Type::BYTEA].contains(ty) || <String as FromSql<'_>>::accepts(ty)
    }
}
