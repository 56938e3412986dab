//! Days: the first one of a quarter, and the one so many days before another. Not here: what is to be done on them, and which day it is.

use twinrail_facts::Date;
use twinrail_model::Quarter;

/// The first and the last year of a date.
const YEARS: (u32, u32) = (1, 9_999);
const MONTHS_OF_QUARTER: u32 = 3;
/// From 1 March of year 0 to 1 January of year 1: years are counted from March on, so that the day that some have more is their last one.
const MARCH: u32 = 3;
const DAYS_OF_YEAR: i64 = 365;

/// The first day of a quarter.
pub fn first_day(quarter: Quarter) -> Date {
    let month = (quarter.of_year() - 1) * MONTHS_OF_QUARTER + 1;
    date(quarter.year().clamp(YEARS.0, YEARS.1), month, 1)
}

/// The quarter of a day.
pub fn quarter_of(day: Date) -> Quarter {
    Quarter(u32::from(day.year) * 4 + (u32::from(day.month.max(1)) - 1) / MONTHS_OF_QUARTER)
}

/// So many days before a day, but not before the first one that a date has.
pub fn days_before(day: Date, days: u64) -> Date {
    let number = number_of(day).saturating_sub(i64::try_from(days).unwrap_or(i64::MAX));
    of_number(number.max(number_of(date(YEARS.0, 1, 1))))
}

fn date(year: u32, month: u32, day: u32) -> Date {
    let small = |number: u32| u8::try_from(number).expect("a month or a day");
    Date { year: u16::try_from(year).expect("at most 9999"), month: small(month), day: small(day) }
}

/// Days before the first of March of a year.
fn before_march(year: i64) -> i64 {
    year * DAYS_OF_YEAR + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400)
}

/// Days from the first of March to the first of the so-many-eth month after it: 31, 30, 31, 30, 31 twice, and 31 for January.
fn before_month(month: i64) -> i64 {
    const DAYS_OF_FIVE: i64 = 153;
    (month * DAYS_OF_FIVE + 2) / 5
}

/// Days since the first of March of year 0.
fn number_of(day: Date) -> i64 {
    let (year, month) = (i64::from(day.year), u32::from(day.month));
    let (year, month) = if month < MARCH { (year - 1, month + 9) } else { (year, month - MARCH) };
    before_march(year) + before_month(i64::from(month)) + i64::from(day.day) - 1
}

fn of_number(number: i64) -> Date {
    // A year too late, at most, and then the right one.
    let mut year = number / DAYS_OF_YEAR;
    while before_march(year) > number {
        year -= 1;
    }
    let within = number - before_march(year);
    let month = (0..12).rev().find(|month| before_month(*month) <= within).expect("the first is zero");
    let day = within - before_month(month) + 1;
    let (year, month) = if month >= 10 { (year + 1, month - 9) } else { (year, month + i64::from(MARCH)) };
    let small = |number: i64| u32::try_from(number).expect("a date's part");
    date(small(year), small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a date")
    }

    #[test]
    fn quarters_begin_and_hold_days() {
        for (quarter, first) in [("2027-Q1", "2027-01-01"), ("2027-Q2", "2027-04-01"), ("2026-Q4", "2026-10-01")] {
            let quarter: Quarter = quarter.parse().expect("a quarter");
            assert_eq!(first_day(quarter), day(first));
            assert_eq!(quarter_of(day(first)), quarter);
            assert_eq!(quarter_of(days_before(day(first), 1)).after(1), quarter);
        }
    }

    /// Every day of four centuries, counted one by one with the rules for long years.
    #[test]
    fn every_day_has_its_number() {
        let lengths = |year: u32| {
            let divides = |by: u32| year.is_multiple_of(by);
            let long = divides(4) && (!divides(100) || divides(400));
            [31, 28 + u32::from(long), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        };
        let mut last = None;
        let mut count = 0_u64;
        let first = date(1_850, 1, 1);
        for year in 1_850..2_250 {
            for (month, days) in (1..).zip(lengths(year)) {
                for of_month in 1..=days {
                    let today = date(year, month, of_month);
                    assert_eq!(of_number(number_of(today)), today);
                    if let Some(last) = last {
                        assert_eq!(days_before(today, 1), last);
                    }
                    assert_eq!(days_before(today, count), first);
                    (last, count) = (Some(today), count + 1);
                }
            }
        }
        assert_eq!(count, 146_097);
        assert_eq!(days_before(day("2027-04-01"), 90), day("2027-01-01"));
        assert_eq!(days_before(day("2024-03-01"), 1), day("2024-02-29"));
        assert_eq!(days_before(day("2024-03-01"), u64::MAX), day("0001-01-01"));
    }
}
