//! Tests of this module: one behavior each.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn one(text: &str) -> Value {
    let parsed = parse(FileId(0), text);
    assert_eq!(
        parsed
            .diagnostics
            .iter()
            .filter(|it| it.severity == Severity::Error)
            .count(),
        0,
        "{:?}",
        parsed.diagnostics
    );
    parsed.documents[0].root.to_value()
}

fn message(text: &str) -> String {
    parse(FileId(0), text).syntax_error.expect("does not read").message
}

#[test]
fn values_are_what_kubectl_sends() {
    assert_eq!(
        one("a: yes\nb: 0777\nc: '1'\nd:\ne: [1, {f: 2}]\n"),
        json!({"a": true, "b": 511, "c": "1", "d": null, "e": [1, {"f": 2}]})
    );
    assert_eq!(
        one("1: a\ntrue: b\n1.5: c\n"),
        json!({"1": "a", "true": "b", "1.5": "c"})
    );
    assert_eq!(one("{\"a\": \"b\", \"c\": [1, 2,],}"), json!({"a": "b", "c": [1, 2]}));
    assert_eq!(
        one("a: |\n  x\n  y\nb: >-\n  x\n  y\n"),
        json!({"a": "x\ny\n", "b": "x y"})
    );
    assert_eq!(one("a: !!str 80\n"), json!({"a": "80"}));
    assert_eq!(one("a: 1\r\nb: 2\r\n"), json!({"a": 1, "b": 2}));
}

#[test]
fn anchors_and_merge_keys_expand_in_the_order_of_the_text() {
    assert_eq!(
        one("a: &x {p: 1, q: 2}\nb: *x\nc:\n  q: 3\n  <<: *x\nd:\n  <<: *x\n  q: 3\n"),
        json!({
        "a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 2}, "c": {"p": 1, "q": 2}, "d": {"p": 1, "q": 3}})
    );
}

#[test]
fn spans_lead_back_to_the_text() {
    let text = "kind: Service\nspec:\n  # ports\n  ports:\n  - port: 80\n    name: 웹\n  - {port: 81}\n  selector:\n    a.b/c: d\n  empty:\n  last: x\n";
    let parsed = parse(FileId(3), text);
    let at = |field: &str| {
        let span = parsed.documents[0].locate(field);
        assert_eq!(span.file, FileId(3));
        &text[span.start as usize..span.end as usize]
    };
    assert_eq!(at("spec.ports[0].port"), "port: 80");
    assert_eq!(at("spec.ports[0].name"), "name: 웹");
    assert_eq!(at("spec.ports[1]"), "{port: 81}");
    assert_eq!(at("spec.ports[1].port"), "port: 81");
    assert_eq!(at("spec.ports[1].nodePort"), "{port: 81}");
    assert_eq!(at("spec.ports[0]"), "port: 80\n    name: 웹");
    assert_eq!(at("spec.selector[a.b/c]"), "a.b/c: d");
    assert_eq!(at("spec.empty"), "empty:");
    assert_eq!(at("spec.last"), "last: x");
    assert_eq!(at("kind"), "kind: Service");
}

#[test]
fn flow_collections_may_be_indented_as_they_like() {
    let text = "spec:\n  a: yes\n  rules: [ # first\n {host: \"x # y\"}, # 둘\n {host: 'z'}\n]\n";
    let parsed = parse(FileId(0), text);
    assert_eq!(
        one(text),
        json!({"spec": {"a": true, "rules": [{"host": "x # y"}, {"host": "z"}]}})
    );
    let span = parsed.documents[0].locate("spec.rules[1].host");
    assert_eq!(&text[span.start as usize..span.end as usize], "host: 'z'");
    assert_eq!(one("\u{feff}a: 1\n"), json!({"a": 1}));
}

#[test]
fn documents_stand_by_themselves() {
    let parsed = parse(FileId(0), "a: 1\n---\nb: *.x\n---\n---\nc: 3\n---\nnull\n");
    let values: Vec<_> = parsed
        .documents
        .iter()
        .map(|it| (it.index, it.root.to_value()))
        .collect();
    assert_eq!(values, [(0, json!({"a": 1})), (2, json!({"c": 3}))]);
    assert_eq!(parsed.syntax_error.expect("broken").index, 1);
}

#[test]
fn a_list_becomes_its_items() {
    let parsed = parse(
        FileId(0),
        "apiVersion: v1\nkind: List\nitems:\n- kind: A\n- kind: B\n---\nkind: C\n",
    );
    let rows: Vec<_> = parsed.documents.iter().map(|it| (it.in_list, it.index)).collect();
    assert_eq!(rows, [(true, 0), (true, 0), (false, 1)]);
}

#[test]
fn syntax_errors_are_worded_and_placed_as_by_kubectl() {
    let head = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n";
    let rows = [
        (
            "  ports:\n\t- port: 80\n",
            "line 7: found character that cannot start any token",
        ),
        (
            "  rules:\n  - host: *.example.com\n",
            "line 7: did not find expected alphabetic or numeric character",
        ),
        (
            "  ports:\n  - port: 80\n      targetPort: 80\n",
            "line 8: mapping values are not allowed in this context",
        ),
        (
            "  selector:\n    app: web\n   ports: []\n",
            "line 7: did not find expected key",
        ),
        ("  type: \"NodePort\n", "line 7: found unexpected end of stream"),
    ];
    for (tail, expected) in rows {
        assert_eq!(
            message(&format!("{head}{tail}")),
            format!("error converting YAML to JSON: yaml: {expected}")
        );
    }
    let rows = [
        (
            "apiVersion: v1\nkind Service\nmetadata:\n  name: web\n",
            "error converting YAML to JSON: yaml: line 3: could not find expected ':'",
        ),
        (
            " ---\napiVersion: v1\n",
            "error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context",
        ),
        (
            "name: @web\n",
            "error converting YAML to JSON: yaml: found character that cannot start any token",
        ),
        (
            "metadata:\n  name: {{ .Release.Name }}\n",
            "error converting YAML to JSON: yaml: invalid map key: map[interface {}]interface {}{\".Release.Name\":interface {}(nil)}",
        ),
        ("{\"a\": {\"b\": 1}", "unexpected EOF"),
        (
            "{\"a\": 1 \"b\": 2}",
            "json: offset 9: invalid character '\"' after object key:value pair",
        ),
        (
            "{\"a\": 1}\n{\"b\": 2}\n---\n",
            "invalid character '-' in numeric literal",
        ),
        (
            "a: *x\n",
            "error converting YAML to JSON: yaml: unknown anchor 'x' referenced",
        ),
        (
            "a: &a [*a]\n",
            "error converting YAML to JSON: yaml: anchor 'a' value contains itself",
        ),
        ("--- kind: Service\n", "invalid Yaml document separator: kind: Service"),
        (
            "a: .inf\n",
            "error converting YAML to JSON: json: unsupported value: +Inf",
        ),
        (
            "a: \u{1}\n",
            "error converting YAML to JSON: yaml: control characters are not allowed",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(message(text), expected, "{text}");
    }
}

#[test]
fn syntax_errors_point_at_the_place_and_offer_help() {
    let text = "spec:\n\tports: []\n";
    let parsed = parse(FileId(0), text);
    let found = &parsed.diagnostics[0];
    assert_eq!(found.span, Some(Span::new(FileId(0), 6, 7)));
    assert!(found.explain.is_some());
    assert_eq!(found.hints[0].edit, Some((Span::new(FileId(0), 6, 7), "  ".to_owned())));
}

#[test]
fn repeated_keys_are_warned_about_and_the_last_wins() {
    let text = "spec:\n  port: 80\n  port: 81\n";
    let parsed = parse(FileId(0), text);
    assert_eq!(parsed.documents[0].root.to_value(), json!({"spec": {"port": 81}}));
    assert_eq!(parsed.diagnostics[0].code, "yaml/duplicate-key");
    assert_eq!(parsed.diagnostics[0].span, Some(Span::new(FileId(0), 19, 23)));
}

#[test]
fn a_forgotten_separator_is_recognized_and_mended() {
    let text = "apiVersion: v1\nkind: A\nmetadata: {}\napiVersion: v1\nkind: B\n";
    let parsed = parse(FileId(0), text);
    let found: Vec<_> = parsed.diagnostics.iter().map(|it| it.code).collect();
    assert_eq!(found, ["yaml/missing-separator"]);
    let (span, edit) = parsed.diagnostics[0].hints[0].edit.clone().expect("an edit");
    let mended = format!("{}{edit}{}", &text[..span.start as usize], &text[span.end as usize..]);
    assert_eq!(parse(FileId(0), &mended).documents.len(), 2);
}

#[test]
fn limits_are_named() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    assert!(message(&deep).contains("100 levels"), "{}", message(&deep));
    let big = format!("a: \"{}\"\n", "x".repeat(limits::DOCUMENT_BYTES));
    assert!(message(&big).contains("2097152 bytes"));
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for step in 1..9 {
        let item = format!("*a{}", step - 1);
        bomb.push_str(&format!("a{step}: &a{step} [{}]\n", vec![item; 10].join(",")));
    }
    assert!(message(&bomb).contains("excessive aliasing"));
    let many = "kind: A\n---\n".repeat(limits::OBJECTS + 5);
    let parsed = parse(FileId(0), &many);
    assert_eq!(parsed.documents.len(), limits::OBJECTS);
    assert!(parsed.syntax_error.expect("too many").message.contains("20000 objects"));
}

#[test]
fn limits_are_those_of_a_text_not_only_of_a_document() {
    // Each document's aliases are within the document's limit.
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n---\n";
    let parsed = parse(FileId(0), &bomb.repeat(500));
    let codes: Vec<_> = parsed.diagnostics.iter().map(|it| it.code).collect();
    assert!(codes.contains(&"limit/aliases"));
    assert!(parsed.documents.len() > 10, "the first ones are read");
    // What cannot be read is told, but not without end.
    let parsed = parse(FileId(0), &"a: *x\n---\n".repeat(1_000));
    assert_eq!(parsed.diagnostics.len(), limits::UNREADABLE + 1);
    assert_eq!(parsed.diagnostics[limits::UNREADABLE].code, "limit/unreadable");
    // Neither are keys that stand twice.
    let parsed = parse(FileId(0), &"a: 1\n".repeat(1_001));
    assert_eq!(parsed.diagnostics.len(), limits::REPEATED_KEYS);
    let last = &parsed.diagnostics[limits::REPEATED_KEYS - 1].message;
    assert!(last.ends_with("; 900 more keys of this text repeat one"), "{last}");
}

#[test]
fn syntax_errors_point_at_whole_letters_of_the_text() {
    let at = |text: &str| {
        let parsed = parse(FileId(0), text);
        let span = parsed.diagnostics[0].span.expect("a place");
        text.get(span.start as usize..span.end as usize).map(str::to_owned)
    };
    assert_eq!(at("a: \u{1}\n").as_deref(), Some("\u{1}"));
    assert_eq!(at("a: \u{fffe}b\n").as_deref(), Some("\u{fffe}"));
    assert_eq!(at("a: 웹\u{9f}\n").as_deref(), Some("\u{9f}"));
    assert_eq!(at("{\"a\": 웹 \"b\": 1}").as_deref(), Some("웹"));
    // libyaml begins a line here, an editor does not.
    assert_eq!(at("a: b\u{2028}c: *x\n").as_deref(), Some("*x"));
    assert_eq!(at("a: 가\u{85}b: *x\n").as_deref(), Some("*x"));
    assert_eq!(at("a: 1\n---\n\u{feff}b: *x\n").as_deref(), Some("*x"));
    assert_eq!(at("\u{feff}b: *x\n").as_deref(), Some("*x"));
    assert_eq!(at("가: *x").as_deref(), Some("*x"));
}

/// Bits of YAML that make interesting texts when thrown together.
fn yaml_like() -> impl Strategy<Value = String> {
    let bit = prop_oneof![
        Just("a: "),
        Just("- "),
        Just("\n"),
        Just("  "),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(", "),
        Just("&x "),
        Just("*x"),
        Just("<<: "),
        Just("---\n"),
        Just("...\n"),
        Just("|\n"),
        Just(">-\n"),
        Just("\""),
        Just("'"),
        Just("!!str "),
        Just("!t "),
        Just("? "),
        Just(": "),
        Just("#c"),
        Just("\t"),
        Just("가"),
        Just("\u{85}"),
        Just("\u{2028}"),
        Just("\u{feff}"),
        Just("\u{7}"),
        Just("*"),
        Just("{\"a\": "),
        Just("\r"),
        Just("%YAML 1.1\n"),
        Just("0777"),
        Just("yes"),
        Just("apiVersion: v1\n"),
        Just("kind: List\n"),
        Just("items:\n"),
    ];
    proptest::collection::vec(bit, 0..40).prop_map(|bits| bits.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "\\PC*|[\\x00-\\x7f]*") {
        let _ = parse(FileId(0), &text);
    }

    #[test]
    fn anything_like_yaml_is_read_with_spans_inside_the_text(text in yaml_like()) {
        fn check(node: &Node, text: &str) {
            let (start, end) = (node.span.start as usize, node.span.end as usize);
            assert!(start <= end && text.get(start..end).is_some(), "{start}..{end} of {text:?}");
            match &node.kind {
                NodeKind::Scalar(_) => {}
                NodeKind::Sequence(items) => items.iter().for_each(|item| check(item, text)),
                NodeKind::Mapping(entries) => entries.iter().for_each(|entry| {
                    assert!(text.get(entry.key_span.start as usize..entry.key_span.end as usize).is_some());
                    check(&entry.value, text);
                }),
            }
        }
        let parsed = parse(FileId(0), &text);
        let refused = parsed.syntax_error.iter().map(|it| it.span);
        let told = parsed.diagnostics.iter().flat_map(|it| {
            it.span.into_iter().chain(it.hints.iter().filter_map(|hint| Some(hint.edit.as_ref()?.0)))
        });
        for span in refused.chain(told) {
            let cut = text.get(span.start as usize..span.end as usize);
            prop_assert!(cut.is_some(), "{:?} of {:?}: {:?}", span, text, parsed.diagnostics);
        }
        for document in parsed.documents {
            check(&document.root, &text);
        }
    }

    #[test]
    fn reading_what_was_printed_gives_the_same_value(value in json_values()) {
        let value = json!({"spec": value});
        let printed = serde_yaml::to_string(&value).expect("prints");
        let parsed = parse(FileId(0), &printed);
        prop_assert_eq!(parsed.documents.len(), 1, "{}", printed);
        prop_assert_eq!(parsed.documents[0].root.to_value(), value);
    }
}

/// Trees without text that YAML 1.1 and 1.2 read differently when printed plain (`yes`, `0o7`, `1_0`).
fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|it| json!(it)),
        "[a-z]{3,8} [a-z:#'\"-]{0,6}[가-힣]?".prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            proptest::collection::btree_map("[b-m]{4,6}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
