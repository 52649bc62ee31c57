//! The moments that an engine tells, as seconds since 1970.

use crate::date::Date;

/// The day from which seconds are counted.
const EPOCH: &str = "1970-01-01";

/// A moment in the form of RFC 3339, `2026-01-02T03:04:05.6Z`; nothing for the year 1, which stands for never.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let day: Date = text.get(..10)?.parse().ok()?;
    let epoch: Date = EPOCH.parse().ok()?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let zone = text.get(19..)?.trim_start_matches(|it: char| it == '.' || it.is_ascii_digit());
    let seconds = epoch.days_until(day) * 86_400 + hour * 3600 + minute * 60 + second;
    u64::try_from(seconds - offset(zone)?).ok().filter(|_| day >= epoch)
}

/// How far a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        'Z' | 'z' => return Some(0),
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(seconds(text), expected, "{text}");
    }

    #[test]
    fn moments_are_read_in_every_zone() {
        check("1970-01-01T00:00:00Z", Some(0));
        check("2026-11-26T23:47:10.123456789Z", Some(1_795_736_830));
        check("2026-11-27T01:47:10.1+02:00", Some(1_795_736_830));
        check("2024-02-29T12:00:00-05:30", Some(1_709_227_800));
        check("0001-01-01T00:00:00Z", None);
        check("", None);
    }
}
