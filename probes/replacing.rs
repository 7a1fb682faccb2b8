//! A file that takes the place of another when it is whole; until then the old one stands.
//!
//! Links stay links, and what is no file (a device, a pipe, `/dev/stdout`) is written to, never replaced.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A file under way. Dropped before its end it leaves nothing behind.
pub struct Draft {
    /// Where it is written, and what it replaces; none where it is written straight to its place.
    places: Option<[PathBuf; 2]>,
}

impl Draft {
    pub fn begin(path: &Path) -> io::Result<(Self, File)> {
        let target = match fs::metadata(path) {
            Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
            Ok(there) if there.is_file() => fs::canonicalize(path)?,
            Ok(_) => return Ok((Self { places: None }, OpenOptions::new().write(true).open(path)?)),
            // A link to what is not there yet is followed by the system itself.
            Err(_) if fs::symlink_metadata(path).is_ok() => {
                return Ok((Self { places: None }, File::create(path)?));
            }
            Err(_) => path.to_owned(),
        };
        let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
        let part = target.with_file_name(format!(".{name}.{}.part", std::process::id()));
        let file = File::create(&part)?;
        let draft = Self { places: Some([part.clone(), target.clone()]) };
        // Who could not read the old one cannot read the new one.
        if let Ok(old) = fs::metadata(&target) {
            fs::set_permissions(&part, old.permissions())?;
        }
        Ok((draft, file))
    }

    /// Puts it in its place.
    pub fn finish(mut self) -> io::Result<()> {
        let Some([part, target]) = self.places.take() else { return Ok(()) };
        fs::rename(&part, target).inspect_err(|_| drop(fs::remove_file(&part)))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some([part, _]) = &self.places {
            let _ = fs::remove_file(part);
        }
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn write(path: &Path, text: &str) -> io::Result<()> {
        let (draft, mut file) = Draft::begin(path)?;
        file.write_all(text.as_bytes())?;
        draft.finish()
    }

    #[test]
    fn links_stay_links_and_modes_stay_modes() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("old"), "old").unwrap();
        fs::set_permissions(at("old"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("old", at("link")).unwrap();
        symlink("nothing", at("dangling")).unwrap();
        for link in ["link", "dangling"] {
            write(&at(link), "new").unwrap();
            assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
        }
        assert_eq!(fs::read_to_string(at("old")).unwrap(), "new");
        assert_eq!(fs::read_to_string(at("nothing")).unwrap(), "new");
        assert_eq!(fs::metadata(at("old")).unwrap().permissions().mode() & 0o777, 0o640);
        drop(Draft::begin(&at("old")).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4, "nothing is left behind");
        assert!(write(folder.path(), "new").is_err());
    }

    #[test]
    fn what_is_no_file_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let full = folder.path().join("full");
        symlink("/dev/full", &full).unwrap();
        if Path::new("/dev/full").exists() {
            assert_eq!(write(&full, "new").unwrap_err().kind(), io::ErrorKind::StorageFull);
            assert!(!fs::metadata("/dev/full").unwrap().is_file());
        }
    }
}
