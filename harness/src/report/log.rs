//! The run log: every event as one line of JSON, written as it happens, so that a run that is cut off still
//! tells what it saw.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use harness_model::event::{RunEvent, Stamped};

use super::Reporter;

/// Writes the log of a run.
pub struct RunLog(BufWriter<File>);

impl RunLog {
    /// Creates the file and the folders above it.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        Ok(RunLog(BufWriter::new(File::create(path)?)))
    }
}

impl Reporter for RunLog {
    fn event(&mut self, event: &Stamped) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, event)?;
        self.0.write_all(b"\n")?;
        match event.event {
            RunEvent::ExchangeRecorded { .. }
            | RunEvent::StepJudged { .. }
            | RunEvent::StepStarted { .. }
            | RunEvent::StepPassed { .. } => Ok(()),
            _ => self.0.flush(),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Reads a log. A last line that was cut off in the middle is dropped; any other line must be an event.
///
/// # Errors
/// When the file cannot be read, or a line is not an event: the error names the line.
pub fn read(path: &Path) -> io::Result<Vec<Stamped>> {
    let text = std::fs::read_to_string(path)?;
    let lines = text.lines().count();
    let mut events = Vec::with_capacity(lines);
    for (number, line) in text.lines().enumerate() {
        match serde_json::from_str(line) {
            Ok(event) => events.push(event),
            Err(_) if number + 1 == lines && !text.ends_with('\n') => break,
            Err(cause) => {
                let place = format!("{}:{}: {cause}", path.display(), number + 1);
                return Err(io::Error::new(io::ErrorKind::InvalidData, place));
            }
        }
    }
    Ok(events)
}

/// Writes a report in one go, with the folders above it, so that no reader sees half of one.
///
/// # Errors
/// When the file cannot be written.
pub fn write_file(path: &Path, text: &str) -> io::Result<()> {
    write_whole(path, text)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    // As readable as any other file: CI uploads it, a colleague opens it.
    let readable = std::fs::Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().permissions(readable).tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
