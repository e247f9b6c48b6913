//! `ws` and `sse`: a connection that delivers frames.
//!
//! A connection has a name; it stays open until it is closed or the replay ends. Frames that
//! arrive between two steps are kept, so nothing is missed.

use crate::form::Map;
use crate::replay::{Expectation, IdentityRef};
use crate::template::{Dyn, Template, TemplateValue};
use crate::units::Time;
use crate::{record, verbs};

verbs! {
    /// One thing done with a connection.
    pub enum Feed in "a connection" {
        /// Opens a connection and gives it a name.
        Open(OpenFeed) by "open",
        /// Waits for frames, in order.
        Sees(Sees) by "sees",
        /// Demands that no such frame comes.
        NeverSees(NeverSees) by "never_sees",
        /// Sends a frame (`ws` only).
        Send(SendFrame) by "send",
        /// Closes a connection.
        Close(CloseFeed) by "close",
    }
}

record! {
    /// A new connection; a refusal is an observation with its `status`, not an error.
    pub struct OpenFeed in "open" {
        /// The connection's name.
        name: String = required("open"),
        /// Who connects.
        identity: Option<IdentityRef> = optional("as"),
        /// The path, or an absolute URL.
        path: Template = required("path"),
        /// Further headers.
        headers: Map<Template> = default("headers"),
        /// How long connecting may take; 30 s when left out.
        timeout: Option<Dyn<Time>> = optional("timeout"),
    }
}

record! {
    /// Frames that must come, in this order; others may come between them.
    pub struct Sees in "sees" {
        /// The connection.
        on: String = required("on"),
        /// One expectation per frame: `{ json: … }`, `{ text: … }`, `{ event: …, json: … }`, `{ closed: … }`.
        frames: Vec<Expectation> = required("sees"),
        /// How long all of them may take.
        within: Dyn<Time> = required("within"),
        /// No other frame may come between them.
        nothing_else: bool = default("nothing_else"),
    }
}

record! {
    /// A frame that must not come; frames that came before and were not seen count, too.
    pub struct NeverSees in "never_sees" {
        /// The connection.
        on: String = required("on"),
        /// The frame.
        frame: Expectation = required("never_sees"),
        /// How long to look.
        during: Dyn<Time> = required("for"),
    }
}

record! {
    /// A frame to send.
    pub struct SendFrame in "send" {
        /// The connection.
        on: String = required("on"),
        /// A text as it stands; anything else is sent as JSON.
        frame: TemplateValue = required("send"),
    }
}

record! {
    /// The end of a connection from our side.
    pub struct CloseFeed in "close" {
        /// The connection.
        on: String = required("close"),
        /// The close code (`ws` only); 1000 when left out.
        code: Option<Dyn<u16>> = optional("code"),
    }
}

impl Feed {
    /// The name of the connection.
    pub fn connection(&self) -> &str {
        match self {
            Self::Open(open) => &open.name,
            Self::Sees(sees) => &sees.on,
            Self::NeverSees(never) => &never.on,
            Self::Send(send) => &send.on,
            Self::Close(close) => &close.on,
        }
    }
}
