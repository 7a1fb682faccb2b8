//! A file that is replaced when the new one is whole and on the disk; until then the old one stands.

use std::io::{self, Write};
use std::path::Path;

use probes::replacing::Draft;

pub fn write(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let (draft, file) = Draft::begin(path)?;
    let mut file = io::BufWriter::new(file);
    write(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    // Pipes and devices have no disk to wait for.
    if file.metadata()?.is_file() {
        file.sync_all()?;
    }
    draft.finish()
}
