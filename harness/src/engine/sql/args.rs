//! Arguments of a statement: JSON values put into the types Postgres asks for.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde_json::Value;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, PgTypeKind};
use sqlx::types::Json;
use sqlx::{Arguments as _, Encode, Postgres, Type, TypeInfo as _};
use uuid::Uuid;

use super::SqlError;

pub(super) fn bind(wanted: &[PgTypeInfo], given: &[Value]) -> Result<PgArguments, SqlError> {
    if wanted.len() != given.len() {
        let message =
            format!("the statement has {} parameters, the step gives {}", wanted.len(), given.len());
        return Err(SqlError::Argument(message));
    }
    let mut arguments = PgArguments::default();
    for (index, (wanted, value)) in wanted.iter().zip(given).enumerate() {
        add(&mut arguments, wanted, value).map_err(|reason| {
            SqlError::Argument(format!("argument ${} ({}) {reason}", index + 1, wanted.name().to_lowercase()))
        })?;
    }
    Ok(arguments)
}

fn add(arguments: &mut PgArguments, wanted: &PgTypeInfo, value: &Value) -> Result<(), String> {
    if value.is_null() {
        return put(arguments, Null(wanted.clone()));
    }
    if let PgTypeKind::Array(element) = wanted.kind() {
        return add_array(arguments, element, value);
    }
    match wanted.name() {
        "BOOL" => put(arguments, value.as_bool().ok_or_else(|| unfit(value))?),
        "INT2" => put(arguments, integer::<i16>(value)?),
        "INT4" => put(arguments, integer::<i32>(value)?),
        "INT8" => put(arguments, integer::<i64>(value)?),
        "FLOAT8" => put(arguments, float(value)?),
        #[expect(clippy::cast_possible_truncation, reason = "the column is that narrow")]
        "FLOAT4" => put(arguments, float(value)? as f32),
        "UUID" => put(arguments, parsed::<Uuid>(value)?),
        "TIMESTAMPTZ" => put(arguments, instant(value)?),
        "TIMESTAMP" => put(arguments, parsed::<NaiveDateTime>(value)?),
        "DATE" => put(arguments, parsed::<NaiveDate>(value)?),
        "TIME" => put(arguments, parsed::<NaiveTime>(value)?),
        "JSON" | "JSONB" => put(arguments, Json(value.clone())),
        "BYTEA" => put(arguments, text(value).into_bytes()),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => put(arguments, text(value)),
        // An enum's binary form is its text.
        _ if matches!(wanted.kind(), PgTypeKind::Enum(_)) => {
            put(arguments, Label(wanted.clone(), text(value)))
        }
        _ => Err("has a type that cannot be given directly; write `$n::text::type`".to_owned()),
    }
}

fn add_array(arguments: &mut PgArguments, element: &PgTypeInfo, value: &Value) -> Result<(), String> {
    let items = value.as_array().ok_or_else(|| unfit(value))?;
    match element.name() {
        "UUID" => put(arguments, items.iter().map(parsed::<Uuid>).collect::<Result<Vec<_>, _>>()?),
        "INT4" => put(arguments, items.iter().map(integer::<i32>).collect::<Result<Vec<_>, _>>()?),
        "INT8" => put(arguments, items.iter().map(integer::<i64>).collect::<Result<Vec<_>, _>>()?),
        "TEXT" | "VARCHAR" => put(arguments, items.iter().map(text).collect::<Vec<_>>()),
        _ => Err("has an array type that cannot be given directly; write `$n::text[]::type[]`".to_owned()),
    }
}

fn put<'q, T: Encode<'q, Postgres> + Type<Postgres> + 'q>(
    arguments: &mut PgArguments,
    value: T,
) -> Result<(), String> {
    arguments.add(value).map_err(|e| e.to_string())
}

fn integer<T: TryFrom<i64>>(value: &Value) -> Result<T, String> {
    let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| unfit(value))
}

fn float(value: &Value) -> Result<f64, String> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).ok_or_else(|| unfit(value))
}

fn parsed<T: std::str::FromStr>(value: &Value) -> Result<T, String> {
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| unfit(value))
}

fn instant(value: &Value) -> Result<DateTime<Utc>, String> {
    let text = value.as_str().ok_or_else(|| unfit(value))?;
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z"))
        .map(Into::into)
        .map_err(|_| unfit(value))
}

/// A string as it is, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn unfit(value: &Value) -> String {
    format!("cannot be made from {value}")
}

/// `NULL` of a given type.
struct Null(PgTypeInfo);

/// An enum label.
struct Label(PgTypeInfo, String);

macro_rules! untyped {
    ($name:ident) => {
        impl Type<Postgres> for $name {
            fn type_info() -> PgTypeInfo {
                // Never asked for: `produces` names the real type of each value.
                <str as Type<Postgres>>::type_info()
            }

            fn compatible(_: &PgTypeInfo) -> bool {
                true
            }
        }
    };
}
untyped!(Null);
untyped!(Label);

impl Encode<'_, Postgres> for Null {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.0.clone())
    }
}

impl Encode<'_, Postgres> for Label {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.1.as_bytes());
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.0.clone())
    }
}
