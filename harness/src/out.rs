//! What commands write for whoever reads: standard output, and standard error for notes and errors.
//!
//! Who reads may have had enough in the middle, as in `harness list | head -1`. What a command earns does not depend
//! on it: from then on it writes to nobody, goes on, takes its worlds down and ends with the exit code of its work.
//! Any other failure to write, such as a full disk, is kept for [`written`] and ends the command red.
//!
//! This is the only place that writes there; `println!` would panic at the reader who left.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anstream::AutoStream;

static GONE: AtomicBool = AtomicBool::new(false);
static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Standard output: coloured on a terminal, plain in a pipe, nowhere once nobody reads.
pub struct Out(AutoStream<Stdout>);

/// Standard output.
#[must_use]
pub fn stdout() -> Out {
    Out(AutoStream::auto(io::stdout()))
}

/// Whether whoever read standard output has gone.
#[must_use]
pub fn is_unread() -> bool {
    GONE.load(Ordering::Relaxed)
}

/// Writes to standard output; see [`out!`](crate::out!) and [`outln!`](crate::outln!).
pub fn write(text: Arguments<'_>) {
    if let Err(error) = stdout().write_fmt(text) {
        FAILED.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Writes to standard error; see [`errln!`](crate::errln). There is nowhere to tell that it failed.
pub fn complain(text: Arguments<'_>) {
    let _ = AutoStream::auto(io::stderr()).write_fmt(text);
}

/// Whether everything was written, as far as anybody read.
///
/// # Errors
/// The first text that could not be written for another reason than that nobody reads.
pub fn written() -> io::Result<()> {
    stdout().flush()?;
    FAILED.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if is_unread() {
            return Ok(bytes.len());
        }
        unless_gone(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if is_unread() {
            return Ok(());
        }
        unless_gone(self.0.flush(), ())
    }
}

/// What was written, or what would have been had anybody read on.
fn unless_gone<T>(written: io::Result<T>, wanted: T) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            GONE.store(true, Ordering::Relaxed);
            Ok(wanted)
        }
        other => other,
    }
}

/// `print!` for whoever still reads.
#[macro_export]
macro_rules! out {
    ($($text:tt)*) => { $crate::out::write(format_args!($($text)*)) };
}

/// `println!` for whoever still reads.
#[macro_export]
macro_rules! outln {
    ($($text:tt)*) => { $crate::out::write(format_args!("{}\n", format_args!($($text)*))) };
}

/// `eprintln!` for whoever still reads.
#[macro_export]
macro_rules! errln {
    ($($text:tt)*) => { $crate::out::complain(format_args!("{}\n", format_args!($($text)*))) };
}
