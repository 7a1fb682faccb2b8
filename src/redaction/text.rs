//! Runs of characters within a text.

pub(super) fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// The text with its runs of such characters replaced, where there is a replacement for them.
pub(super) fn each_run(
    text: &str,
    of: impl Fn(char) -> bool,
    shortest: usize,
    mut replaced: impl FnMut(&str) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(&of) {
        let (before, after) = rest.split_at(start);
        let end = after.find(|c| !of(c)).unwrap_or(after.len());
        let (run, tail) = after.split_at(end);
        out.push_str(before);
        match Some(run).filter(|run| run.len() >= shortest).and_then(&mut replaced) {
            Some(new) => out.push_str(&new),
            None => out.push_str(run),
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}
