//! What an API server takes, refuses and warns of, beyond the recorded cases; each with its source upstream.

use kubehop::cluster::Preset;
use kubehop::shell::Shell;
use kubehop::text::FileId;
use kubehop::world::{Options, World};

/// Standard output and standard error of a command in a bare-metal cluster.
fn printed(world: &mut World, command: &str) -> (String, String) {
    let output = Shell::new().run(world, command);
    (output.stdout, output.stderr)
}

fn world() -> World {
    World::new(Options {
        preset: Preset::BareMetal,
        ..Options::default()
    })
}

/// What `kubectl` prints on standard error when a text is applied.
fn said(world: &mut World, manifest: &str) -> String {
    world.apply(FileId::default(), manifest).stderr
}

/// What is wrong with a text, as the page shows it: ids and sentences.
fn findings(manifest: &str) -> Vec<(String, String)> {
    let outcome = world().apply(FileId::default(), manifest);
    let all = outcome.applied.iter().flat_map(|it| &it.diagnostics);
    all.map(|it| {
        let why = it.explain.as_ref().map_or_else(String::new, |why| why.en.to_string());
        (it.code.to_owned(), why)
    })
    .collect()
}

/// `pkg/registry/core/service/strategy.go`, needsClusterIP: false for ExternalName only.
#[test]
fn an_unknown_type_is_the_only_mistake() {
    for (setup, value) in [
        ("clusterip", "LoadBalancr"),
        ("nodeport", "clusterIP"),
        ("loadbalancer", "NodePrt"),
    ] {
        let mut world = world();
        printed(&mut world, &format!("kubectl create svc {setup} shop --tcp=80"));
        let patch = format!("kubectl patch svc shop -p '{{\"spec\":{{\"type\":\"{value}\"}}}}'");
        let (_, stderr) = printed(&mut world, &patch);
        assert_eq!(
            stderr,
            format!(
                "The Service \"shop\" is invalid: spec.type: Unsupported value: \"{value}\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"\n"
            )
        );
    }
}

/// `strategy.go`, dropTypeDependentFields, as a server of 1.36 stores it.
#[test]
fn a_service_that_becomes_a_name_keeps_no_traffic_policy() {
    let mut world = world();
    printed(&mut world, "kubectl create svc clusterip shop --tcp=80");
    printed(
        &mut world,
        "kubectl patch svc shop -p '{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"example.com\"}}'",
    );
    let spec = printed(&mut world, "kubectl get svc shop -o jsonpath='{.spec}'").0;
    assert!(
        !spec.contains("internalTrafficPolicy") && spec.contains("example.com"),
        "{spec}"
    );
    printed(
        &mut world,
        "kubectl patch svc shop -p '{\"spec\":{\"type\":\"ClusterIP\",\"externalName\":null}}'",
    );
    let policy = printed(
        &mut world,
        "kubectl get svc shop -o jsonpath='{.spec.internalTrafficPolicy}'",
    )
    .0;
    assert_eq!(policy, "Cluster");
}

/// `pkg/apis/core/v1/defaults.go`, SetDefaults_Service; defaults are filled in when an object is read, too.
#[test]
fn an_address_of_a_load_balancer_is_a_virtual_one_unless_told() {
    let mut world = world();
    printed(&mut world, "kubectl create svc loadbalancer shop --tcp=80");
    printed(
        &mut world,
        "kubectl patch svc shop --subresource=status --type=merge -p '{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"198.51.100.9\"}]}}}'",
    );
    let (described, _) = printed(&mut world, "kubectl describe svc shop");
    assert!(described.contains("198.51.100.9 (VIP)\n"), "{described}");
    let mut stored = World::new(Options {
        as_stored: true,
        ..Options::default()
    });
    let given = "{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: LoadBalancer, clusterIP: 10.96.7.7, clusterIPs: [10.96.7.7], ports: [{port: 80}]}, status: {loadBalancer: {ingress: [{ip: 198.51.100.9}]}}}";
    assert_eq!(said(&mut stored, given), "");
    let (described, _) = printed(&mut stored, "kubectl annotate svc shop a=b; kubectl describe svc shop");
    assert!(described.contains("198.51.100.9 (VIP)\n"), "{described}");
}

/// `pkg/api/service/warnings.go`; `pkg/registry/networking/ingress/strategy.go`, WarningsOnCreate.
#[test]
fn services_and_ingresses_are_warned_of() {
    let service = |spec: &str| {
        format!("{{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {{ports: [{{port: 80}}], {spec}}}}}")
    };
    let rows = [
        (
            service("trafficDistribution: PreferClose"),
            "Warning: spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"\n",
        ),
        (
            service("clusterIP: None, externalIPs: [198.51.100.1], loadBalancerIP: 198.51.100.2"),
            "Warning: spec.loadBalancerIP is ignored for headless services\nWarning: spec.externalIPs is ignored for headless services\n",
        ),
        (
            service("type: LoadBalancer, loadBalancerSourceRanges: ['2001:DB8::/64']"),
            "Warning: spec.loadBalancerSourceRanges[0]: IPv6 CIDR value \"2001:DB8::/64\" should be in RFC 5952 canonical format (\"2001:db8::/64\")\n",
        ),
        (
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, annotations: {kubernetes.io/ingress.class: nginx}}, spec: {ingressClassName: nginx, defaultBackend: {service: {name: a, port: {number: 80}}}}}".to_owned(),
            "",
        ),
        (
            "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, annotations: {kubernetes.io/ingress.class: nginx}}, spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}}".to_owned(),
            "Warning: annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead\n",
        ),
    ];
    for (manifest, warning) in rows {
        assert_eq!(said(&mut world(), &manifest), warning, "{manifest}");
    }
}

/// `pkg/api/pod/warnings.go`; templates are warned of with the path of the template.
#[test]
fn pods_and_templates_are_warned_of() {
    let two = "containers: [{name: a, image: a, ports: [{name: web, containerPort: 80}]}, {name: b, image: b, ports: [{name: web, containerPort: 81}]}]";
    let one = "containers: [{name: a, image: a}]";
    let rows = [
        (
            two.to_owned(),
            "PATHcontainers[1].ports[0]: duplicate port name \"web\" with PATHcontainers[0].ports[0], services and probes that select ports by name will use PATHcontainers[0].ports[0]",
        ),
        (
            format!("{one}, terminationGracePeriodSeconds: -1"),
            "PATHterminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
        ),
        (
            "containers: [{name: a, image: a, ports: [{containerPort: 80}, {containerPort: 80, hostPort: 8080}]}]".to_owned(),
            "PATHcontainers[0].ports[1]: overlapping port definition with PATHcontainers[0].ports[0]",
        ),
        (
            "containers: [{name: a, image: a, ports: [{containerPort: 80, hostPort: 8080}]}, {name: b, image: b, ports: [{containerPort: 80, hostPort: 8080, hostIP: 127.0.0.1}]}]".to_owned(),
            "PATHcontainers[1].ports[0]: dangerously ambiguous port definition with PATHcontainers[0].ports[0]",
        ),
        (
            "containers: [{name: a, image: a, ports: [{containerPort: 80, hostIP: 127.0.0.1}]}]".to_owned(),
            "PATHcontainers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:127.0.0.1}",
        ),
        (
            "containers: [{name: a, image: a, resources: {requests: {memory: 500m}}}]".to_owned(),
            "PATHcontainers[0].resources.requests[memory]: fractional byte value \"500m\" is invalid, must be an integer",
        ),
        (
            "containers: [{name: a, image: a, env: [{name: X, value: a}, {name: X, value: b}, {name: X, value: $(X)c}]}]".to_owned(),
            "PATHcontainers[0].env[1]: hides previous definition of \"X\", which may be dropped when using apply",
        ),
        (
            format!("{one}, hostAliases: [{{ip: 10.0.0.1, hostnames: [a]}}, {{ip: 10.0.0.1, hostnames: [b]}}]"),
            "PATHhostAliases[1].ip: duplicate ip \"10.0.0.1\"",
        ),
        (
            format!("{one}, volumes: [{{name: v, gitRepo: {{repository: a}}}}]"),
            "PATHvolumes[0].gitRepo: deprecated in v1.11",
        ),
        (
            format!("{one}, affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: a}}]}}}}"),
            "PATHaffinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector: a null labelSelector results in matching no pod",
        ),
    ];
    for (spec, warning) in rows {
        for (path, manifest) in [
            (
                "spec.",
                format!("{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{{spec}}}}}"),
            ),
            (
                "spec.template.spec.",
                format!(
                    "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: d}}, spec: {{selector: {{matchLabels: {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{{spec}}}}}}}}}"
                ),
            ),
            (
                "spec.jobTemplate.spec.template.spec.",
                format!(
                    "{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: c}}, spec: {{schedule: '@daily', jobTemplate: {{spec: {{template: {{spec: {{restartPolicy: Never, {spec}}}}}}}}}}}}}"
                ),
            ),
        ] {
            let want = format!("Warning: {}\n", warning.replace("PATH", path));
            let mut world = world();
            let stderr = said(&mut world, &manifest);
            // Other helpers of the page may say more; the server says this once.
            assert_eq!(stderr, want, "{manifest}");
        }
    }
}

/// Names of fields are quoted as Go's `%q` quotes them (`sigs.k8s.io/json`, strict errors).
#[test]
fn what_cannot_be_printed_in_a_field_is_escaped() {
    let text = "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"a\"}, \"spec\": {\"ports\": [{\"port\": 80, \"ta\u{a0}rget\": 1}]}}";
    assert!(
        said(&mut world(), text).ends_with("strict decoding error: unknown field \"spec.ports[0].ta\\u00a0rget\"\n")
    );
}

/// `AllowCreateOnUpdate` of the strategies: Services, Endpoints, RBAC, not ConfigMaps.
#[test]
fn put_makes_what_its_strategy_lets_it_make() {
    let run = |manifest: &str| printed(&mut world(), &format!("kubectl replace -f - <<'E'\n{manifest}\nE"));
    let (stdout, _) =
        run("{apiVersion: v1, kind: Service, metadata: {name: a, resourceVersion: '7'}, spec: {ports: [{port: 80}]}}");
    assert_eq!(stdout, "service/a replaced\n");
    let (stdout, _) = run("{apiVersion: v1, kind: Endpoints, metadata: {name: a}, subsets: []}");
    assert_eq!(stdout, "endpoints/a replaced\n");
    let (stdout, stderr) = run("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}");
    assert_eq!(
        (stdout.as_str(), stderr.as_str()),
        (
            "",
            "Error from server (NotFound): error when replacing \"STDIN\": configmaps \"a\" not found\n"
        )
    );
}

/// `pkg/apis/apps/validation/validation.go`, ValidatePodTemplateSpecForStatefulSet: what pods hold is looked at when
/// they are made, since mounts may name templates of claims.
#[test]
fn a_stateful_set_mounts_its_claims() {
    let set = |spec: &str| {
        format!(
            "{{apiVersion: apps/v1, kind: StatefulSet, metadata: {{name: pages}}, spec: {{serviceName: pages, selector: {{matchLabels: {{app: pages}}}}, template: {{metadata: {{labels: {{app: pages}}}}, spec: {{containers: [{{name: nginx, image: nginx, {spec}}}]}}}}, volumeClaimTemplates: [{{metadata: {{name: html}}, spec: {{accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Gi}}}}}}}}]}}}}"
        )
    };
    let mut world = world();
    let outcome = world.apply(
        FileId::default(),
        &set("volumeMounts: [{name: html, mountPath: /html}]"),
    );
    assert_eq!(outcome.stdout, "statefulset.apps/pages created\n", "{}", outcome.stderr);
    let named = set("").replace("name: pages}, spec", "name: pa.ges}, spec");
    assert!(said(&mut world, &named).contains("metadata.name: Invalid value: \"pa.ges\": must not contain dots"));
}

/// `pkg/apis/rbac/validation/validation.go`: names are parts of paths; only `/`, `%`, `.` and `..` are refused.
#[test]
fn names_of_rbac_are_parts_of_paths() {
    let role = |name: &str| {
        format!(
            "{{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {{name: '{name}'}}, rules: [{{apiGroups: [''], resources: [pods], verbs: [get]}}]}}"
        )
    };
    for name in ["system:shop-reader", "Shop Reader", "a..b"] {
        assert_eq!(said(&mut world(), &role(name)), "", "{name}");
    }
    let stderr = said(&mut world(), &role(".."));
    assert_eq!(
        stderr,
        "The ClusterRole \"..\" is invalid: metadata.name: Invalid value: \"..\": may not be '..'\n"
    );
    let mut world = world();
    let binding = |role: &str| {
        format!(
            "{{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {{name: 'shop:x'}}, roleRef: {{kind: ClusterRole, name: '{role}'}}, subjects: [{{kind: ServiceAccount, name: default}}]}}"
        )
    };
    assert_eq!(said(&mut world, &binding("system:shop-reader")), "");
    assert_eq!(
        said(&mut world, &binding("other")),
        "The RoleBinding \"shop:x\" is invalid: roleRef: Invalid value: {\"APIGroup\":\"rbac.authorization.k8s.io\",\"Kind\":\"ClusterRole\",\"Name\":\"other\"}: cannot change roleRef\n"
    );
}

/// The validation of kinds that are kept only, where mistakes are common; sources in `src/api/validate/other.rs`.
#[test]
fn other_kinds_are_refused_for_their_common_mistakes() {
    let rows = [
        (
            "rbac.authorization.k8s.io/v1",
            "Role",
            "rules: [{resources: [pods]}, {nonResourceURLs: [/healthz], verbs: [get]}]",
            "* rules[0].verbs: Required value: verbs must contain at least one value\n* rules[0].apiGroups: Required value: resource rules must supply at least one api group\n* rules[1].nonResourceURLs: Invalid value: [\"/healthz\"]: namespaced rules cannot apply to non-resource URLs",
        ),
        (
            "rbac.authorization.k8s.io/v1",
            "ClusterRoleBinding",
            "{roleRef: {kind: Role, name: a}, subjects: [{kind: ServiceAccount, name: a}, {kind: Robot, name: b}]}",
            "* roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\"\n* subjects[0].namespace: Required value\n* subjects[1].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", \"User\", \"Group\"",
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "spec: {scaleTargetRef: {kind: Deployment}, minReplicas: 5, maxReplicas: 3, metrics: [{type: Resource}, {type: Cpu}]}",
            "* spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`\n* spec.scaleTargetRef.name: Required value\n* spec.metrics[0].resource: Required value: must populate the given metric source\n* spec.metrics[1].type: Unsupported value: \"Cpu\": supported values: \"ContainerResource\", \"External\", \"Object\", \"Pods\", \"Resource\"",
        ),
        (
            "policy/v1",
            "PodDisruptionBudget",
            "spec: {minAvailable: 1, maxUnavailable: 120%, selector: {matchLabels: {a: b}}}",
            "* spec: Invalid value: {\"MinAvailable\":1,\"Selector\":{\"matchLabels\":{\"a\":\"b\"}},\"MaxUnavailable\":\"120%\",\"UnhealthyPodEvictionPolicy\":null}: minAvailable and maxUnavailable cannot be both set\n* spec.maxUnavailable: Invalid value: \"120%\": must not be greater than 100%",
        ),
        (
            "v1",
            "PersistentVolumeClaim",
            "spec: {accessModes: [ReadWrite], resources: {requests: {storage: '0'}}}",
            "* spec.accessModes: Unsupported value: \"ReadWrite\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"\n* spec.resources[storage]: Invalid value: \"0\": must be greater than zero",
        ),
        (
            "v1",
            "ResourceQuota",
            "spec: {hard: {pods: 500m, cpus: 1}}",
            "* spec.hard[cpus]: Invalid value: \"cpus\": must be a standard resource type or fully qualified\n* spec.hard[cpus]: Invalid value: \"cpus\": must be a standard resource for quota\n* spec.hard[pods]: Invalid value: \"500m\": must be an integer",
        ),
        (
            "v1",
            "LimitRange",
            "spec: {limits: [{type: Container, default: {cpu: 2}, max: {cpu: 1}}, {type: PersistentVolumeClaim}]}",
            "* spec.limits[0].defaultRequest[cpu]: Invalid value: \"2\": default request value 2 is greater than max value 1\n* spec.limits[0].default[cpu]: Invalid value: \"1\": default value 2 is greater than max value 1\n* spec.limits[1]: Required value: either minimum or maximum storage value is required, but neither was provided",
        ),
        (
            "scheduling.k8s.io/v1",
            "PriorityClass",
            "{value: 2000000000, preemptionPolicy: Sometimes}",
            "* value: Forbidden: maximum allowed value of a user defined priority is 1000000000\n* preemptionPolicy: Unsupported value: \"Sometimes\": supported values: \"PreemptLowerPriority\", \"Never\"",
        ),
    ];
    for (version, kind, rest, want) in rows {
        let rest = rest
            .trim_start_matches('{')
            .trim_end_matches(if rest.starts_with('{') { "}" } else { "\0" });
        let manifest = format!("{{apiVersion: {version}, kind: {kind}, metadata: {{name: a}}, {rest}}}");
        let stderr = said(&mut world(), &manifest);
        let lines = stderr
            .split_once("is invalid: \n")
            .map_or(stderr.as_str(), |it| it.1)
            .trim_end();
        assert_eq!(lines, want, "{manifest}");
        assert!(
            findings(&manifest).iter().all(|(_, why)| !why.is_empty()),
            "{:?}",
            findings(&manifest)
        );
    }
}

/// Every kind that a bare 1.36 serves (`kubectl api-resources`), with as little in it as its schema lets be.
#[test]
fn every_kind_that_a_server_serves_is_taken() {
    let rows = [
        (
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            "widgets.example.com",
            "spec: {group: example.com, scope: Namespaced, names: {kind: Widget, plural: widgets}, versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}",
        ),
        (
            "apiregistration.k8s.io/v1",
            "APIService",
            "v1beta1.metrics.example.com",
            "spec: {group: metrics.example.com, version: v1beta1, groupPriorityMinimum: 100, versionPriority: 100}",
        ),
        (
            "autoscaling/v1",
            "HorizontalPodAutoscaler",
            "a",
            "spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3}",
        ),
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicy",
            "a",
            "spec: {validations: [{expression: 'true'}]}",
        ),
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicyBinding",
            "a",
            "spec: {policyName: a, validationActions: [Deny]}",
        ),
        (
            "admissionregistration.k8s.io/v1",
            "MutatingAdmissionPolicy",
            "a",
            "spec: {reinvocationPolicy: Never}",
        ),
        (
            "certificates.k8s.io/v1",
            "CertificateSigningRequest",
            "a",
            "spec: {request: YQ==, signerName: a/b, usages: [client auth]}",
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1",
            "FlowSchema",
            "a",
            "spec: {priorityLevelConfiguration: {name: exempt}}",
        ),
        (
            "flowcontrol.apiserver.k8s.io/v1",
            "PriorityLevelConfiguration",
            "a",
            "spec: {type: Exempt}",
        ),
        (
            "events.k8s.io/v1",
            "Event",
            "a",
            "eventTime: '2026-01-01T00:00:00.000000Z'",
        ),
        (
            "storage.k8s.io/v1",
            "CSIDriver",
            "csi.example.com",
            "spec: {attachRequired: false}",
        ),
        ("storage.k8s.io/v1", "CSINode", "node-1", "spec: {drivers: []}"),
        ("storage.k8s.io/v1", "CSIStorageCapacity", "a", "storageClassName: a"),
        (
            "storage.k8s.io/v1",
            "VolumeAttachment",
            "a",
            "spec: {attacher: a, nodeName: node-1, source: {persistentVolumeName: a}}",
        ),
        ("storage.k8s.io/v1", "VolumeAttributesClass", "a", "driverName: a"),
        ("resource.k8s.io/v1", "DeviceClass", "a", "spec: {}"),
        (
            "resource.k8s.io/v1",
            "ResourceClaim",
            "a",
            "spec: {devices: {requests: []}}",
        ),
        ("resource.k8s.io/v1", "ResourceClaimTemplate", "a", "spec: {spec: {}}"),
        (
            "resource.k8s.io/v1",
            "ResourceSlice",
            "a",
            "spec: {driver: a, nodeName: node-1, pool: {name: a, generation: 1, resourceSliceCount: 1}}",
        ),
        (
            "metallb.io/v1beta1",
            "L2Advertisement",
            "a",
            "metadata: {name: a, namespace: metallb-system}, spec: {ipAddressPools: [a]}",
        ),
        (
            "metallb.io/v1beta1",
            "BGPAdvertisement",
            "a",
            "metadata: {name: a, namespace: metallb-system}",
        ),
    ];
    for (version, kind, name, rest) in rows {
        let metadata = if rest.contains("metadata") {
            String::new()
        } else {
            format!("metadata: {{name: {name}}}, ")
        };
        let manifest = format!("{{apiVersion: {version}, kind: {kind}, {metadata}{rest}}}");
        let mut world = world();
        let outcome = world.apply(FileId::default(), &manifest);
        assert_eq!(outcome.stderr, "", "{manifest}");
        let resource = outcome.stdout.split('/').next().unwrap_or_default().to_owned();
        let (_, stderr) = printed(&mut world, &format!("kubectl get {resource} -A"));
        assert_eq!(stderr, "", "{resource}");
        assert!(
            outcome.stdout.ends_with(&format!("/{name} created\n")),
            "{}",
            outcome.stdout
        );
    }
    let typo = "{apiVersion: storage.k8s.io/v1, kind: CSIDriver, metadata: {name: a}, spec: {atachRequired: false}}";
    assert!(said(&mut world(), typo).contains("unknown field \"spec.atachRequired\""));
}

const WIDGETS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, shortNames: [wd]}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [color]
            properties:
              color: {type: string, enum: [red, blue]}
              size: {type: integer, minimum: 1, default: 3}
              name: {type: string, pattern: '^[a-z]+$'}
";

/// `apiextensions-apiserver`: pruning with strict field validation, defaulting, structural schemas. kubectl asks for the
/// kinds before it sends anything, so one `apply` of both refuses the object.
#[test]
fn definitions_make_kinds_whose_objects_are_checked() {
    let widget = |spec: &str| {
        format!("{{apiVersion: shop.example.com/v1, kind: Widget, metadata: {{name: w}}, spec: {{{spec}}}}}")
    };
    let mut world = world();
    let both = format!("{WIDGETS}---\n{}\n", widget("color: red"));
    let outcome = world.apply(FileId::default(), &both);
    assert_eq!(
        outcome.stdout,
        "customresourcedefinition.apiextensions.k8s.io/widgets.shop.example.com created\n"
    );
    assert!(
        outcome.stderr.contains(
            "no matches for kind \"Widget\" in version \"shop.example.com/v1\"\nensure CRDs are installed first"
        ),
        "{}",
        outcome.stderr
    );
    let rows = [
        (
            "color: green, size: 0, name: A1",
            "The Widget \"w\" is invalid: \n* spec.color: Unsupported value: \"green\": supported values: \"red\", \"blue\"\n* spec.name: Invalid value: \"A1\": spec.name in body should match '^[a-z]+$'\n* spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1\n",
        ),
        ("size: 2", "The Widget \"w\" is invalid: spec.color: Required value\n"),
        (
            "color: red, size: '2'",
            "The Widget \"w\" is invalid: spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"\n",
        ),
        (
            "colour: red, color: red",
            "Error from server (BadRequest): error when creating \"STDIN\": Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.colour\"\n",
        ),
    ];
    for (spec, stderr) in rows {
        assert_eq!(said(&mut world, &widget(spec)), stderr, "{spec}");
    }
    assert_eq!(said(&mut world, &widget("color: red")), "");
    for word in ["widgets", "wd", "widget.shop.example.com"] {
        let (stdout, stderr) = printed(
            &mut world,
            &format!("kubectl get {word} w -o jsonpath='{{.spec.size}}'"),
        );
        assert_eq!((stdout.as_str(), stderr.as_str()), ("3", ""), "{word}");
    }
    assert!(said(&mut world, &widget("color: yellow")).contains("spec.color: Unsupported value: \"yellow\""));
    printed(&mut world, "kubectl delete crd widgets.shop.example.com");
    let (_, stderr) = printed(&mut world, "kubectl get widgets");
    assert_eq!(stderr, "error: the server doesn't have a resource type \"widgets\"\n");
    // In the page's editor both stand in one text.
    let outcome = self::world().sync(FileId::default(), &both);
    assert!(outcome.all_taken(), "{}", outcome.stderr);
}

/// `pkg/apis/core/validation/validation.go`, ValidatePodUpdate: the refusal shows what changed, new above old.
#[test]
fn a_refused_update_of_a_pod_shows_what_changed() {
    let pod = |port: u16| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: web}}, spec: {{containers: [{{name: c, image: nginx, ports: [{{containerPort: {port}}}]}}]}}}}"
        )
    };
    let mut world = world();
    assert_eq!(said(&mut world, &pod(80)), "");
    let stderr = said(&mut world, &pod(81));
    let (words, diff) = stderr.split_once("if it was previously negative)\n").expect("a diff");
    assert!(
        words.starts_with("The Pod \"web\" is invalid: spec: Forbidden: pod updates may not change fields other than")
    );
    let (head, lines) = diff.split_once('\n').expect("lines");
    assert!(head.starts_with("@@ -") && head.ends_with(",7 @@"), "{diff}");
    assert_eq!(
        lines,
        "     {\n      \"Name\": \"\",\n      \"HostPort\": 0,\n-     \"ContainerPort\": 81,\n+     \"ContainerPort\": 80,\n      \"Protocol\": \"TCP\",\n      \"HostIP\": \"\"\n     }\n"
    );
    let (_, stderr) = printed(
        &mut world,
        "kubectl patch pod web -p '{\"spec\":{\"terminationGracePeriodSeconds\":5}}'",
    );
    assert!(
        stderr.contains("- \"TerminationGracePeriodSeconds\": 5,\n+ \"TerminationGracePeriodSeconds\": 30,\n"),
        "{stderr}"
    );
    let (stdout, _) = printed(
        &mut world,
        "kubectl patch pod web -p '{\"spec\":{\"activeDeadlineSeconds\":50}}'",
    );
    assert_eq!(stdout, "pod/web patched\n");
    let (_, stderr) = printed(
        &mut world,
        "kubectl patch pod web -p '{\"spec\":{\"activeDeadlineSeconds\":60}}'",
    );
    assert_eq!(
        stderr,
        "The Pod \"web\" is invalid: spec.activeDeadlineSeconds: Invalid value: 60: must be less than or equal to previous value\n"
    );
}
