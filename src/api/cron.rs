//! Schedules of CronJobs: five fields, or a word such as `@hourly` (`robfig/cron/v3`, `ParseStandard`).
//!
//! Not here: time zones, and who looks at the clock (`cluster::controllers::cron_job`).

use crate::sim::{Duration, Instant};

/// When Jobs are made, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Every so often from the moment it is asked: `@every 90s`.
    every: Option<Duration>,
}

/// Set where a field was `*` or `?`: such a field of days leaves the choice to the other one.
const ANY: u64 = 1 << 63;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// How far a time is looked for.
const YEARS: i64 = 5;

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// In the words of the parser that Kubernetes uses.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with("TZ=") || text.starts_with("CRON_TZ=") {
            return Err("cannot use TZ or CRON_TZ in schedule, use timeZone field instead".to_owned());
        }
        if let Some(every) = text.strip_prefix("@every ") {
            let every = duration(every)
                .ok_or_else(|| format!("failed to parse duration {text}: time: invalid duration {every:?}"))?;
            let none = Self::of("* * * * *")?;
            return Ok(Self {
                every: Some(every.max(Duration::from_secs(1))),
                ..none
            });
        }
        match text {
            "@yearly" | "@annually" => Self::of("0 0 1 1 *"),
            "@monthly" => Self::of("0 0 1 * *"),
            "@weekly" => Self::of("0 0 * * 0"),
            "@daily" | "@midnight" => Self::of("0 0 * * *"),
            "@hourly" => Self::of("0 * * * *"),
            other if other.starts_with('@') => Err(format!("unrecognized descriptor: {other}")),
            other => Self::of(other),
        }
    }

    fn of(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields[..] else {
            let all = fields.join(" ");
            return Err(format!("expected exactly 5 fields, found {}: [{all}]", fields.len()));
        };
        Ok(Self {
            minutes: field(minute, 0, 59, &[])?,
            hours: field(hour, 0, 23, &[])?,
            days: field(day, 1, 31, &[])?,
            months: field(month, 1, 12, &MONTHS)?,
            weekdays: field(weekday, 0, 6, &WEEKDAYS)?,
            every: None,
        })
    }

    /// The first time behind `after` that it names, in a zone that is `east` of UTC; `None` where there is none in
    /// the next years.
    #[must_use]
    pub fn next(&self, after: Instant, east: Duration) -> Option<Instant> {
        if let Some(every) = self.every {
            return Some(Instant(after.0 - after.0.rem_euclid(1000)) + every);
        }
        const MINUTE: i64 = 60_000;
        const HOUR: i64 = 60 * MINUTE;
        const DAY: i64 = 24 * HOUR;
        let mut at = (after + east).0.div_euclid(MINUTE) * MINUTE + MINUTE;
        let end = at + YEARS * 366 * DAY;
        while at < end {
            let (month, day) = Instant(at).month_and_day();
            let weekday = (at.div_euclid(DAY) + 4).rem_euclid(7);
            let has = |set: u64, number: i64| set >> number & 1 == 1;
            let (by_day, by_weekday) = (has(self.days, day), has(self.weekdays, weekday));
            let is_day = if (self.days | self.weekdays) & ANY != 0 {
                by_day && by_weekday
            } else {
                by_day || by_weekday
            };
            if !has(self.months, month) || !is_day {
                at = (at.div_euclid(DAY) + 1) * DAY;
            } else if !has(self.hours, at.rem_euclid(DAY) / HOUR) {
                at = (at.div_euclid(HOUR) + 1) * HOUR;
            } else if !has(self.minutes, at.rem_euclid(HOUR) / MINUTE) {
                at += MINUTE;
            } else {
                return Some(Instant(at - east.0));
            }
        }
        None
    }
}

/// The numbers of a field as bits.
fn field(text: &str, min: u32, max: u32, names: &[&str]) -> Result<u64, String> {
    let mut bits = 0;
    for part in text.split(',').filter(|it| !it.is_empty()) {
        bits |= range(part, min, max, names)?;
    }
    Ok(bits)
}

/// `*`, `3`, `1-5`, and each with `/2`.
fn range(text: &str, min: u32, max: u32, names: &[&str]) -> Result<u64, String> {
    let number = |word: &str| -> Result<u32, String> {
        if let Some(at) = names.iter().position(|it| word.eq_ignore_ascii_case(it)) {
            return Ok(u32::try_from(at).unwrap_or_default() + min);
        }
        match word.parse::<i64>() {
            Ok(it) if it < 0 => Err(format!("negative number ({it}) not allowed: {word}")),
            Ok(it) => Ok(u32::try_from(it).unwrap_or(u32::MAX)),
            Err(_) => Err(format!(
                "failed to parse int from {word}: strconv.Atoi: parsing {word:?}: invalid syntax"
            )),
        }
    };
    let parts: Vec<&str> = text.split('/').collect();
    let ends: Vec<&str> = parts[0].split('-').collect();
    let single = ends.len() == 1;
    let mut extra = 0;
    let (start, mut end) = if matches!(ends[0], "*" | "?") {
        extra = ANY;
        (min, max)
    } else {
        let start = number(ends[0])?;
        match ends.len() {
            1 => (start, start),
            2 => (start, number(ends[1])?),
            _ => return Err(format!("too many hyphens: {text}")),
        }
    };
    let step = match parts.len() {
        1 => 1,
        2 => {
            if single && extra == 0 {
                end = max;
            }
            let step = number(parts[1])?;
            if step > 1 {
                extra = 0;
            }
            step
        }
        _ => return Err(format!("too many slashes: {text}")),
    };
    if start < min {
        return Err(format!("beginning of range ({start}) below minimum ({min}): {text}"));
    }
    if end > max {
        return Err(format!("end of range ({end}) above maximum ({max}): {text}"));
    }
    if start > end {
        return Err(format!(
            "beginning of range ({start}) beyond end of range ({end}): {text}"
        ));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    let mut bits = extra;
    for number in (start..=end).step_by(usize::try_from(step).unwrap_or(1)) {
        bits |= 1 << number;
    }
    Ok(bits)
}

/// A duration as Go reads it, of whole seconds: `1h30m`, `90s`.
fn duration(text: &str) -> Option<Duration> {
    let mut seconds = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..]
            .find(|it: char| it.is_ascii_digit())
            .map_or(rest.len(), |at| end + at);
        seconds += number
            * match &rest[end..unit_end] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 0.001,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Some(Duration::from_secs(seconds as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> String {
        let after = Instant::parse_rfc3339(after).expect("a time");
        let schedule = Schedule::parse(schedule).expect("a schedule");
        schedule
            .next(after, Duration(0))
            .map_or_else(String::new, |it| it.to_string())
    }

    #[test]
    fn the_next_time_is_found() {
        for (schedule, after, expected) in [
            ("*/5 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"),
            ("* * * * *", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z"),
            ("30 4 * * *", "2026-01-01T04:30:00Z", "2026-01-02T04:30:00Z"),
            ("0 0 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            // 2026-01-01 is a Thursday.
            ("0 12 * * mon-fri", "2026-01-02T12:00:00Z", "2026-01-05T12:00:00Z"),
            // Either day will do where both are named.
            ("0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
            ("@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"),
            ("0 0 31 2 *", "2026-01-01T00:00:00Z", ""),
        ] {
            assert_eq!(next(schedule, after), expected, "{schedule}");
        }
        let east = Schedule::parse("0 9 * * *").expect("a schedule");
        let seoul = east.next(Instant::DEFAULT_START, Duration::from_secs(9 * 3600));
        assert_eq!(seoul.map(|it| it.to_string()).as_deref(), Some("2026-01-02T00:00:00Z"));
    }

    #[test]
    fn mistakes_are_told_as_the_parser_tells_them() {
        for (schedule, expected) in [
            ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            (
                "a * * * *",
                "failed to parse int from a: strconv.Atoi: parsing \"a\": invalid syntax",
            ),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("@often", "unrecognized descriptor: @often"),
        ] {
            assert_eq!(Schedule::parse(schedule), Err(expected.to_owned()), "{schedule}");
        }
    }
}
