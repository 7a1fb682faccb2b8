//! Files from disk to their shape; what is wrong is said with its place.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::file::File;
use super::problem::Problem;
use crate::bounded;

/// No honest settings file is larger.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// A file, its text for messages, and where it is.
pub(super) struct Loaded {
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) file: File,
}

impl Loaded {
    pub(super) fn problem(&self, span: Range<usize>, title: impl Into<String>) -> Problem {
        // The file was read, so that tables hold no secret; comments and strings may.
        let masked = masked(&self.text, &span, |value| !value.trim_start().starts_with('{'));
        Problem::at(&self.path, &masked, span, title)
    }

    /// A path of the file, relative to where the file is.
    pub(super) fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().map_or_else(|| path.to_owned(), |folder| folder.join(path))
    }
}

/// One file, or every `.toml` of a folder in the order of names.
pub(super) fn load(path: &Path) -> Result<Vec<Loaded>, Problem> {
    if !path.is_dir() {
        return Ok(vec![load_one(path)?]);
    }
    let failed =
        |error: std::io::Error| Problem::new(format!("cannot read the folder {}: {error}", path.display()));
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        // A link that leads nowhere is an error when it is read, and no tenant less.
        let ours = file.extension().is_some_and(|extension| extension == "toml");
        if ours && (file.is_file() || !file.exists()) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(Problem::new(format!("the folder {} holds no .toml file", path.display())));
    }
    files.sort();
    files.iter().map(|file| load_one(file)).collect()
}

fn load_one(path: &Path) -> Result<Loaded, Problem> {
    let failed = |error: std::io::Error| Problem::new(format!("cannot read {}: {error}", path.display()));
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > MOST_BYTES {
        return Err(Problem::new(format!("{} is too large for settings ({size} bytes)", path.display())));
    }
    parse(path, bounded::read(path, MOST_BYTES).map_err(failed)?)
}

/// What a file of that name holds.
pub(super) fn parse(path: &Path, bytes: Vec<u8>) -> Result<Loaded, Problem> {
    let text = decode(path, bytes)?;
    match toml::from_str::<File>(&text) {
        Ok(file) => Ok(Loaded { path: path.to_owned(), text, file }),
        Err(error) => Err(explain(path, &text, &error)),
    }
}

/// UTF-8, with or without a byte order mark.
fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, Problem> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let problem = Problem::new(format!("{} is UTF-16, and settings are UTF-8", path.display()));
        return Err(problem.help("save it again as UTF-8; in PowerShell: Set-Content -Encoding utf8"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let span = good..good + 3;
            let text = masked(&text, &span, |_| true);
            let problem = Problem::at(path, &text, span, "the file is not UTF-8");
            Err(problem.label("the first byte that is not").help("save it again as UTF-8"))
        }
    }
}

/// The parser's error in its place, with the key or value that was probably meant.
fn explain(path: &Path, text: &str, error: &toml::de::Error) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let message = error.message();
    let problem = Problem::at(path, &masked(text, &span, |_| true), span, title(message));
    let Some((unknown, known)) = unknown_name(message) else {
        return problem;
    };
    match nearest(unknown, &known) {
        Some(meant) => problem.label("not known here").help(format!("did you mean `{meant}`?")),
        None => problem.label("not known here").help(format!("known here: {}", known.join(", "))),
    }
}

/// The text without what may be a secret: a password that was written into the file must not reach a log by way of
/// the message that objects to it. Offsets stay what they were. `suspect` looks at what follows the equals sign.
fn masked(text: &str, span: &Range<usize>, suspect: impl Fn(&str) -> bool) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut hidden_until = 0;
    for line in text.split_inclusive('\n') {
        let start = masked.len();
        let credentials = credentials(line).map(|place| start + place.start..start + place.end);
        let value = secret_value(line).filter(|value| line.get(*value..).is_some_and(&suspect));
        let from = value.map(|value| start + value);
        if from.is_some_and(|from| from <= span.end && span.start <= start + line.len()) {
            // A value over several lines is one secret.
            hidden_until = span.end.max(start + line.len());
        }
        for c in line.chars() {
            let at = masked.len();
            let secret = from.map_or(at < hidden_until, |from| at >= from)
                || credentials.as_ref().is_some_and(|place| place.contains(&at));
            if secret && !c.is_whitespace() {
                masked.extend(std::iter::repeat_n('*', c.len_utf8()));
            } else {
                masked.push(c);
            }
        }
    }
    masked
}

/// Where in a line the value of something begins whose name says that it is secret, well spelt or not.
fn secret_value(line: &str) -> Option<usize> {
    const NAMES: [&str; 7] = ["passw", "pasw", "passphrase", "pwd", "secret", "token", "credential"];
    let lower = line.to_ascii_lowercase();
    let named = NAMES.iter().filter_map(|name| lower.find(name)).min();
    let key = named.or_else(|| lower.find("prox").filter(|_| line.contains('@')))?;
    let rest = line.get(key..)?;
    let name = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))?;
    let separator =
        rest.get(name..)?.find(|c: char| !matches!(c, ' ' | '\t' | '=' | ':' | '.' | '"' | '\''))?;
    Some(key + name + separator)
}

/// The user and password of a URL in a line.
fn credentials(line: &str) -> Option<Range<usize>> {
    let start = line.find("://")? + 3;
    let end = start + line.get(start..)?.find(['@', '/', '"', '\'', ' '])?;
    line.get(end..)?.starts_with('@').then_some(start..end)
}

/// The first line, without the list of everything that would have been right.
fn title(message: &str) -> String {
    let first = message.lines().next().unwrap_or("not TOML");
    match unknown_name(message) {
        Some((unknown, _)) if first.starts_with("unknown field") => format!("unknown key `{unknown}`"),
        Some((unknown, _)) => format!("unknown value `{unknown}`"),
        None => first.to_owned(),
    }
}

/// The unknown name and the known ones, out of the deserialiser's sentence.
fn unknown_name(message: &str) -> Option<(&str, Vec<&str>)> {
    let unknown_key = message.starts_with("unknown field");
    if !unknown_key && !message.starts_with("unknown variant") {
        return None;
    }
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    Some((unknown, quoted.collect()))
}

fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|name| (strsim::normalized_damerau_levenshtein(unknown, name), *name));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score >= 0.5).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("enrollcheck.toml");
        fs::write(&path, text).unwrap();
        load(&path).err().expect("refused").to_string()
    }

    #[test]
    fn an_unknown_key_is_shown_in_its_line_with_the_one_that_was_meant() {
        let shown = refused("[[tenant]]\ndomains = [\"contoso.com\"]\nautomatic_enrolment = true\n");
        assert!(shown.contains("unknown key `automatic_enrolment`"), "{shown}");
        assert!(shown.contains(":3:1"), "{shown}");
        assert!(shown.contains("did you mean `automatic_enrollment`?"), "{shown}");
    }

    #[test]
    fn a_password_in_the_file_is_refused_and_not_repeated() {
        for value in
            ["\"hunter2\"", "'hunter2'", "\"\"\"\nhunter2\n\"\"\"", "\"hunter2", "{ value = \"hunter2\" }"]
        {
            let shown = refused(&format!("[network]\nproxy_password = {value}\n"));
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains(":2:"), "{shown}");
        }
        assert!(!refused("[network]\nproxy_password = 4711\n").contains("4711"));
    }

    #[test]
    fn a_password_in_a_comment_is_not_repeated_either() {
        let of = |text: &str| super::super::of_text(Path::new("x.toml"), text.as_bytes().to_vec());
        for text in [
            "[network]\ntimeout = \"x\" # proxy_password = \"hunter2\"\n",
            "[network]\ntimeout = \"\"\"\nproxy_password = 'hunter2'\n\"\"\"\n",
        ] {
            let shown = of(text).err().expect("refused").to_string();
            assert!(!shown.contains("hunter2") && shown.contains("timeout"), "{shown}");
        }
        for text in [
            "[network]\nproxy_password : \"hunter2\"\n",
            "[network]\nproxy_pasword = \"hunter2\"\n",
            "[network]\nproxy = \"http://svc:hunter2@proxy:8080\" x\n",
            "[network]\nproxi = \"http://svc:hunter2@proxy:8080\"\n",
        ] {
            let shown = of(text).err().expect("refused").to_string();
            assert!(!shown.contains("hunter2"), "{shown}");
        }
        let latin1 = parse(Path::new("x.toml"), b"a = 'caf\xe9' # password = \"hunter2\"\n".to_vec());
        let shown = latin1.err().expect("refused").to_string();
        assert!(!shown.contains("hunter2") && shown.contains("not UTF-8"), "{shown}");
        let parsed = parse(Path::new("x.toml"), b"[network]\nproxy_password = { env = \"NAME\" }\n".to_vec());
        let shown = parsed.unwrap().problem(10..24, "not set").to_string();
        assert!(shown.contains("env = \"NAME\""), "{shown}");
    }

    #[test]
    fn other_encodings_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("enrollcheck.toml");
        let utf16: Vec<u8> = "\u{feff}[network]\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(&path, utf16).unwrap();
        assert!(load(&path).err().unwrap().to_string().contains("UTF-16"));
        fs::write(&path, b"[network]\n# caf\xe9\n").unwrap();
        assert!(load(&path).err().unwrap().to_string().contains("not UTF-8"));
        fs::write(&path, "\u{feff}[network]\nauthoritative = true\n").unwrap();
        assert_eq!(load(&path).unwrap().len(), 1);
    }
}
