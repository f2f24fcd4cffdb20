//! CoreDNS' plugins `rewrite` and `template`: questions under other names, and answers that are written down
//! (`coredns plugin/rewrite`, `plugin/template`).
//!
//! Not here: rewriting of classes, EDNS0 options and lifetimes; of templates what is more than a field of the question
//! or a group of the match.

use std::str::FromStr;

use regex_lite::{Captures, Regex};

use super::message::{Answer, Basis, Rcode, Record, RecordData, RecordType, absolute, is_within};

/// How a name is found and changed.
#[derive(Clone, Debug)]
pub(super) enum NameMatch {
    Exact(String, String),
    Prefix(String, String),
    Suffix(String, String),
    Substring(String, String),
    Regex(Regex, String),
}

/// A rule of `rewrite`.
#[derive(Clone, Debug)]
pub struct Rewrite {
    pub(super) what: RewriteWhat,
    /// `continue`: the next rules are looked at too.
    pub(super) goes_on: bool,
    /// `answer name REGEX NAME`: what the owners of answers become.
    pub(super) answers: Vec<(Regex, String)>,
    /// `answer auto`, and exact names: owners become the name that was asked for.
    pub(super) auto: bool,
}

/// What a rule changes.
#[derive(Clone, Debug)]
pub(super) enum RewriteWhat {
    Name(NameMatch),
    Type(RecordType, RecordType),
}

/// A question after all rules, and what its answer goes through on the way back.
pub(super) struct Rewritten<'a> {
    pub(super) name: String,
    pub(super) kind: RecordType,
    applied: Vec<&'a Rewrite>,
    original: String,
}

impl Rewritten<'_> {
    /// Whether any rule applied.
    pub(super) fn is_changed(&self) -> bool {
        !self.applied.is_empty()
    }

    /// The answer as the client gets it.
    pub(super) fn back(&self, mut answer: Answer) -> Answer {
        for rule in self.applied.iter().rev() {
            for record in &mut answer.answers {
                let owner = record.owner.clone();
                if rule.auto && owner.eq_ignore_ascii_case(&self.name) {
                    record.owner.clone_from(&self.original);
                }
                if let Some((regex, name)) = rule.answers.iter().find(|(regex, _)| regex.is_match(&owner))
                    && let Some(captures) = regex.captures(&owner)
                {
                    record.owner = absolute(&filled(name, &captures));
                }
            }
        }
        answer
    }
}

/// Puts the groups `{0}`, `{1}`, … into a name.
fn filled(name: &str, captures: &Captures<'_>) -> String {
    let mut out = name.to_owned();
    for idx in 0..captures.len() {
        let group = captures.get(idx).map_or("", |it| it.as_str());
        out = out.replace(&format!("{{{idx}}}"), group);
    }
    out
}

impl NameMatch {
    /// The name that takes the place of another; `None` where the rule does not fit.
    fn change(&self, name: &str) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        match self {
            Self::Exact(from, to) => (lower == *from).then(|| to.clone()),
            Self::Prefix(from, to) => lower.strip_prefix(from.as_str()).map(|rest| format!("{to}{rest}")),
            Self::Suffix(from, to) => lower.strip_suffix(from.as_str()).map(|rest| format!("{rest}{to}")),
            Self::Substring(from, to) => lower.contains(from.as_str()).then(|| lower.replace(from.as_str(), to)),
            Self::Regex(regex, to) => regex.captures(&lower).map(|captures| absolute(&filled(to, &captures))),
        }
    }
}

/// A question as rules make it.
pub(super) fn rewritten<'a>(rules: &'a [Rewrite], name: &str, kind: RecordType) -> Rewritten<'a> {
    let mut it = Rewritten {
        name: name.to_owned(),
        kind,
        applied: Vec::new(),
        original: name.to_owned(),
    };
    for rule in rules {
        let applies = match &rule.what {
            RewriteWhat::Name(found) => match found.change(&it.name) {
                Some(name) => {
                    it.name = name;
                    true
                }
                None => false,
            },
            RewriteWhat::Type(from, to) if *from == it.kind => {
                it.kind = *to;
                true
            }
            RewriteWhat::Type(..) => false,
        };
        if applies {
            it.applied.push(rule);
            if !rule.goes_on {
                break;
            }
        }
    }
    it
}

impl Rewrite {
    /// Reads the words behind `rewrite`, and the lines of its block.
    ///
    /// # Errors
    /// What of it is not simulated.
    pub(super) fn read(words: &[String], block: &[Vec<String>]) -> Result<Self, String> {
        let (goes_on, words) = match words.first().map(String::as_str) {
            Some("continue") => (true, &words[1..]),
            Some("stop") => (false, &words[1..]),
            _ => (false, words),
        };
        let lines: Vec<&[String]> = if words.is_empty() {
            block.iter().map(Vec::as_slice).collect()
        } else {
            vec![words]
        };
        let mut what = None;
        let (mut answers, mut auto) = (Vec::new(), false);
        for line in lines {
            let text: Vec<&str> = line.iter().map(String::as_str).collect();
            let whole = || format!("rewrite {}", text.join(" "));
            match text.as_slice() {
                ["answer", "auto"] => auto = true,
                ["answer", "name", pattern, to] | ["answer", pattern, to] => {
                    answers.push((
                        Regex::new(&format!("(?i){pattern}")).map_err(|_| whole())?,
                        (*to).to_owned(),
                    ));
                }
                ["type", from, to] => {
                    let kind = |text: &str| RecordType::parse(text).ok_or_else(whole);
                    what = Some(RewriteWhat::Type(kind(from)?, kind(to)?));
                }
                // These change nothing of what a client reads.
                ["class" | "edns0", ..] => {}
                ["name", rest @ ..] => {
                    let (how, rest) = match rest {
                        [how @ ("exact" | "prefix" | "suffix" | "substring" | "regex"), rest @ ..] => (*how, rest),
                        rest => ("exact", rest),
                    };
                    let [from, to, more @ ..] = rest else {
                        return Err(whole());
                    };
                    match more {
                        [] => {}
                        ["answer", "auto"] => auto = true,
                        ["answer", "name", pattern, to] => {
                            answers.push((
                                Regex::new(&format!("(?i){pattern}")).map_err(|_| whole())?,
                                (*to).to_owned(),
                            ));
                        }
                        _ => return Err(whole()),
                    }
                    let (lower, to) = (from.to_ascii_lowercase(), (*to).to_owned());
                    what = Some(RewriteWhat::Name(match how {
                        "exact" => {
                            auto = true;
                            NameMatch::Exact(absolute(&lower), absolute(&to))
                        }
                        "prefix" => NameMatch::Prefix(lower, to),
                        "suffix" => NameMatch::Suffix(absolute(&lower), absolute(&to)),
                        "substring" => NameMatch::Substring(lower, to),
                        _ => NameMatch::Regex(Regex::new(&format!("(?i){from}")).map_err(|_| whole())?, to),
                    }));
                }
                _ => return Err(whole()),
            }
        }
        let what = what.ok_or_else(|| "rewrite".to_owned())?;
        Ok(Self {
            what,
            goes_on,
            answers,
            auto,
        })
    }
}

/// A `template` and its zones.
#[derive(Clone, Debug)]
pub struct Template {
    /// `None`: all.
    kind: Option<RecordType>,
    zones: Vec<String>,
    matches: Vec<Regex>,
    answers: Vec<String>,
    rcode: Rcode,
    /// Zones whose names go on where no expression matches; `None` where none do.
    fall_through: Option<Vec<String>>,
}

impl Template {
    /// Reads the words behind `template`, and the lines of its block.
    ///
    /// # Errors
    /// What of it is not simulated.
    pub(super) fn read(words: &[String], block: &[Vec<String>], server_zones: &[String]) -> Result<Self, String> {
        let [class, kind, zones @ ..] = words else {
            return Err("template".to_owned());
        };
        if !matches!(class.as_str(), "IN" | "in" | "ANY" | "any") {
            return Err(format!("template {class}"));
        }
        let zones = if zones.is_empty() { server_zones } else { zones };
        let mut it = Self {
            kind: match kind.to_ascii_uppercase().as_str() {
                "ANY" => None,
                text => Some(RecordType::parse(text).ok_or_else(|| format!("template {class} {kind}"))?),
            },
            zones: zones.iter().map(|it| absolute(&it.to_ascii_lowercase())).collect(),
            matches: Vec::new(),
            answers: Vec::new(),
            rcode: Rcode::NoError,
            fall_through: None,
        };
        for line in block {
            let rest = &line[1..];
            match line[0].as_str() {
                "match" => {
                    for pattern in rest {
                        // Go writes named groups as `(?P<name>…)`, and so does this.
                        let regex =
                            Regex::new(&format!("(?i){pattern}")).map_err(|_| format!("template match {pattern}"))?;
                        it.matches.push(regex);
                    }
                }
                "answer" => it.answers.extend(rest.iter().cloned()),
                "rcode" => {
                    let name = rest.first().map_or("", String::as_str).to_ascii_uppercase();
                    it.rcode = Rcode::parse(&name).ok_or_else(|| format!("template rcode {name}"))?;
                }
                "fallthrough" => {
                    let zones = rest.iter().map(|it| absolute(&it.to_ascii_lowercase())).collect();
                    it.fall_through = Some(zones);
                }
                "additional" | "authority" | "upstream" | "ederror" => {}
                other => return Err(format!("template option {other}")),
            }
        }
        Ok(it)
    }

    /// What it answers; `None` where the question goes on.
    fn answer(&self, name: &str, kind: RecordType) -> Option<Answer> {
        let zone = self.zones.iter().find(|zone| is_within(name, zone))?;
        if self.kind.is_some_and(|it| it != kind) {
            return None;
        }
        let every = Regex::new("").ok();
        let expressions = self
            .matches
            .iter()
            .chain(every.iter().filter(|_| self.matches.is_empty()));
        let captures = expressions.filter_map(|it| it.captures(name)).next();
        let Some(captures) = captures else {
            let goes_on = self
                .fall_through
                .as_ref()
                .is_some_and(|zones| zones.is_empty() || zones.iter().any(|zone| is_within(name, zone)));
            return (!goes_on).then(|| Answer::empty(Rcode::NxDomain, Basis::Template));
        };
        let mut answer = Answer::empty(self.rcode, Basis::Template);
        for text in &self.answers {
            let text = expanded(text, name, zone, kind, &captures);
            answer.answers.extend(record(&text));
        }
        Some(answer)
    }
}

/// What templates answer; `None` where the question goes on.
pub(super) fn from_templates(templates: &[Template], name: &str, kind: RecordType) -> Option<Answer> {
    templates.iter().find_map(|it| it.answer(name, kind))
}

/// A text with its actions `{{ … }}` filled in; one that is not known becomes nothing.
fn expanded(text: &str, name: &str, zone: &str, kind: RecordType, captures: &Captures<'_>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((action, after)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        let words: Vec<&str> = action.trim_matches(['-', ' ']).split_whitespace().collect();
        let group = |idx: &str| {
            idx.parse()
                .ok()
                .and_then(|idx: usize| captures.get(idx))
                .map_or("", |it| it.as_str())
        };
        match words.as_slice() {
            [".Name"] => out.push_str(name),
            [".Zone"] => out.push_str(zone),
            [".Type"] => out.push_str(kind.name()),
            [".Class"] => out.push_str("IN"),
            ["index", ".Match", idx] => out.push_str(group(idx)),
            [".Match", idx] => out.push_str(group(idx)),
            [field] if field.starts_with(".Group.") => {
                let group = captures.name(&field[".Group.".len()..]);
                out.push_str(group.map_or("", |it| it.as_str()));
            }
            ["index", ".Group", name] => {
                out.push_str(captures.name(name.trim_matches('"')).map_or("", |it| it.as_str()));
            }
            _ => {}
        }
        rest = after;
    }
    out + rest
}

/// A record as zone files have it: `name ttl IN A 10.0.0.1`; `None` for what is none.
fn record(text: &str) -> Option<Record> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let owner = absolute(words.first()?);
    words.remove(0);
    let mut ttl = 3600;
    let kind = loop {
        let word = words.first().copied()?;
        words.remove(0);
        if let Ok(number) = word.parse() {
            ttl = number;
        } else if !word.eq_ignore_ascii_case("IN") {
            break RecordType::parse(word)?;
        }
    };
    fn parsed<T: FromStr>(text: Option<&&str>) -> Option<T> {
        text?.parse().ok()
    }
    let data = match kind {
        RecordType::A => RecordData::A(parsed(words.first())?),
        RecordType::Aaaa => RecordData::Aaaa(parsed(words.first())?),
        RecordType::Cname => RecordData::Cname(absolute(words.first()?)),
        RecordType::Ptr => RecordData::Ptr(absolute(words.first()?)),
        RecordType::Ns => RecordData::Ns(absolute(words.first()?)),
        RecordType::Txt => RecordData::Txt(words.join(" ").trim_matches('"').to_owned()),
        RecordType::Srv => RecordData::Srv {
            priority: parsed(words.first())?,
            weight: parsed(words.get(1))?,
            port: parsed(words.get(2))?,
            target: absolute(words.get(3)?),
        },
        _ => return None,
    };
    Some(Record { owner, ttl, data })
}
