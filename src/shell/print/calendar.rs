//! Days and months by name, for programs that print dates in other forms than RFC 3339.

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A moment in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    /// Such as 2026.
    pub year: u32,
    /// From 1.
    pub month: u32,
    /// From 1.
    pub day: u32,
    /// `HH:MM:SS`.
    pub time: String,
}

impl Date {
    /// Reads RFC 3339 in UTC; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
        let mut parts = day.split('-').map(|it| it.parse::<u32>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let time = time.split('.').next().unwrap_or(time).to_owned();
        ((1..=12).contains(&month) && day > 0).then_some(Self { year, month, day, time })
    }

    /// Days since Sunday.
    #[must_use]
    pub fn day_of_week(&self) -> u32 {
        // Sakamoto's rule.
        const SHIFTS: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
        let year = if self.month < 3 {
            self.year.saturating_sub(1)
        } else {
            self.year
        };
        (year + year / 4 - year / 100 + year / 400 + SHIFTS[(self.month as usize - 1) % 12] + self.day) % 7
    }

    /// `Thu`.
    #[must_use]
    pub fn weekday(&self) -> &'static str {
        WEEKDAYS[self.day_of_week() as usize % 7]
    }

    /// `Jan`.
    #[must_use]
    pub fn month_name(&self) -> &'static str {
        MONTHS[(self.month as usize - 1) % 12]
    }
}
