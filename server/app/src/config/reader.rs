//! Typed reading of knobs that never stops at the first problem.

use std::{fmt, num::NonZeroU32, str::FromStr};

use secrecy::SecretString;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use url::Url;

use super::{DeployEnv, Environment, knobs::Knob};
use crate::crypto::SecretsKey;

/// Lines for the operator: values that were replaced by their default.
pub type Warnings = Vec<String>;

/// Every fatal problem of the environment, together.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid configuration:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigErrors {}

/// Reads knobs out of an environment and collects what is wrong with them.
pub(super) struct Reader<'e> {
    env: &'e Environment,
    problems: Vec<String>,
    warnings: Warnings,
}

impl<'e> Reader<'e> {
    pub(super) fn new(env: &'e Environment) -> Self {
        Self { env, problems: Vec::new(), warnings: Vec::new() }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<(T, Warnings), ConfigErrors> {
        if self.problems.is_empty() { Ok((value, self.warnings)) } else { Err(ConfigErrors(self.problems)) }
    }

    /// Records a problem that ends the boot.
    pub(super) fn problem(&mut self, name: &str, text: impl fmt::Display) {
        let problem = format!("{name}: {text}");
        #[cfg(feature = "witness")]
        if seams::is_open(Seam::BootTakesAnyValue) {
            return self.warnings.push(problem);
        }
        self.problems.push(problem);
    }

    /// Records that a bad value gave way to another one; secrets are not shown.
    pub(super) fn warn(&mut self, knob: &Knob, value: &str, used: &str) {
        let shown = if knob.secret { "(secret)" } else { value };
        self.warnings.push(format!("{}: invalid value {shown:?}, using {used}", knob.name));
    }

    fn raw(&self, knob: &Knob) -> Option<&'e str> {
        self.env.get(knob.name)
    }

    fn invalid(&mut self, knob: &Knob, value: &str, wants: impl fmt::Display) {
        let shown = if knob.secret { String::new() } else { format!(" {value:?}") };
        self.problem(knob.name, format_args!("invalid value{shown}: {wants}"));
    }

    /// Trimmed text; blank is unset. Knobs with a default never give `None`.
    pub(super) fn text(&mut self, knob: &Knob) -> Option<String> {
        let value = self.raw(knob).map(str::trim).filter(|value| !value.is_empty());
        value.or(knob.default).map(str::to_owned)
    }

    /// A secret, byte for byte; the default of a secret is never filled in here.
    pub(super) fn secret(&mut self, knob: &Knob) -> Option<SecretString> {
        debug_assert!(knob.secret, "{} is read as a secret but not declared one", knob.name);
        self.raw(knob).map(SecretString::from)
    }

    /// True when the value is exactly `word`.
    pub(super) fn exactly(&mut self, knob: &Knob, word: &str) -> bool {
        self.raw(knob) == Some(word)
    }

    /// True when the operator set the knob at all.
    pub(super) fn is_set(&mut self, knob: &Knob) -> bool {
        self.raw(knob).is_some()
    }

    /// True when the operator named the knob, be it with an empty value.
    pub(super) fn is_present(&mut self, knob: &Knob) -> bool {
        self.env.is_present(knob.name)
    }

    pub(super) fn port(&mut self, knob: &Knob) -> u16 {
        let text = self.text(knob).unwrap_or_default();
        text.parse().unwrap_or_else(|_| {
            self.invalid(knob, &text, "a port is a number from 0 to 65535");
            0
        })
    }

    /// A positive whole number as it is written, or the default with a warning.
    pub(super) fn positive(&mut self, knob: &Knob) -> u32 {
        let used = knob.default.expect("a positive knob has a default");
        let default = used.parse().expect("the default of a positive knob is a number");
        let Some(text) = self.raw(knob) else { return default };
        match (text.parse::<NonZeroU32>(), text.parse::<i64>()) {
            (Ok(value), _) => return value.get(),
            (Err(_), Ok(..=0)) => self.warn(knob, text, &format!("{used}: must be > 0")),
            (Err(_), _) => self.warn(knob, text, used),
        }
        default
    }

    /// A positive number with decimals, or the default with a warning.
    pub(super) fn positive_decimal(&mut self, knob: &Knob) -> f64 {
        let default = knob.default.and_then(|text| text.parse().ok()).expect("a decimal knob has a default");
        match self.raw(knob).map(|text| (text, text.trim().parse::<f64>())) {
            None => default,
            Some((_, Ok(value))) if value.is_finite() && value > 0.0 => value,
            Some((text, _)) => {
                self.warn(knob, text, knob.default.unwrap_or_default());
                default
            }
        }
    }

    /// A number that has no default: unset, or bad with a warning, is `None`.
    pub(super) fn number<T: FromStr>(&mut self, knob: &Knob) -> Option<T> {
        let text = self.raw(knob)?;
        let value = text.trim().parse().ok();
        if value.is_none() {
            self.warn(knob, text, knob.default.unwrap_or("no value"));
        }
        value
    }

    pub(super) fn http_url(&mut self, knob: &Knob) -> Option<Url> {
        let text = self.text(knob)?;
        match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            Ok(_) | Err(_) => {
                self.invalid(knob, &text, "an http or https address with a host is needed");
                None
            }
        }
    }

    /// Text that `parse` understands; its refusal is fatal.
    pub(super) fn parsed<T: Default, E: fmt::Display>(
        &mut self,
        knob: &Knob,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        let Some(text) = self.text(knob) else { return T::default() };
        parse(&text).unwrap_or_else(|error| {
            self.problem(knob.name, error);
            T::default()
        })
    }

    /// The storage key: required and valid in production, else absent with a warning.
    pub(super) fn secrets_key(&mut self, knob: &Knob, environment: DeployEnv) -> Option<SecretsKey> {
        let key = self.raw(knob).map(SecretsKey::parse);
        let problem = match key {
            Some(Ok(key)) => return Some(key),
            Some(Err(error)) => error.to_string(),
            None => "not set".to_owned(),
        };
        if environment == DeployEnv::Production {
            self.problem(knob.name, format_args!("{problem}; production does not store secrets unencrypted"));
        } else {
            self.warnings.push(format!("{}: {problem}, secrets are stored unencrypted", knob.name));
        }
        None
    }

    pub(super) fn in_docker(&mut self, knob: &Knob) -> bool {
        match self.raw(knob).map(str::to_ascii_lowercase).as_deref() {
            Some("1" | "t" | "true") => true,
            Some("0" | "f" | "false") => false,
            _ => std::path::Path::new("/.dockerenv").exists(),
        }
    }
}
