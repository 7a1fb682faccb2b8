//! Files of the user, read up to a bound: a device or a pipe has no size that could be asked for first.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// What is read of a device or a pipe, where a file may be larger: reading something of no known size takes several times
/// its memory.
const MOST_PIPED: u64 = 16 * 1024 * 1024;

pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let kind = file.metadata()?;
    let mut bytes = Vec::new();
    let most = if kind.is_file() {
        let size = usize::try_from(kind.len().min(most) + 1).unwrap_or_default();
        bytes.try_reserve_exact(size)?;
        most
    } else {
        most.min(MOST_PIPED)
    };
    file.take(most + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(size) if size <= most => Ok(bytes),
        _ if kind.is_file() => Err(ErrorKind::FileTooLarge.into()),
        _ => {
            let why = format!("file too large: a pipe is read up to {} MB", most / 1024 / 1024);
            Err(io::Error::new(ErrorKind::FileTooLarge, why))
        }
    }
}
