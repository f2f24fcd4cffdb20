//! The suffix that tells pods of different templates apart.
//!
//! A Deployment hashes Go's dump of the template's struct (`kubernetes pkg/controller/controller_utils.go`
//! `ComputeHash` over `spew`'s `%#v`), a StatefulSet the JSON of a patch (`pkg/controller/history`
//! `HashControllerRevision`). Exact but for quantities beyond 18 digits and the settings of rare volumes.

use serde_json::Value;

use super::go_structs::STRUCTS;
use crate::api::defaults::quantity;

/// Letters of generated names (`apimachinery/pkg/util/rand`).
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// What every 32-bit FNV hash begins with.
const FNV_START: u32 = 0x811c_9dc5;
const FNV_PRIME: u32 = 0x0100_0193;

/// The suffix of the ReplicaSet that a Deployment makes of a template.
#[must_use]
pub fn template_hash(template: &Value) -> String {
    let mut dump = Dump { hash: FNV_START };
    dump.value("PodTemplateSpec", template, true);
    letters(dump.hash)
}

/// The suffix of the revision that a StatefulSet makes of a template.
#[must_use]
pub fn revision_hash(template: &Value) -> String {
    let mut template = template.clone();
    drop_empty(&mut template);
    if let Some(map) = template.as_object_mut() {
        map.insert("$patch".to_owned(), "replace".into());
    }
    let mut hash = FNV_START;
    let text = format!("{{\"spec\":{{\"template\":{template}}}}}");
    let mut feed = |byte: u8| hash = hash.wrapping_mul(FNV_PRIME) ^ u32::from(byte);
    for letter in text.chars() {
        match letter {
            // As Go's `json.Marshal` writes them.
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                format!("\\u{:04x}", u32::from(letter)).bytes().for_each(&mut feed);
            }
            _ => letter.encode_utf8(&mut [0; 4]).bytes().for_each(&mut feed),
        }
    }
    // The collision count.
    feed(b'0');
    letters(hash)
}

/// Fields of maps, which are absent when empty; empty structs stay.
const MAPS: &[&str] = &[
    "labels",
    "annotations",
    "nodeSelector",
    "limits",
    "requests",
    "matchLabels",
];

/// Lists and maps without entries do not survive storage.
fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (_, inner) in map.iter_mut() {
                drop_empty(inner);
            }
            map.retain(|key, inner| match inner {
                Value::Array(items) => !items.is_empty(),
                Value::Object(map) if map.is_empty() => !MAPS.contains(&key.as_str()),
                _ => true,
            });
        }
        Value::Array(items) => items.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

/// `rand.SafeEncodeString` of the decimal digits.
fn letters(hash: u32) -> String {
    hash.to_string()
        .bytes()
        .map(|digit| char::from(LETTERS[usize::from(digit) % LETTERS.len()]))
        .collect()
}

/// Hashes (FNV-1a) what `spew` prints with `%#v`.
struct Dump {
    hash: u32,
}

impl Dump {
    fn put(&mut self, text: &str) {
        for byte in text.bytes() {
            self.hash = (self.hash ^ u32::from(byte)).wrapping_mul(FNV_PRIME);
        }
    }

    /// A value of a type in the notation of [`STRUCTS`]; entries of lists and maps stand without their type.
    fn value(&mut self, of_type: &str, value: &Value, typed: bool) {
        if typed {
            let is_absent = value.is_null();
            let shown = of_type.strip_prefix('*').unwrap_or(of_type);
            let points = of_type.len() != shown.len();
            self.put(if points { "(*" } else { "(" });
            self.type_name(shown);
            self.put(")");
            if points && is_absent {
                return self.put("<nil>");
            }
        }
        let of_type = of_type.strip_prefix('*').unwrap_or(of_type);
        if let Some(entry) = of_type.strip_prefix("[]") {
            return self.list(entry, value);
        }
        match of_type {
            "m" => self.map("s", value),
            "L" => self.map("Q", value),
            "Q" => self.quantity(value),
            "I" => {
                let (kind, number, text) = match value {
                    Value::String(text) => (1, 0, text.as_str()),
                    other => (0, other.as_i64().unwrap_or(0), ""),
                };
                self.put(&format!(
                    "{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}"
                ));
            }
            "Time" => self.put("{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"),
            "b" => self.put(if *value == Value::Bool(true) { "true" } else { "false" }),
            "i" | "l" => self.put(&value.as_i64().unwrap_or(0).to_string()),
            name => match STRUCTS.iter().find(|(known, _)| *known == name) {
                Some((_, fields)) => self.fields(fields, value),
                None => match value {
                    Value::Null => {}
                    Value::String(text) => self.put(text),
                    // The settings of a rare volume.
                    other => self.put(&other.to_string()),
                },
            },
        }
    }

    fn fields(&mut self, fields: &str, value: &Value) {
        self.put("{");
        for (idx, field) in fields.split(',').enumerate() {
            let mut words = field.split(' ');
            let name = words.next().unwrap_or_default();
            let of_type = words.next().unwrap_or_default();
            if idx > 0 {
                self.put(" ");
            }
            self.put(name);
            self.put(":");
            match words.next() {
                Some(".") => self.value(of_type, value, true),
                Some(json) => self.value(of_type, &value[json], true),
                None => self.value(of_type, &value[in_json(name).as_str()], true),
            }
        }
        self.put("}");
    }

    fn list(&mut self, entry: &str, value: &Value) {
        let Some(items) = value.as_array().filter(|it| !it.is_empty()) else {
            return self.put("<nil>");
        };
        for (idx, item) in items.iter().enumerate() {
            self.put(if idx == 0 { "[" } else { " " });
            self.value(entry, item, false);
        }
        self.put("]");
    }

    fn map(&mut self, entry: &str, value: &Value) {
        let Some(map) = value.as_object().filter(|it| !it.is_empty()) else {
            return self.put("<nil>");
        };
        for (idx, (key, item)) in map.iter().enumerate() {
            self.put(if idx == 0 { "map[" } else { " " });
            self.put(key);
            self.put(":");
            self.value(entry, item, false);
        }
        self.put("]");
    }

    /// As `resource.ParseQuantity` leaves it.
    fn quantity(&mut self, value: &Value) {
        let text = value.as_str().unwrap_or_default();
        let parts = quantity::parsed(text).unwrap_or_default();
        self.put(&format!(
            "{{i:(resource.int64Amount){{value:(int64){} scale:(resource.Scale){}}} \
             d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){} Format:(resource.Format){}}}",
            parts.amount,
            parts.scale,
            if parts.keeps_text { text } else { "" },
            parts.format,
        ));
    }

    fn type_name(&mut self, of_type: &str) {
        let mut rest = of_type;
        while let Some(entry) = rest.strip_prefix("[]") {
            self.put("[]");
            rest = entry;
        }
        let name = match rest {
            "s" => "string",
            "b" => "bool",
            "i" => "int32",
            "l" => "int64",
            "m" => "map[string]string",
            "L" => "v1.ResourceList",
            "Q" => "resource.Quantity",
            "I" => "intstr.IntOrString",
            name => {
                if !name.contains('.') {
                    self.put("v1.");
                }
                name
            }
        };
        self.put(name);
    }
}

/// The JSON name of a Go field: `HostPID` is `hostPID`, `DNSPolicy` `dnsPolicy`, `TTY` `tty`.
fn in_json(name: &str) -> String {
    let capitals = name.bytes().take_while(u8::is_ascii_uppercase).count();
    let small = if capitals > 1 && capitals < name.len() {
        capitals - 1
    } else {
        capitals
    };
    name[..small].to_ascii_lowercase() + &name[small..]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored templates, with what Go (`k8s.io/api` 0.36) makes of them as a Deployment's and a StatefulSet's.
    #[test]
    fn templates_hash_as_in_go() {
        let plain = |image: &str, more: &str| {
            format!(
                "metadata: {{labels: {{app: web}}}}
spec:
  containers: [{{name: c, image: '{image}', {more} terminationMessagePath: /dev/termination-log,
    terminationMessagePolicy: File}}]
  dnsPolicy: ClusterFirst
  restartPolicy: Always
  schedulerName: default-scheduler
  securityContext: {{}}
  terminationGracePeriodSeconds: 30
"
            )
        };
        let rows = [
            (plain("nginx", "imagePullPolicy: Always, resources: {},"), "64586f5df", "757df7b85b"),
            (
                plain(
                    "nginx:1.27",
                    "imagePullPolicy: IfNotPresent, resources: {}, ports: [{containerPort: 80, name: http, protocol: TCP}],",
                ),
                "6f9cbbbc64",
                "5fdff567fd",
            ),
            (
                plain(
                    "<x>",
                    "command: [a, b], args: [], env: [{name: A, valueFrom: {secretKeyRef: {name: s, key: k}}}, {name: E}],
    envFrom: [{prefix: X, configMapRef: {name: m, optional: true}}],
    readinessProbe: {httpGet: {path: /, port: 80, scheme: HTTP}, periodSeconds: 5},
    livenessProbe: {tcpSocket: {port: http}}, volumeMounts: [{name: v, mountPath: /v, readOnly: true}],
    resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {cpu: '1', memory: 1Gi, pods: '0', x.y/z: '2e3'}},",
                ) + "  volumes: [{name: v, emptyDir: {}}, {name: c, configMap: {name: m, defaultMode: 420}}]
  nodeSelector: {disk: ssd}
  tolerations: [{operator: Exists, tolerationSeconds: 30}]
  affinity: {podAntiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, podAffinityTerm:
    {topologyKey: zone, labelSelector: {matchLabels: {app: web}}}}]}}
  shareProcessNamespace: true
",
                "767fd64c46",
                "5bd4d9bb77",
            ),
        ];
        for (template, of_set, of_revision) in rows {
            let template: Value = serde_yaml::from_str(&template).expect("a template");
            assert_eq!(template_hash(&template), of_set);
            assert_eq!(revision_hash(&template), of_revision);
        }
    }
}
