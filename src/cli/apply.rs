//! `kubehop apply`: what the API server makes of manifests.

use serde::Serialize;

use super::args::{ApplyArgs, Format, WorldArgs};
use super::texts::{PlaceInText, Texts};
use super::{Host, Outcome, world};
use crate::api::Refusal;
use crate::diag::{Diagnostic, Severity};
use crate::text::Lang;
use crate::world::{Applied, Verdict};

/// One document of the result.
#[derive(Serialize)]
struct Document {
    /// Which one, from 0, over all files.
    document: usize,
    kind: String,
    name: String,
    /// Null for cluster-wide kinds.
    namespace: Option<String>,
    /// `created`, `configured`, `unchanged` or `refused`.
    result: &'static str,
    errors: Vec<FieldError>,
    /// The server's warnings.
    warnings: Vec<String>,
    /// What Kubehop says beside it: what has no effect here, what nobody acts on.
    notes: Vec<Said>,
    /// What `kubectl apply` prints for it.
    text: String,
}

/// One thing that is said beside a document.
#[derive(Serialize)]
struct Said {
    /// The field it is about.
    field: String,
    text: String,
}

/// One thing that is wrong.
#[derive(Serialize)]
struct FieldError {
    /// Path as the server prints it; empty where there is none.
    field: String,
    /// `Invalid value`, `Required value`, …; the server's reason for what is no error of a field.
    #[serde(rename = "type")]
    kind: String,
    /// The detail behind the value, or the whole message.
    message: String,
    /// The whole line.
    text: String,
    /// Where it stands.
    span: Option<PlaceInText>,
    /// What the rule is for.
    explain: Option<String>,
    /// What to try.
    hints: Vec<String>,
}

pub(super) fn run(args: &ApplyArgs, world_args: &WorldArgs, host: &dyn Host) -> Result<Outcome, String> {
    let texts = Texts::read(&args.files, host)?;
    let mut world = world(world_args);
    let mut outcome = Outcome::default();
    let mut documents: Vec<Document> = Vec::new();
    for (file, name, text) in texts.iter() {
        let manner = crate::apply::ApplyOptions::plain(crate::apply::Verb::Apply, name);
        let result = world.take(file, text, manner);
        if result.exit_code != 0 {
            outcome.code = 1;
        }
        outcome.stdout.push_str(&result.stdout);
        outcome.stderr.push_str(&result.stderr);
        if args.output == Format::Text {
            outcome
                .stderr
                .push_str(&explanations(&result.diagnostics, &result.applied, &texts));
        }
        let first = documents.len();
        let mut applied: Vec<&Applied> = result.applied.iter().collect();
        applied.sort_by_key(|it| it.document);
        documents.extend(
            applied
                .into_iter()
                .map(|it| document(first, it, &texts, &result.stderr)),
        );
        // What keeps the text from being read stands by itself.
        for diagnostic in result.diagnostics.iter().filter(|it| it.severity == Severity::Error) {
            documents.push(unreadable(documents.len(), diagnostic, &texts, &result.stderr));
        }
    }
    if documents.is_empty() && outcome.code != 0 {
        documents.push(nothing_to_apply(&outcome.stderr));
    }
    if args.output == Format::Json {
        outcome.stdout = serde_json::to_string_pretty(&documents).map_err(|error| error.to_string())? + "\n";
    }
    Ok(outcome)
}

fn document(first: usize, applied: &Applied, texts: &Texts, stderr: &str) -> Document {
    let warnings = applied.warnings.iter().map(|it| format!("Warning: {it}\n"));
    let mut printed: String = warnings.filter(|it| stderr.contains(it.as_str())).collect();
    // Among several failures kubectl leaves `error: ` away.
    let plain = applied.text.strip_prefix("error: ");
    printed.push_str(
        plain
            .filter(|_| !stderr.contains(&applied.text))
            .unwrap_or(&applied.text),
    );
    Document {
        document: first + applied.document,
        kind: applied.kind.clone(),
        name: applied.name.clone(),
        namespace: (!applied.namespace.is_empty()).then(|| applied.namespace.clone()),
        result: applied.result.word(),
        errors: errors(applied, texts),
        warnings: applied.warnings.iter().map(ToString::to_string).collect(),
        notes: notes(applied),
        text: printed,
    }
}

/// What Kubehop says beside a document that was taken, in one sentence each.
fn notes(applied: &Applied) -> Vec<Said> {
    let told = applied.diagnostics.iter().filter(|it| it.severity != Severity::Error);
    told.map(|it| Said {
        field: it.field.clone(),
        text: it
            .explain
            .as_ref()
            .map_or(&*it.message, |text| text.get(Lang::En))
            .to_owned(),
    })
    .collect()
}

fn errors(applied: &Applied, texts: &Texts) -> Vec<FieldError> {
    let found = |idx: usize| {
        applied
            .diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .nth(idx)
    };
    let extras = |diagnostic: Option<&Diagnostic>| {
        let explain = diagnostic
            .and_then(|it| it.explain.as_ref())
            .map(|it| it.get(Lang::En).to_owned());
        let hints = diagnostic
            .into_iter()
            .flat_map(|it| &it.hints)
            .map(|it| it.text.get(Lang::En).to_owned())
            .collect();
        let span = diagnostic.and_then(|it| it.span).map(|it| texts.place(it));
        (span, explain, hints)
    };
    match &applied.refusal {
        None => Vec::new(),
        Some(Refusal::Invalid(errors)) => errors
            .iter()
            .enumerate()
            .map(|(idx, error)| {
                let (span, explain, hints) = extras(found(idx));
                FieldError {
                    field: error.field.to_string(),
                    kind: error.kind().name().to_owned(),
                    message: error.detail(),
                    text: error.to_string(),
                    span,
                    explain,
                    hints,
                }
            })
            .collect(),
        Some(Refusal::BadPatch(error)) => {
            let (span, explain, hints) = extras(found(0));
            // `patch: Invalid value: "map[…]": what is wrong`: the server blames the patch as if it were a field.
            vec![FieldError {
                field: "patch".to_owned(),
                kind: "Invalid value".to_owned(),
                message: error.why.to_string(),
                text: error.to_string(),
                span,
                explain,
                hints,
            }]
        }
        Some(refusal) => {
            let diagnostic = found(0);
            let (span, explain, hints) = extras(diagnostic);
            let message = refusal.message(&applied.kind, &applied.group, &applied.name);
            vec![FieldError {
                field: diagnostic.map(|it| it.field.clone()).unwrap_or_default(),
                kind: refusal.reason().unwrap_or("Client").to_owned(),
                text: message.clone(),
                message,
                span,
                explain,
                hints,
            }]
        }
    }
}

/// A text that could not be read on.
fn unreadable(idx: usize, diagnostic: &Diagnostic, texts: &Texts, stderr: &str) -> Document {
    Document {
        document: idx,
        kind: String::new(),
        name: String::new(),
        namespace: None,
        result: Verdict::Refused.word(),
        errors: vec![FieldError {
            field: diagnostic.field.clone(),
            kind: "Client".to_owned(),
            message: diagnostic.message.clone(),
            text: diagnostic.message.clone(),
            span: diagnostic.span.map(|it| texts.place(it)),
            explain: diagnostic.explain.as_ref().map(|it| it.get(Lang::En).to_owned()),
            hints: diagnostic
                .hints
                .iter()
                .map(|it| it.text.get(Lang::En).to_owned())
                .collect(),
        }],
        warnings: Vec::new(),
        notes: Vec::new(),
        text: stderr.trim_end().to_owned(),
    }
}

/// What stands for a text without documents.
fn nothing_to_apply(stderr: &str) -> Document {
    let text = stderr.trim_end().to_owned();
    Document {
        document: 0,
        kind: String::new(),
        name: String::new(),
        namespace: None,
        result: Verdict::Refused.word(),
        errors: vec![FieldError {
            field: String::new(),
            kind: "Client".to_owned(),
            message: text.strip_prefix("error: ").unwrap_or(&text).to_owned(),
            text: text.clone(),
            span: None,
            explain: None,
            hints: Vec::new(),
        }],
        warnings: Vec::new(),
        notes: Vec::new(),
        text,
    }
}

/// Beneath what kubectl says: where it stands, what the rule is for, what to try.
fn explanations(of_text: &[Diagnostic], applied: &[Applied], texts: &Texts) -> String {
    let mut out = String::new();
    for it in of_text.iter().chain(applied.iter().flat_map(|it| &it.diagnostics)) {
        let place = it.span.map(|span| texts.place(span).to_string());
        let explain = it.explain.as_ref().map(|text| text.get(Lang::En));
        if explain.is_none() && it.hints.is_empty() && it.severity != Severity::Error {
            continue;
        }
        let what = if it.field.is_empty() { it.code } else { &it.field };
        out.push_str(&format!("  {}: {what}\n", place.as_deref().unwrap_or("?")));
        for line in explain
            .into_iter()
            .chain(it.hints.iter().map(|hint| hint.text.get(Lang::En)))
        {
            out.push_str(&format!("    {line}\n"));
        }
    }
    out
}
