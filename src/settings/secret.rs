//! Secrets from where the settings say they are.

use std::path::Path;

use probes::secret::SecretString;

use super::file::Secret;
use crate::bounded;

/// No secret is that long.
const MOST_BYTES: u64 = 64 * 1024;

/// Reads a secret; the error says what is missing, never what was found.
pub(super) fn read(secret: &Secret, folder: &Path) -> Result<SecretString, String> {
    match (&secret.env, &secret.file) {
        (Some(name), None) => match std::env::var(name) {
            Ok(value) => Ok(value.into()),
            Err(std::env::VarError::NotPresent) => Err(format!("the environment variable {name} is not set")),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(format!("the environment variable {name} is not UTF-8"))
            }
        },
        (None, Some(path)) => {
            let path = folder.join(path);
            let cannot = |why: std::io::ErrorKind| format!("cannot read {}: {why}", path.display());
            let bytes = bounded::read(&path, MOST_BYTES).map_err(|error| cannot(error.kind()))?;
            let text = String::from_utf8(bytes).map_err(|_| cannot(std::io::ErrorKind::InvalidData))?;
            // Editors and `echo` end a file with a line break that is no part of the secret.
            Ok(text.trim_end_matches(['\r', '\n']).to_owned().into())
        }
        _ => Err("a secret is { env = \"NAME\" } or { file = \"path\" }".to_owned()),
    }
}
