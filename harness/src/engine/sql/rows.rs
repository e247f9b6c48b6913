//! Rows of an answer: each column as the JSON value a reader of the replay expects.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, Utc};
use serde_json::{Map, Number, Value};
use sqlx::postgres::{PgRow, PgTypeInfo, PgTypeKind, PgValueRef};
use sqlx::types::Json;

use sqlx::{Column as _, Decode, Postgres, Row as _, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

use super::SqlError;

pub(super) fn object(row: &PgRow) -> Result<Value, SqlError> {
    let mut fields = Map::new();
    for column in row.columns() {
        let cell = row.try_get_raw(column.ordinal()).map_err(|e| SqlError::Column(e.to_string()))?;
        let value = value(cell, column.type_info()).map_err(|reason| {
            SqlError::Column(format!("column `{}` ({}): {reason}", column.name(), column.type_info().name()))
        })?;
        fields.insert(column.name().to_owned(), value);
    }
    Ok(Value::Object(fields))
}

fn value(cell: PgValueRef<'_>, kind: &PgTypeInfo) -> Result<Value, String> {
    if cell.is_null() {
        return Ok(Value::Null);
    }
    match kind.name() {
        "VOID" => Ok(Value::Null),
        "BOOL" => decoded::<bool>(cell).map(Value::from),
        "INT2" => decoded::<i16>(cell).map(Value::from),
        "INT4" => decoded::<i32>(cell).map(Value::from),
        "INT8" => decoded::<i64>(cell).map(Value::from),
        "FLOAT4" => decoded::<f32>(cell).map(Value::from),
        "FLOAT8" => decoded::<f64>(cell).map(Value::from),
        "NUMERIC" => numeric(cell.as_bytes().map_err(|e| e.to_string())?),
        "UUID" => decoded::<Uuid>(cell).map(|id| Value::from(id.to_string())),
        "TIMESTAMPTZ" => decoded::<DateTime<Utc>>(cell).map(instant),
        "TIMESTAMP" => {
            decoded::<NaiveDateTime>(cell).map(|time| Value::from(format!("{}", time.format("%FT%T%.f"))))
        }
        "DATE" => decoded::<NaiveDate>(cell).map(|date| Value::from(date.to_string())),
        "TIME" => decoded::<NaiveTime>(cell).map(|time| Value::from(time.to_string())),
        "JSON" | "JSONB" => decoded::<Json<Value>>(cell).map(|Json(value)| value),
        "BYTEA" => decoded::<Vec<u8>>(cell).map(|bytes| Value::from(STANDARD.encode(bytes))),
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" | "UNKNOWN" => decoded::<String>(cell).map(Value::from),
        _ => other(cell, kind),
    }
}

fn other(cell: PgValueRef<'_>, kind: &PgTypeInfo) -> Result<Value, String> {
    match kind.kind() {
        // An enum's binary form is its text.
        PgTypeKind::Enum(_) => {
            let bytes = cell.as_bytes().map_err(|e| e.to_string())?;
            Ok(Value::from(String::from_utf8_lossy(bytes).into_owned()))
        }
        PgTypeKind::Domain(base) => value(cell, base),
        PgTypeKind::Array(element) => array(cell, element),
        PgTypeKind::Simple | PgTypeKind::Pseudo | PgTypeKind::Composite(_) | PgTypeKind::Range(_) => {
            Err("cannot be read directly; add `::text`".to_owned())
        }
    }
}

fn array(cell: PgValueRef<'_>, element: &PgTypeInfo) -> Result<Value, String> {
    fn list<'r, T>(cell: PgValueRef<'r>, one: impl Fn(T) -> Value) -> Result<Value, String>
    where
        Vec<Option<T>>: Decode<'r, Postgres>,
    {
        let items = decoded::<Vec<Option<T>>>(cell)?;
        Ok(items.into_iter().map(|item| item.map_or(Value::Null, &one)).collect())
    }
    match element.name() {
        "BOOL" => list::<bool>(cell, Value::from),
        "INT2" => list::<i16>(cell, Value::from),
        "INT4" => list::<i32>(cell, Value::from),
        "INT8" => list::<i64>(cell, Value::from),
        "FLOAT8" => list::<f64>(cell, Value::from),
        "UUID" => list::<Uuid>(cell, |id| Value::from(id.to_string())),
        "TIMESTAMPTZ" => list::<DateTime<Utc>>(cell, instant),
        "TEXT" | "VARCHAR" | "NAME" => list::<String>(cell, Value::from),
        _ => Err("cannot be read directly; add `::text[]`".to_owned()),
    }
}

fn decoded<'r, T: Decode<'r, Postgres>>(cell: PgValueRef<'r>) -> Result<T, String> {
    T::decode(cell).map_err(|e| e.to_string())
}

/// The form the servers under test use, so that a row's time can be compared with a body's.
fn instant(time: DateTime<Utc>) -> Value {
    Value::from(time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Postgres's own number, four decimal digits per group: `sum()` and `avg()` give it.
fn numeric(bytes: &[u8]) -> Result<Value, String> {
    const NEGATIVE: u16 = 0x4000;
    let mut words = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let mut next = || words.next().ok_or("is cut short");
    let (groups, weight, sign, scale) = (next()?, next()?.cast_signed(), next()?, usize::from(next()?));
    if sign != 0 && sign != NEGATIVE {
        return Err("is not a finite number; add `::text`".to_owned());
    }
    let digits: Vec<u16> = (0..groups).map(|_| next()).collect::<Result<_, _>>()?;
    let group = |place: i32| {
        usize::try_from(i32::from(weight) - place).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0)
    };
    let whole: String =
        (0..=i32::from(weight).max(0)).rev().map(|place| format!("{:04}", group(place))).collect();
    let places = i32::try_from(scale.div_ceil(4)).unwrap_or(0);
    let mut fraction: String = (1..=places).map(|place| format!("{:04}", group(-place))).collect();
    fraction.truncate(scale);
    let whole = whole.trim_start_matches('0');
    let text = format!(
        "{}{}{}{fraction}",
        if sign == NEGATIVE { "-" } else { "" },
        if whole.is_empty() { "0" } else { whole },
        if fraction.is_empty() { "" } else { "." },
    );
    text.parse::<Number>().map(Value::Number).map_err(|e| e.to_string())
}
