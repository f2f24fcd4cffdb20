//! The simulated clock and seeded randomness. Nothing else in the core may ask for the time or for chance.
//!
//! Not here: waiting. Time moves when [`World::advance`](crate::world) is told to, never by itself.

use std::fmt;

/// A point of virtual time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub i64);

/// A length of virtual time, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(pub i64);

impl Duration {
    /// So many seconds.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs * 1000)
    }

    /// So many milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Whole seconds, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

impl std::ops::Add<Duration> for Instant {
    type Output = Self;
    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(rhs.0))
    }
}

impl std::ops::Sub for Instant {
    type Output = Duration;
    fn sub(self, rhs: Self) -> Duration {
        Duration(self.0.saturating_sub(rhs.0))
    }
}

impl Instant {
    /// Where every world starts unless told otherwise: 2026-01-01T00:00:00Z.
    pub const DEFAULT_START: Self = Self(1_767_225_600_000);

    /// Reads RFC 3339 as Kubernetes writes it (`2026-01-01T00:00:00Z`); offsets and fractions are allowed.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once(['T', 't', ' '])?;
        let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let zone_at = rest.find(['Z', 'z', '+', '-'])?;
        let (clock, zone) = rest.split_at(zone_at);
        let mut fields = clock.splitn(3, ':');
        let hour: i64 = fields.next()?.parse().ok()?;
        let minute: i64 = fields.next()?.parse().ok()?;
        let second: f64 = fields.next()?.parse().ok()?;
        let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && (0..24).contains(&hour);
        if !in_range || !(0..60).contains(&minute) || !(0.0..61.0).contains(&second) || !(0..=9999).contains(&year) {
            return None;
        }
        let offset_minutes = match zone {
            "Z" | "z" => 0,
            _ => {
                let (sign, digits) = zone.split_at(1);
                let (hours, minutes) = digits.split_once(':')?;
                let total = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
                if sign == "-" { -total } else { total }
            }
        };
        let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 - offset_minutes * 60;
        Some(Self(seconds * 1000 + (second * 1000.0) as i64))
    }
}

impl Instant {
    /// Month (from 1) and day of the month in UTC.
    #[must_use]
    pub const fn month_and_day(self) -> (i64, i64) {
        let (_, month, day) = civil_from_days(self.0.div_euclid(86_400_000));
        (month, day)
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 with whole seconds in UTC, as in `metadata.creationTimestamp`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1000);
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let clock = seconds.rem_euclid(86_400);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
            clock / 3600,
            clock / 60 % 60,
            clock % 60
        )
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (Hinnant, `days_from_civil`).
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_part = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_part + 2) / 5 + 1;
    let month = if month_part < 10 {
        month_part + 3
    } else {
        month_part - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// A small seeded generator (SplitMix64): the same seed gives the same numbers everywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(u64);

impl Rng {
    /// The letters of generated names: no vowels and nothing that looks alike
    /// (`kubernetes apimachinery/pkg/util/rand/rand.go`).
    const NAME_LETTERS: &'static [u8] = b"bcdfghjklmnpqrstvwxz2456789";

    /// A generator that starts from `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, each equally likely; 0 for a bound of 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        ((self.next_u64() as u128 * bound as u128) >> 64) as u64
    }

    /// A fraction in `0.0..1.0`.
    pub const fn fraction(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A name suffix as the API server generates them.
    pub fn name_suffix(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| Self::NAME_LETTERS[self.below(Self::NAME_LETTERS.len() as u64) as usize] as char)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_and_parse_as_kubernetes_writes_them() {
        for text in ["2026-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2024-02-29T12:00:01Z"] {
            assert_eq!(Instant::parse_rfc3339(text).expect("valid").to_string(), text);
        }
        assert_eq!(Instant::DEFAULT_START.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(
            Instant::parse_rfc3339("2026-01-01T09:00:00+09:00"),
            Some(Instant::DEFAULT_START)
        );
        assert_eq!(Instant::parse_rfc3339("2026-13-01T00:00:00Z"), None);
        assert_eq!(Instant::parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (mut a, mut b) = (Rng::new(7), Rng::new(7));
        assert_eq!(a.name_suffix(5), b.name_suffix(5));
        assert!((0..1000).all(|_| a.below(3) < 3 && (0.0..1.0).contains(&a.fraction())));
    }
}
