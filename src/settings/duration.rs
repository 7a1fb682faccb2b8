//! Durations as people write them: `10s`, `5m`, `12h`, `30d`, `1h 30m`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// A hundred years: beyond it nobody means what was written.
const LONGEST_S: i64 = 100 * 365 * 24 * 3600;

/// A positive duration; a day has 24 hours.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wanted = "wanted something like 10s, 5m, 12h or 30d";
    let text = text.trim();
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
        return Err(format!("a unit is missing ({wanted})"));
    }
    let span: Span = text.parse().map_err(|_| format!("not a duration ({wanted})"))?;
    let length = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| format!("months and years have no fixed length ({wanted})"))?;
    if length.is_zero() || length.is_negative() {
        return Err("a duration must be longer than zero".to_owned());
    }
    if length.as_secs() > LONGEST_S {
        return Err("a duration of more than a hundred years".to_owned());
    }
    Duration::try_from(length).map_err(|_| format!("not a duration ({wanted})"))
}

#[cfg(test)]
mod tests {
    use super::parse;
    use std::time::Duration;

    #[test]
    fn units_are_read_as_people_mean_them() {
        let seconds = |text: &str| parse(text).map(|d| d.as_secs());
        assert_eq!(seconds("10s"), Ok(10));
        assert_eq!(seconds("5m"), Ok(300));
        assert_eq!(seconds("12h"), Ok(43_200));
        assert_eq!(seconds("30d"), Ok(2_592_000));
        assert_eq!(seconds("2w"), Ok(1_209_600));
        assert_eq!(seconds("1h 30m"), Ok(5_400));
        assert_eq!(parse("250ms"), Ok(Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "0s", "-5s", "10", "ten", "1y", "1mo", "999999999d", "5 m m"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
