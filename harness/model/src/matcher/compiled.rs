//! Regular expressions and paths that were compiled before.
//!
//! A matcher is held against many observations, and compiling costs far more than matching: each thread keeps what
//! it has compiled. Texts made by templates differ from run to run, so that the store is emptied when it is full.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::Regex;

use crate::path::JsonPath;

/// How many of each kind a thread keeps.
const KEPT_MAX: usize = 1024;

type Store<T> = RefCell<HashMap<String, Rc<T>>>;

thread_local! {
    static REGEXES: Store<Regex> = RefCell::default();
    static PATHS: Store<JsonPath> = RefCell::default();
}

/// The regular expression of a text.
///
/// # Errors
/// What is wrong with it.
pub(super) fn regex(text: &str) -> Result<Rc<Regex>, String> {
    REGEXES.with(|store| kept(store, text, |text| Regex::new(text).map_err(|error| error.to_string())))
}

/// The path of a text.
///
/// # Errors
/// What is wrong with it.
pub(super) fn path(text: &str) -> Result<Rc<JsonPath>, String> {
    PATHS.with(|store| kept(store, text, JsonPath::parse))
}

fn kept<T>(
    store: &Store<T>,
    text: &str,
    compile: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Rc<T>, String> {
    if let Some(known) = store.borrow().get(text) {
        return Ok(Rc::clone(known));
    }
    let made = Rc::new(compile(text)?);
    let mut store = store.borrow_mut();
    if store.len() >= KEPT_MAX {
        store.clear();
    }
    store.insert(text.to_owned(), Rc::clone(&made));
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_is_kept_and_what_is_wrong_is_not() {
        let first = regex("^a+$").unwrap();
        assert!(Rc::ptr_eq(&first, &regex("^a+$").unwrap()));
        assert!(regex("(").is_err() && regex("(").is_err());
        for number in 0..KEPT_MAX {
            regex(&format!("^{number}$")).unwrap();
        }
        assert!(regex("^a+$").unwrap().is_match("aa"), "also after the store was emptied");
        assert!(path("$.a").is_ok() && path("a").is_err());
    }
}
