//! The language from outside: messages, laws, printing, the schema.

mod failing;
mod grow;
mod judging;
mod laws;
mod panics;
mod printing;
mod project;
mod schema;
mod support;
