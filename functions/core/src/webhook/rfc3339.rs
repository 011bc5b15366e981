//! Times as providers write them (RFC 3339, `2026-11-20T10:00:00.123Z`), as milliseconds since 1970.

/// Reads a time; `None` if it isn't one. Offsets are taken into account; fractions finer than a millisecond are cut.
pub fn parse_ms(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || !text.is_ascii() {
        return None;
    }
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, byte)| bytes[at] != byte) || !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    let number = |from: usize, to: usize| digits(&bytes[from..to]);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // A leap second (60) counts as the next minute's first.
    if !(1970..=9999).contains(&year) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days_since_1970(year, month, day)?;
    let (fraction_ms, zone) = fraction(&bytes[19..])?;
    let seconds = (days * 24 + hour) * 3600 + minute * 60 + second - offset_seconds(zone)?;
    u64::try_from(seconds * 1000 + fraction_ms).ok()
}

fn digits(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

/// The fraction in milliseconds, and what follows it.
fn fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let Some(rest) = bytes.strip_prefix(b".") else { return Some((0, bytes)) };
    let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if len == 0 {
        return None;
    }
    let ms = (0..3).map(|i| if i < len { i64::from(rest[i] - b'0') } else { 0 }).fold(0, |ms, digit| ms * 10 + digit);
    Some((ms, &rest[len..]))
}

fn offset_seconds(zone: &[u8]) -> Option<i64> {
    match zone {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?);
            let seconds = hours * 3600 + minutes * 60;
            (hours < 24 && minutes < 60).then_some(if *sign == b'+' { seconds } else { -seconds })
        }
        _ => None,
    }
}

/// Days of the proleptic Gregorian calendar; `None` for a day that the month doesn't have.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month - 1).ok()?;
    if day < 1 || day > *lengths.get(index)? {
        return None;
    }
    let before = year - 1;
    let days_before_year = before * 365 + before / 4 - before / 100 + before / 400;
    const DAYS_BEFORE_1970: i64 = 1969 * 365 + 1969 / 4 - 1969 / 100 + 1969 / 400;
    Some(days_before_year - DAYS_BEFORE_1970 + lengths[..index].iter().sum::<i64>() + day - 1)
}

#[cfg(test)]
mod tests {
    use super::parse_ms;
    use proptest::prelude::*;

    #[test]
    fn known_times_are_read_as_gnu_date_reads_them() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-20T10:00:00.000Z", 1_795_168_800_000),
            ("2024-02-29T23:59:59.9999Z", 1_709_251_199_999),
            ("2000-03-01T00:00:00.5+00:00", 951_868_800_500),
            ("2026-11-20T12:30:00+02:30", 1_795_168_800_000),
            ("2021-12-07T03:52:45.899662Z", 1_638_849_165_899),
        ] {
            assert_eq!(parse_ms(text), Some(ms), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2026-11-20",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T10:00:00",
            "2026-11-20T10:00:00.Z",
            "2026-11-20T10:00:00+2:00",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+01:00",
            "２026-11-20T10:00:00Z",
        ] {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_at_all_is_read_without_a_panic(text in "[0-9TZ:.+-]{0,40}|.{0,40}") {
            let _ = parse_ms(&text);
        }
    }
}
