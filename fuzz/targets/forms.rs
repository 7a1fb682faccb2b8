//! What each format of a report promises, whatever stands in the report.

use std::collections::BTreeSet;

use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// Nothing that moves a cursor, hides a word or turns its direction; lines may end.
pub fn without_control(text: &str) {
    let foul = |c: &char| {
        c.is_control() && *c != '\n'
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
    };
    let found = text.chars().find(foul);
    assert!(found.is_none(), "{found:?} in {text:?}");
}

/// The same with the program's own colours.
pub fn terminal(text: &str) {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_ascii_digit() || c == ';')).expect("an end");
        assert!(part[end..].starts_with('m'), "not a colour: {part:?}");
        plain.push_str(&part[end + 1..]);
    }
    without_control(&plain);
}

/// RFC 4180: eleven cells a line, none of them a formula.
pub fn csv(text: &str, findings: usize) {
    without_control(&text.replace("\r\n", "\n"));
    let mut rows: Vec<Vec<String>> = vec![Vec::new()];
    let mut rest = text;
    while !rest.is_empty() {
        let (cell, after) = cell(rest);
        let formula = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
        assert!(!cell.trim_start().starts_with(formula), "a formula: {cell:?}");
        assert!(!cell.starts_with(['\t', '\r', '\n']), "a formula: {cell:?}");
        rows.last_mut().expect("a row").push(cell);
        rest = match after.strip_prefix(',') {
            Some(after) => after,
            None => {
                rows.push(Vec::new());
                after.strip_prefix("\r\n").expect("the end of a line")
            }
        };
    }
    assert_eq!(rows.pop(), Some(Vec::new()));
    assert_eq!(rows.len(), findings + 1);
    assert!(rows.iter().all(|row| row.len() == 11), "{text:?}");
}

fn cell(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', '\r', '\n', '"']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut cell = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"').expect("a closing quote");
        cell.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                cell.push('"');
                rest = more;
            }
            None => return (cell, after),
        }
    }
}

/// CommonMark: a heading for each finding that wants something, no HTML, and only the program's own links.
pub fn markdown(text: &str, open: usize) {
    without_control(text);
    let mut fence: Option<&str> = None;
    let mut headings = 0;
    for line in text.lines() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            Some(own) if line == own => fence = None,
            Some(own) => assert!(ticks < own.len(), "a fence that closes too early: {text}"),
            None if ticks > 2 => fence = line.strip_suffix("text").or(Some(line)),
            None => {
                headings += usize::from(line.starts_with("### "));
                inline(line);
            }
        }
    }
    assert!(fence.is_none(), "a fence stays open: {text}");
    assert_eq!(headings, open, "{text}");
}

/// Outside code spans, brackets of HTML and links are the program's own.
fn inline(line: &str) {
    let own_link = line.starts_with("<https://") && line.ends_with('>') && !line.contains(' ');
    let mut escaped = false;
    let mut code = false;
    for c in line.chars().filter(|_| !own_link) {
        match c {
            '`' if !escaped => code = !code,
            '<' | '[' | ']' => assert!(escaped || code, "markup: {line:?}"),
            _ => {}
        }
        escaped = c == '\\' && !escaped && !code;
    }
    assert!(!code, "a code span stays open: {line:?}");
}

/// One script and one style, which are the program's; no element that it does not write.
pub fn html(text: &str) {
    const KNOWN: &str = "a article aside b bdi body br button caption code dd details div dl dt em footer form h1 h2 h3 \
         h4 head header html input label legend li main meta nav ol optgroup option output p pre search section select \
         small span strong style script summary table tbody td th thead time title tr ul fieldset";
    let known: BTreeSet<&str> = KNOWN.split_whitespace().collect();
    without_control(&text.replace('\r', ""));
    let (before, rest) = text.split_once("<style>").expect("a style");
    let (_, rest) = rest.split_once("</style>").expect("its end");
    let (between, rest) = rest.split_once("<script>").expect("a script");
    let (_, after) = rest.split_once("</script>").expect("its end");
    for part in [before, between, after] {
        for tag in part.split('<').skip(1).filter(|tag| !tag.starts_with("!DOCTYPE")) {
            let name = tag.trim_start_matches('/');
            let end = name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len());
            let name = &name[..end];
            assert!(
                known.contains(name) && name != "script" && name != "style",
                "a foreign element <{tag:?}"
            );
        }
    }
}

/// RFC 5545: lines of at most 75 octets, and no property but the program's.
pub fn ics(text: &str) {
    const KNOWN: &str = "BEGIN END VERSION PRODID CALSCALE NAME X-WR-CALNAME REFRESH-INTERVAL UID DTSTAMP DTSTART \
                         DTEND SUMMARY DESCRIPTION TRANSP ACTION TRIGGER TZID TZOFFSETFROM TZOFFSETTO";
    let known: BTreeSet<&str> = KNOWN.split_whitespace().collect();
    without_control(&text.replace("\r\n", ""));
    assert!(text.ends_with("END:VCALENDAR\r\n"));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text:?}");
    for line in text.replace("\r\n ", "").split_terminator("\r\n") {
        let end = line.find([':', ';']).expect("a property");
        assert!(known.contains(&line[..end]), "{line:?}");
    }
    let count = |line: &str| text.split("\r\n").filter(|l| *l == line).count();
    assert_eq!(count("BEGIN:VEVENT"), count("END:VEVENT"));
    assert!(count("BEGIN:VEVENT") + count("BEGIN:VTIMEZONE") > 0, "without a component it is no calendar");
    assert_eq!(count("BEGIN:VALARM"), 3 * count("BEGIN:VEVENT"));
}

/// Well-formed XML with a case for each finding.
pub fn junit(text: &str, findings: usize) {
    without_control(text);
    assert!(!text.contains(['\u{fffe}', '\u{ffff}']));
    let mut reader = Reader::from_str(text);
    let (mut depth, mut cases) = (0_usize, 0);
    loop {
        let event = reader.read_event().unwrap_or_else(|why| panic!("{why}: {text}"));
        let started = match &event {
            Event::Start(start) | Event::Empty(start) => Some(start),
            _ => None,
        };
        if let Some(start) = started {
            cases += usize::from(AsRef::<str>::as_ref(&start.local_name()) == "testcase");
            for attribute in start.attributes() {
                let attribute = attribute.unwrap_or_else(|why| panic!("{why}: {text}"));
                quick_xml::escape::unescape(&attribute.value).expect("known entities");
            }
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            Event::GeneralRef(reference) => {
                assert!(["amp", "lt", "gt", "quot"].contains(&&*reference), "&{};", &*reference);
            }
            Event::Comment(_) | Event::PI(_) | Event::CData(_) | Event::DocType(_) => {
                panic!("foreign: {text}")
            }
            _ => {}
        }
    }
    assert_eq!((depth, cases), (0, findings));
}

/// A line for each finding and one for the rest, each a JSON object.
pub fn jsonl(text: &str, findings: usize) {
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), findings + 1);
    for line in lines {
        assert!(!line.contains(|c: char| c < ' '));
        let value: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert!(value.is_object());
    }
}

pub fn sarif(text: &str, findings: usize) {
    let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(value["runs"][0]["results"].as_array().map(Vec::len), Some(findings));
}

/// One bar before the performance data, and none elsewhere.
pub fn nagios(text: &str) {
    without_control(text);
    assert_eq!(text.matches('|').count(), 1, "{text:?}");
    let (first, rest) = text.split_once('\n').expect("a first line");
    assert!(first.starts_with("ENROLLCHECK ") && first.contains(" | fail="));
    assert!(
        rest.lines().all(|l| ["CRITICAL ", "WARNING ", "UNKNOWN "].iter().any(|m| l.starts_with(m))),
        "{text:?}"
    );
}

/// Names, labels and one number a line.
pub fn prometheus(text: &str, findings: usize) {
    without_control(text);
    let mut counted = 0;
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        assert!(line.starts_with("enrollcheck_"), "{line:?}");
        let value = match line.split_once('{') {
            None => line.split_once(' ').expect("a value").1,
            Some((name, labels)) => {
                counted += usize::from(name == "enrollcheck_finding_status");
                after_labels(labels).strip_prefix(' ').expect("a value")
            }
        };
        assert!(value.parse::<f64>().is_ok(), "{line:?}");
    }
    assert_eq!(counted, findings);
}

/// What follows the labels; each is `name="value"` with backslashes before quotes, backslashes and line ends.
fn after_labels(text: &str) -> &str {
    let mut rest = text;
    loop {
        let (name, value) = rest.split_once("=\"").expect("a label");
        assert!(name.chars().all(|c| c.is_ascii_lowercase()), "{text:?}");
        let mut escaped = false;
        let end = value.char_indices().find(|(_, c)| {
            let closes = *c == '"' && !escaped;
            assert!(!escaped || matches!(c, '\\' | '"' | 'n'), "{text:?}");
            escaped = *c == '\\' && !escaped;
            closes
        });
        let after = &value[end.expect("a closing quote").0 + 1..];
        match (after.strip_prefix(','), after.strip_prefix('}')) {
            (Some(more), _) => rest = more,
            (None, Some(after)) => return after,
            (None, None) => panic!("{text:?}"),
        }
    }
}
