//! Calendar days, for waivers that run out.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A day of the calendar.
///
/// Invariant: the day exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    // In this order, which makes the derived order that of time.
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no day written as `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateError {
    /// The text in question.
    pub text: String,
}

impl Date {
    /// The day it is in Greenwich.
    pub fn today() -> Date {
        Date::of(SystemTime::now())
    }

    /// The day that a moment is on in Greenwich.
    pub fn of(time: SystemTime) -> Date {
        let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |it| it.as_secs());
        Date::after_epoch(seconds / 86_400)
    }

    /// How many days it is until another day; below zero where that is past.
    pub fn days_until(self, other: Date) -> i64 {
        other.days() - self.days()
    }

    /// How many days it is after the first of January 1970.
    fn days(self) -> i64 {
        let years: u64 = (1970..self.year).map(days_of_year).sum();
        let months: i64 = (1..self.month).map(|it| i64::from(days_of_month(self.year, it))).sum();
        i64::try_from(years).unwrap_or(i64::MAX) + months + i64::from(self.day) - 1
    }

    /// The day so many days after the first of January 1970.
    fn after_epoch(mut days: u64) -> Date {
        let (mut year, mut month) = (1970, 1);
        while days >= days_of_year(year) {
            days -= days_of_year(year);
            year += 1;
        }
        while days >= u64::from(days_of_month(year, month)) {
            days -= u64::from(days_of_month(year, month));
            month += 1;
        }
        let day = u8::try_from(days + 1).expect("a month has at most 31 days");
        Date { year, month, day }
    }
}

impl TryFrom<String> for Date {
    type Error = DateError;

    fn try_from(text: String) -> Result<Date, DateError> {
        text.parse()
    }
}

impl From<Date> for String {
    fn from(date: Date) -> String {
        date.to_string()
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Date, DateError> {
        parse(text).ok_or_else(|| DateError { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Date> {
    let digits = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if text.len() != 10 || !digits {
        return None;
    }
    let year = text[..4].parse().ok()?;
    let month = text[5..7].parse().ok()?;
    let day = text[8..].parse().ok()?;
    let exists = (1..=12).contains(&month) && (1..=days_of_month(year, month)).contains(&day);
    exists.then_some(Date { year, month, day })
}

fn days_of_year(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for DateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is not a day: expected YYYY-MM-DD, such as 2027-01-31", self.text)
    }
}

impl std::error::Error for DateError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_exist_are_read_and_printed_the_same() {
        for text in ["1970-01-01", "2024-02-29", "2000-02-29", "2027-12-31", "0000-02-29"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in [
            "",
            "2027",
            "2027-1-31",
            "2027-13-01",
            "2027-00-10",
            "2027-04-31",
            "2027-01-00",
            "2023-02-29",
            "2100-02-29",
            "2027/01/31",
            "+027-01-31",
            "2027-01-31T00",
            "２027-01-3",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
    }

    #[test]
    fn days_are_in_the_order_of_time() {
        let days = ["2026-12-31", "2027-01-30", "2027-01-31", "2027-02-01"];
        let days = days.map(|day| day.parse::<Date>().unwrap());
        assert!(days.is_sorted());
    }

    #[test]
    fn days_after_the_epoch_are_counted_with_leap_years() {
        for (days, text) in
            [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_819, "2027-01-01")]
        {
            assert_eq!(Date::after_epoch(days).to_string(), text);
        }
    }
}
