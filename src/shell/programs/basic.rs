//! Small programs every container has: `echo`, `cat`, `env`, `grep`, `sleep` and their like.

use std::collections::BTreeMap;

use crate::api::types::core::Pod;
use crate::cluster::envvars::{self, ServiceKnowledge};
use crate::net::Source;
use crate::net::dns::hosts::PodHost;
use crate::net::dns::resolv_conf::{KubeletDns, PodDns, ResolvConf, of_pod};
use crate::shell::Output;
use crate::shell::kubectl::Context;
use crate::sim::Duration;
use crate::small_sort::SmallSort as _;

/// Seconds that one `sleep` may let pass.
const LONGEST_SLEEP: f64 = 86_400.0;

pub(super) fn succeed(_: &mut Context<'_>, _: &Source, _: &[String]) -> Output {
    Output::default()
}

pub(super) fn fail(_: &mut Context<'_>, _: &Source, _: &[String]) -> Output {
    Output::failed("", 1)
}

pub(super) fn echo(_: &mut Context<'_>, _: &Source, words: &[String]) -> Output {
    match words.split_first() {
        Some((flag, rest)) if flag == "-n" => Output::ok(rest.join(" ")),
        Some((flag, rest)) if flag == "-e" => {
            Output::ok(rest.join(" ").replace("\\n", "\n").replace("\\t", "\t") + "\n")
        }
        _ => Output::ok(words.join(" ") + "\n"),
    }
}

/// Lets virtual time pass: `sleep 5`, `sleep 1m`.
pub(super) fn sleep(context: &mut Context<'_>, _: &Source, words: &[String]) -> Output {
    let mut total = 0.0;
    for word in words {
        let (number, factor) = match word.strip_suffix(['s', 'm', 'h', 'd']) {
            Some(number) => {
                let factor = match word.as_bytes().last() {
                    Some(b'm') => 60.0,
                    Some(b'h') => 3600.0,
                    Some(b'd') => 86_400.0,
                    _ => 1.0,
                };
                (number, factor)
            }
            None => (word.as_str(), 1.0),
        };
        match number.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => total += number * factor,
            _ => return Output::failed(format!("sleep: invalid time interval '{word}'\n"), 1),
        }
    }
    if words.is_empty() {
        return Output::failed("sleep: missing operand\n", 1);
    }
    if total > LONGEST_SLEEP {
        return Output::failed(
            format!("sleep: one command may let at most {LONGEST_SLEEP} s of virtual time pass\n"),
            1,
        );
    }
    context.advance(Duration::from_millis((total * 1000.0) as i64));
    Output::default()
}

/// The pod at a place.
fn pod_at(context: &Context<'_>, place: &Source) -> Option<Pod> {
    match place {
        Source::Pod { namespace, name } => context.world.snapshot().get::<Pod>(namespace, name).cloned(),
        _ => None,
    }
}

/// `/etc/resolv.conf` as programs at a place read it.
pub(super) fn resolv_conf(context: &Context<'_>, place: &Source) -> ResolvConf {
    let kubelet = KubeletDns::of_cluster(&context.world.snapshot());
    match pod_at(context, place) {
        Some(pod) => of_pod(&kubelet, PodDns::of(&pod)).0,
        None => ResolvConf::parse(&kubelet.resolv_conf).0,
    }
}

/// Files that a place has by itself.
fn own_file(context: &Context<'_>, place: &Source, path: &str) -> Option<String> {
    match path {
        "/etc/resolv.conf" => Some(resolv_conf(context, place).to_string()),
        "/etc/hostname" => Some(name_of(context, place) + "\n"),
        "/etc/hosts" => Some(PodHost::of(&context.world.snapshot(), &pod_at(context, place)?).file()),
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace" => Some(pod_at(context, place)?.metadata.namespace),
        _ => None,
    }
}

fn name_of(context: &Context<'_>, place: &Source) -> String {
    match place {
        Source::Pod { name, .. } => match pod_at(context, place) {
            Some(pod) => PodHost::of(&context.world.snapshot(), &pod).kernel,
            None => name.clone(),
        },
        Source::Node(name) => name.clone(),
        Source::Client => "client".to_owned(),
        Source::Address(address) => address.to_string(),
    }
}

pub(super) fn hostname(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    match words.first().map(String::as_str) {
        Some("-i" | "-I" | "--ip-address" | "--all-ip-addresses") => match pod_at(context, place) {
            Some(pod) => Output::ok(pod.status.pod_ip + "\n"),
            None => Output::failed("hostname: not simulated here\n", 1),
        },
        _ => Output::ok(name_of(context, place) + "\n"),
    }
}

pub(super) fn cat(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let mut output = Output::default();
    let paths: Vec<&String> = words.iter().filter(|it| *it == "-" || !it.starts_with('-')).collect();
    if paths.is_empty() {
        output.stdout = context.stdin.clone().unwrap_or_default();
    }
    for path in paths {
        match own_file(context, place, path).or_else(|| context.file(path)) {
            Some(text) => output.stdout.push_str(&text),
            None => {
                output
                    .stderr
                    .push_str(&format!("cat: {path}: No such file or directory\n"));
                output.exit_code = 1;
            }
        }
    }
    output
}

/// Environment variables of the first container of the pod at a place.
pub(super) fn environment(context: &Context<'_>, place: &Source) -> Result<BTreeMap<String, String>, String> {
    let Some(pod) = pod_at(context, place) else {
        return Ok(BTreeMap::from([("HOME".to_owned(), "/root".to_owned())]));
    };
    let mut variables = BTreeMap::from([
        ("HOME".to_owned(), "/root".to_owned()),
        ("HOSTNAME".to_owned(), name_of(context, place)),
        (
            "PATH".to_owned(),
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        ),
    ]);
    if let Some(container) = pod.spec.containers.first() {
        let found =
            envvars::container_environment(&context.world.snapshot(), &pod, container, ServiceKnowledge::default())
                .map_err(|error| error.to_string())?;
        variables.extend(found.into_iter().map(|(name, it)| (name, it.value)));
    }
    Ok(variables)
}

/// `env` and `printenv [NAME]`.
pub(super) fn env(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let variables = match environment(context, place) {
        Ok(variables) => variables,
        Err(error) => return Output::failed(format!("env: {error}\n"), 1),
    };
    match words.first() {
        Some(name) if !name.starts_with('-') => match variables.get(name) {
            Some(value) => Output::ok(format!("{value}\n")),
            None => Output::failed("", 1),
        },
        _ => Output::ok(
            variables
                .iter()
                .map(|(name, value)| format!("{name}={value}\n"))
                .collect::<String>(),
        ),
    }
}

/// The text a filter works on: the file that is its last argument, or standard input.
pub(super) fn filtered(context: &Context<'_>, place: &Source, files: &[&String]) -> Result<String, Output> {
    match files.first() {
        None => Ok(context.stdin.clone().unwrap_or_default()),
        Some(path) => own_file(context, place, path)
            .or_else(|| context.file(path))
            .ok_or_else(|| Output::failed(format!("{path}: No such file or directory\n"), 2)),
    }
}

/// `grep [-icvqEF] PATTERN [FILE]`: regular expressions as `egrep` has them.
pub(super) fn grep(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let flags: String = words
        .iter()
        .filter(|it| it.starts_with('-') && it.len() > 1)
        .map(|it| it.trim_start_matches('-'))
        .collect();
    if let Some(unknown) = flags.chars().find(|it| !"icvqEFno".contains(*it)) {
        return Output::failed(format!("grep: -{unknown} is not simulated in this shell\n"), 2);
    }
    let rest: Vec<&String> = words
        .iter()
        .filter(|it| !(it.starts_with('-') && it.len() > 1))
        .collect();
    let Some((pattern, files)) = rest.split_first() else {
        return Output::failed("Usage: grep [OPTION]... PATTERNS [FILE]...\n", 2);
    };
    let text = match filtered(context, place, files) {
        Ok(text) => text,
        Err(output) => return output,
    };
    let has = |flag: char| flags.contains(flag);
    let fold = |text: &str| if has('i') { text.to_lowercase() } else { text.to_owned() };
    let regex = if has('F') {
        None
    } else {
        match regex_lite::Regex::new(&fold(pattern)) {
            Ok(regex) => Some(regex),
            Err(error) => return Output::failed(format!("grep: {error}\n"), 2),
        }
    };
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| {
            let line = fold(line);
            let hit = match &regex {
                Some(regex) => regex.is_match(&line),
                None => line.contains(&fold(pattern)),
            };
            hit != has('v')
        })
        .map(|(idx, line)| {
            if has('n') {
                format!("{}:{line}", idx + 1)
            } else {
                line.to_owned()
            }
        })
        .collect();
    let stdout = if has('q') {
        String::new()
    } else if has('c') {
        format!("{}\n", lines.len())
    } else {
        lines.iter().map(|line| format!("{line}\n")).collect()
    };
    Output {
        stdout,
        exit_code: i32::from(lines.is_empty()),
        ..Output::default()
    }
}

/// The number of lines that `head` and `tail` show, and the files.
fn count(words: &[String]) -> (usize, Vec<&String>) {
    let mut number = 10;
    let mut files = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix('-') {
            Some("n") => number = words.next().and_then(|it| it.parse().ok()).unwrap_or(10),
            Some(digits) if !digits.is_empty() => {
                number = digits.trim_start_matches('n').parse().unwrap_or(10);
            }
            _ => files.push(word),
        }
    }
    (number, files)
}

pub(super) fn head(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let (number, files) = count(words);
    match filtered(context, place, &files) {
        Ok(text) => Output::ok(text.split_inclusive('\n').take(number).collect::<String>()),
        Err(output) => output,
    }
}

pub(super) fn tail(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let (number, files) = count(words);
    match filtered(context, place, &files) {
        Ok(text) => {
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            Output::ok(lines[lines.len().saturating_sub(number)..].concat())
        }
        Err(output) => output,
    }
}

pub(super) fn sort(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let files: Vec<&String> = words.iter().filter(|it| !it.starts_with('-')).collect();
    let has = |flag: &str| words.iter().any(|it| it == flag);
    match filtered(context, place, &files) {
        Ok(text) => {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.small_sort();
            if has("-u") {
                lines.dedup();
            }
            if has("-r") {
                lines.reverse();
            }
            Output::ok(lines.iter().map(|line| format!("{line}\n")).collect::<String>())
        }
        Err(output) => output,
    }
}

pub(super) fn wc(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let files: Vec<&String> = words.iter().filter(|it| !it.starts_with('-')).collect();
    match filtered(context, place, &files) {
        Ok(text) => {
            let (lines, n_words, bytes) = (text.matches('\n').count(), text.split_whitespace().count(), text.len());
            Output::ok(match words.iter().find(|it| it.starts_with('-')).map(String::as_str) {
                Some("-l") => format!("{lines}\n"),
                Some("-w") => format!("{n_words}\n"),
                Some("-c") => format!("{bytes}\n"),
                _ => format!("{lines:7} {n_words:7} {bytes:7}\n"),
            })
        }
        Err(output) => output,
    }
}
