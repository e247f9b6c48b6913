//! A JSON object whose values stay the text the sender wrote.
//!
//! Rewriting one key of a parsed tree would print every number anew (`1.0`, 20-digit integers);
//! here only the touched keys are printed.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
    ser::SerializeMap as _,
};
use serde_json::{Value, value::RawValue};

use super::NormaliseError;

/// An object in its written order; remembers whether anything was edited.
#[derive(Debug, Default)]
pub(super) struct RawObject<'a> {
    entries: Vec<(String, Cow<'a, RawValue>)>,
    changed: bool,
}

impl<'a> RawObject<'a> {
    /// Parses one object; `None` for any other JSON and for an object that names a key twice,
    /// since the server and the agent could then read two different messages.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn changed(&self) -> bool {
        self.changed
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn get(&self, key: &str) -> Option<Cow<'a, RawValue>> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }

    /// The parsed value of `key`; null when absent.
    pub(super) fn value(&self, key: &str) -> Value {
        let raw = self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value.get());
        raw.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The object at `key`; `None` when absent or not an object.
    pub(super) fn object(&self, key: &str) -> Result<Option<RawObject<'a>>, NormaliseError> {
        match self.entries.iter().find(|(name, _)| name == key) {
            Some((_, value)) if value.get().starts_with('{') => {
                let parsed: RawObject<'_> =
                    serde_json::from_str(value.get()).map_err(|_| NormaliseError::InvalidJson)?;
                Ok(Some(parsed.into_owned()))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn set(&mut self, key: &str, value: Cow<'a, RawValue>) {
        self.changed = true;
        match self.entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, slot)) => *slot = value,
            None => self.entries.push((key.to_owned(), value)),
        }
    }

    pub(super) fn set_raw(&mut self, key: &str, value: Box<RawValue>) {
        self.set(key, Cow::Owned(value));
    }

    pub(super) fn set_value(&mut self, key: &str, value: &Value) {
        let raw = serde_json::value::to_raw_value(value).expect("a JSON value always prints");
        self.set_raw(key, raw);
    }

    /// Gives the entry at `from` the name `to`, in place.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        if let Some((name, _)) = self.entries.iter_mut().find(|(name, _)| name == from) {
            to.clone_into(name);
            self.changed = true;
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        let before = self.entries.len();
        self.entries.retain(|(name, _)| name != key);
        self.changed |= self.entries.len() != before;
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("keys and raw values always print")
    }

    pub(super) fn to_raw(&self) -> Box<RawValue> {
        serde_json::value::to_raw_value(self).expect("keys and raw values always print")
    }

    fn into_owned<'b>(self) -> RawObject<'b> {
        let own = |(key, value): (String, Cow<'a, RawValue>)| (key, Cow::Owned(value.into_owned()));
        RawObject { entries: self.entries.into_iter().map(own).collect(), changed: self.changed }
    }
}

impl Serialize for RawObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.entries.len()))?;
        for (key, value) in &self.entries {
            map.serialize_entry(key, value.as_ref())?;
        }
        map.end()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = RawObject<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut object = RawObject::default();
        while let Some((key, value)) = map.next_entry::<String, &'de RawValue>()? {
            if object.has(&key) {
                return Err(M::Error::custom("a key stands twice"));
            }
            object.entries.push((key, Cow::Borrowed(value)));
        }
        Ok(object)
    }
}
