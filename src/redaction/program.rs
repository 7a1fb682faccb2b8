//! What a program of one's own was asked, and what it said.

use serde_json::Value;

/// The question with its tenants replaced: the check is called as it is. None where it is no question.
pub(super) fn input(text: &str, replaced: &dyn Fn(&str) -> String) -> Option<String> {
    let mut asked: Value = serde_json::from_str(text).ok()?;
    each(asked.as_object_mut()?.get_mut("tenants")?, replaced);
    Some(format!("{asked}\n"))
}

fn each(value: &mut Value, replaced: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = replaced(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each(value, replaced)),
        Value::Object(map) => map.values_mut().for_each(|value| each(value, replaced)),
        _ => {}
    }
}

/// Words of JSON, and of verdicts, that judgements need.
const KEPT: [&str; 3] = ["true", "false", "null"];
const JUDGED: [&str; 2] = ["status", "expires_at"];

/// What it said, of the same shape: what is read as a verdict is read as the same one, and what is none stays none.
pub(super) fn output(text: &str, scrambled: &dyn Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // How deep in braces: a key or a number outside is a word like any other.
    let mut depth = 0_usize;
    let mut judged = false;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let string = Some(rest).filter(|_| first == '"' && depth > 0).and_then(quoted);
        let (token, new) = match string {
            Some(token) => {
                let key = rest.get(token.len()..).is_some_and(|after| after.trim_start().starts_with(':'));
                let keep = key || judged;
                judged = key && JUDGED.iter().any(|judged| token == format!("\"{judged}\""));
                (token, if keep { token.to_owned() } else { requoted(token, scrambled) })
            }
            None if word > 0 => {
                let token = rest.get(..word).unwrap_or_default();
                let number = first.is_ascii_digit()
                    && token.chars().all(|c| c.is_ascii_digit() || matches!(c, 'e' | 'E'));
                let keep = depth > 0 && (number || KEPT.contains(&token));
                (token, if keep { token.to_owned() } else { scrambled(token) })
            }
            None => {
                match first {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    ',' => judged = false,
                    _ => {}
                }
                (rest.get(..first.len_utf8()).unwrap_or_default(), first.to_string())
            }
        };
        out.push_str(&new);
        rest = rest.get(token.len()..).unwrap_or_default();
    }
    out
}

/// The string of JSON at the beginning of a text, with its quotation marks.
fn quoted(text: &str) -> Option<&str> {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    text.get(..=end?.0)
}

fn requoted(token: &str, scrambled: &dyn Fn(&str) -> String) -> String {
    match serde_json::from_str::<String>(token) {
        Ok(text) => Value::String(scrambled(&text)).to_string(),
        // Escapes that are none: it was no JSON, and is none.
        Err(_) => token.chars().map(|c| if c.is_alphanumeric() { 'x' } else { c }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other(text: &str) -> String {
        text.chars().map(|c| if c.is_alphanumeric() { 'z' } else { c }).collect()
    }

    #[test]
    fn a_verdict_keeps_its_shape_and_nothing_else() {
        for (said, told) in [
            (
                r#"{"status":"pass","summary":"disk \"srv1\"","n":12,"up":true}"#,
                r#"{"status":"pass","summary":"zzzz \"zzzz\"","n":12,"up":true}"#,
            ),
            ("hi srv1\n{\"status\":\"pass\"}", "zz zzzz\n{\"status\":\"pass\"}"),
            (r#"{"status":"pass","status":"fail"}"#, r#"{"status":"pass","status":"fail"}"#),
            ("[CRITICAL] srv1 full | used=99%", "[zzzzzzzz] zzzz zzzz | zzzz=zz%"),
            ("{srv1} is 99", "{zzzz} zz zz"),
            (
                r#"{"status": "pass", "expires_at": "2027-03-31T00:00:00Z"} x"#,
                r#"{"status": "pass", "expires_at": "2027-03-31T00:00:00Z"} z"#,
            ),
            ("{\"cut", "{\"zzz"),
        ] {
            assert_eq!(output(said, &other), told);
        }
    }

    #[test]
    fn a_question_keeps_the_name_of_the_check() {
        let asked = "{\"check\":\"own.ad\",\"tenants\":[{\"domains\":[\"contoso.com\"],\"name\":\"contoso\"}],\"version\":1}\n";
        let told = input(asked, &other).unwrap();
        assert!(told.contains("\"own.ad\"") && !told.contains("contoso"), "{told}");
        assert_eq!(input("no question", &other), None);
    }
}
