//! How long ago something was, as `kubectl` writes it (`apimachinery/pkg/util/duration`).

use crate::sim::{Duration, Instant};

/// `95s`, `5m30s`, `12m`, `3h20m`, `36h`, `4d5h`, `30d`, `2y70d`, `8y`.
#[must_use]
pub fn human(age: Duration) -> String {
    let seconds = age.as_secs();
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    if seconds < 0 {
        return "0s".to_owned();
    }
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    let (days, years) = (hours / 24, hours / 24 / 365);
    let two = |first: i64, first_unit: &str, second: i64, second_unit: &str| {
        if second == 0 {
            format!("{first}{first_unit}")
        } else {
            format!("{first}{first_unit}{second}{second_unit}")
        }
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => two(days, "d", hours % 24, "h"),
        () if hours < 24 * 365 * 2 => format!("{days}d"),
        () if hours < 24 * 365 * 8 => two(years, "y", days % 365, "d"),
        () => format!("{years}y"),
    }
}

/// The age of a `creationTimestamp`; `<unknown>` without one.
#[must_use]
pub fn since(timestamp: Option<&str>, now: Instant) -> String {
    timestamp
        .and_then(Instant::parse_rfc3339)
        .map_or_else(|| "<unknown>".to_owned(), |then| human(now - then))
}

/// RFC 1123 with a numeric zone, as `describe` prints times: `Thu, 15 Jan 2026 09:30:00 +0000`.
#[must_use]
pub fn rfc1123(timestamp: &str) -> String {
    let Some(instant) = Instant::parse_rfc3339(timestamp) else {
        return timestamp.to_owned();
    };
    let text = instant.to_string();
    let days = instant.0.div_euclid(86_400_000);
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days.rem_euclid(7) as usize];
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (date, clock) = text.split_once('T').unwrap_or((&text, ""));
    let mut parts = date.split('-');
    let year = parts.next().unwrap_or_default();
    let month = parts
        .next()
        .and_then(|it| it.parse::<usize>().ok())
        .and_then(|it| months.get(it.saturating_sub(1)))
        .copied()
        .unwrap_or_default();
    let day = parts.next().unwrap_or_default();
    format!("{weekday}, {day} {month} {year} {} +0000", clock.trim_end_matches('Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_written_as_kubectl_writes_them() {
        let (minute, hour, day) = (60, 3600, 86_400);
        for (seconds, expected) in [
            (0, "0s"),
            (95, "95s"),
            (5 * minute + 30, "5m30s"),
            (12 * minute + 30, "12m"),
            (2 * hour + 59 * minute + 30, "179m"),
            (3 * hour + 20 * minute, "3h20m"),
            (7 * hour, "7h"),
            (8 * hour + 30, "8h"),
            (47 * hour, "47h"),
            (2 * day, "2d"),
            (4 * day + 5 * hour, "4d5h"),
            (8 * day, "8d"),
            (729 * day, "729d"),
            (2 * 365 * day + 70 * day, "2y70d"),
            (8 * 365 * day, "8y"),
        ] {
            assert_eq!(human(Duration::from_secs(seconds)), expected);
        }
        assert_eq!(human(Duration::from_secs(-5)), "<invalid>");
    }

    #[test]
    fn times_are_written_with_their_weekday() {
        assert_eq!(rfc1123("2026-01-15T09:30:00Z"), "Thu, 15 Jan 2026 09:30:00 +0000");
        assert_eq!(rfc1123("1970-01-01T00:00:00Z"), "Thu, 01 Jan 1970 00:00:00 +0000");
    }
}
