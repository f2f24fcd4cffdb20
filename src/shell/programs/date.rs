//! `date`, on the virtual clock, in UTC.

use super::not_simulated;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::print::calendar::Date;
use crate::shell::{CommandResult, Output};

/// `date`, `date -u`, `date -R`, `date -I[seconds]`, `date +FORMAT`.
pub(super) fn run(context: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let now = context.world.now();
    let text = now.to_string();
    let Some(date) = Date::parse(&text) else {
        return Err(not_simulated("date", "this time"));
    };
    let mut format = "%a %b %e %H:%M:%S UTC %Y".to_owned();
    for word in words {
        match word.as_str() {
            "-u" | "--utc" | "--universal" => {}
            "-R" | "--rfc-email" | "--rfc-2822" => format = "%a, %d %b %Y %H:%M:%S +0000".to_owned(),
            "-I" | "-Idate" | "--iso-8601" | "--iso-8601=date" => format = "%F".to_owned(),
            "-Iseconds" | "-Is" | "--iso-8601=seconds" => format = "%FT%T+00:00".to_owned(),
            "--rfc-3339=seconds" => format = "%F %T+00:00".to_owned(),
            word if word.starts_with('+') => format = word[1..].to_owned(),
            _ => return Err(not_simulated("date", "this form")),
        }
    }
    let mut out = String::new();
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some(letter) => match conversion(letter, &date, now.0) {
                Some(text) => out.push_str(&text),
                None => return Err(not_simulated("date", &format!("the conversion %{letter}"))),
            },
            None => out.push('%'),
        }
    }
    Ok(Output::ok(out + "\n"))
}

/// One conversion of `strftime(3)`.
fn conversion(letter: char, date: &Date, milliseconds: i64) -> Option<String> {
    let mut time = date.time.split(':');
    let (hour, minute, second) = (time.next()?, time.next()?, time.next()?);
    let number: u32 = hour.parse().ok()?;
    let twelve = match number % 12 {
        0 => 12,
        hour => hour,
    };
    Some(match letter {
        'Y' => date.year.to_string(),
        'y' => format!("{:02}", date.year % 100),
        'm' => format!("{:02}", date.month),
        'd' => format!("{:02}", date.day),
        'e' => format!("{:2}", date.day),
        'H' => hour.to_owned(),
        'I' => format!("{twelve:02}"),
        'p' => if number < 12 { "AM" } else { "PM" }.to_owned(),
        'M' => minute.to_owned(),
        'S' => second.to_owned(),
        'N' => format!("{:09}", milliseconds.rem_euclid(1000) * 1_000_000),
        's' => milliseconds.div_euclid(1000).to_string(),
        'a' => date.weekday().to_owned(),
        'b' | 'h' => date.month_name().to_owned(),
        'u' => match date.day_of_week() {
            0 => 7,
            day => day,
        }
        .to_string(),
        'w' => date.day_of_week().to_string(),
        'F' => format!("{}-{:02}-{:02}", date.year, date.month, date.day),
        'D' => format!("{:02}/{:02}/{:02}", date.month, date.day, date.year % 100),
        'T' => date.time.clone(),
        'R' => format!("{hour}:{minute}"),
        'Z' => "UTC".to_owned(),
        'z' => "+0000".to_owned(),
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        '%' => "%".to_owned(),
        _ => return None,
    })
}
