//! Who calls: identities and the values they look up in a running world.

use indexmap::IndexMap;
use serde_json::Value;

use super::text::Text;

/// A named way to call a service.
///
/// Everything that makes a request this caller's stands here, so that no replay builds a header
/// by hand. Parameters are how a negative is spelled: a wrong token, a doubled or foreign header
/// is an argument, never a header of a step. A parameter that is `null` drops the header it
/// fills; a list repeats the header once per item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdentitySpec {
    /// The identity whose definition this one starts from.
    pub like: Option<String>,
    /// The service called.
    pub via: Option<Text>,
    /// The `Host` header, when it is not the service's own.
    pub host: Option<Text>,
    /// Parameters and their defaults.
    pub params: IndexMap<String, Param>,
    /// The bearer credential.
    pub bearer: Option<Text>,
    /// Further headers.
    pub headers: IndexMap<String, Text>,
}

/// The default of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Param {
    /// There is none: the argument must be given.
    Required,
    /// The header it fills is left out.
    Null,
    /// A text.
    Text(Text),
    /// The header it fills is repeated, once per text.
    List(Vec<Text>),
}

/// A value fetched from a running world.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupSpec {
    /// The names of its arguments, in call order.
    pub params: Vec<String>,
    /// The identity that asks; without one, `call` is an absolute URL and no header is sent.
    pub via: Option<String>,
    /// The request.
    pub call: Call,
    /// The RFC 9535 path of the value in the JSON answer.
    pub json: String,
    /// Whether the value is masked in every report.
    pub secret: bool,
    /// Whether one answer serves the whole life of a world (what mints must say).
    pub once: bool,
}

/// The request of a lookup.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    /// `GET` this path or URL.
    Get(Text),
    /// `POST` this JSON body to this path or URL.
    Post(Text, Value),
}
