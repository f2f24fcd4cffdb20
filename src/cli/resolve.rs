//! `kubehop resolve`: what a name comes to in a pod, search list and all.

use serde::Serialize;

use super::args::{Format, ResolveArgs, WorldArgs};
use super::trace::{DnsDocument, check_source, dns};
use super::{Host, Outcome, prepared};
use crate::net::dns::RecordType;

#[derive(Serialize)]
struct Document {
    rcode: &'static str,
    answers: Vec<String>,
    tried: Vec<DnsDocument>,
}

pub(super) fn run(args: &ResolveArgs, world_args: &WorldArgs, host: &dyn Host) -> Result<Outcome, String> {
    let kind = RecordType::parse(&args.kind).ok_or_else(|| format!("{:?} is no type of record", args.kind))?;
    let (mut world, _, refused) = prepared(&args.files, world_args, host)?;
    check_source(&world.snapshot(), &args.from)?;
    let result = world.resolve(&args.from, &args.name, kind);
    let document = Document {
        rcode: result.rcode,
        answers: result.answers,
        tried: result.tried.iter().map(dns).collect(),
    };
    let stdout = match args.output {
        Format::Json => serde_json::to_string_pretty(&document).map_err(|error| error.to_string())? + "\n",
        Format::Text => {
            let mut out = String::new();
            for it in &result.tried {
                out.push_str(&format!("{} {} {}\n", it.kind, it.name, it.rcode));
            }
            for answer in &document.answers {
                out.push_str(&format!("{answer}\n"));
            }
            out.push_str(&format!("{}\n", document.rcode));
            out
        }
    };
    Ok(Outcome {
        stdout,
        code: u8::from(!refused.is_empty()),
        stderr: refused,
    })
}
