//! Files of the user, read up to a bound: a device or a pipe has no size that could be asked for first.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(size) if size <= most => Ok(bytes),
        _ => Err(ErrorKind::FileTooLarge.into()),
    }
}
