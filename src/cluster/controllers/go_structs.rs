//! The fields of Go's `v1.PodTemplateSpec` and of what it is made of, in the order of their declaration.
//!
//! `kubernetes staging/src/k8s.io/api/core/v1/types.go` and `apimachinery/pkg/apis/meta/v1/types.go` of 1.36. A
//! Deployment's hash is taken over a dump of these structs, so every field counts, set or not. Left out: what
//! stands in volumes of plugins that are gone or rare.

/// Name of a struct, and its fields: Go's name, its type, and the name in JSON where that is not the former with
/// its first letters made small (`.`: the fields of that struct stand in the JSON of this one).
///
/// Types: `s` string, `b` bool, `i` int32, `l` int64, `m` map\[string\]string, `L` ResourceList, `Q` Quantity,
/// `I` IntOrString; before them `*` and `[]` as in Go. Others are structs of this table or named strings.
pub(super) const STRUCTS: &[(&str, &str)] = &[
    (
        "Affinity",
        "NodeAffinity *NodeAffinity,PodAffinity *PodAffinity,PodAntiAffinity *PodAntiAffinity",
    ),
    ("AppArmorProfile", "Type AppArmorProfileType,LocalhostProfile *s"),
    (
        "CSIVolumeSource",
        "Driver s,ReadOnly *b,FSType *s,VolumeAttributes m,NodePublishSecretRef *LocalObjectReference",
    ),
    ("Capabilities", "Add []Capability,Drop []Capability"),
    (
        "ConfigMapEnvSource",
        "LocalObjectReference LocalObjectReference .,Optional *b",
    ),
    (
        "ConfigMapKeySelector",
        "LocalObjectReference LocalObjectReference .,Key s,Optional *b",
    ),
    (
        "ConfigMapProjection",
        "LocalObjectReference LocalObjectReference .,Items []KeyToPath,Optional *b",
    ),
    (
        "ConfigMapVolumeSource",
        "LocalObjectReference LocalObjectReference .,Items []KeyToPath,DefaultMode *i,Optional *b",
    ),
    (
        "Container",
        "Name s,Image s,Command []s,Args []s,WorkingDir s,Ports []ContainerPort,EnvFrom []EnvFromSource,\
         Env []EnvVar,Resources ResourceRequirements,ResizePolicy []ContainerResizePolicy,\
         RestartPolicy *ContainerRestartPolicy,RestartPolicyRules []ContainerRestartRule,\
         VolumeMounts []VolumeMount,VolumeDevices []VolumeDevice,LivenessProbe *Probe,ReadinessProbe *Probe,\
         StartupProbe *Probe,Lifecycle *Lifecycle,TerminationMessagePath s,\
         TerminationMessagePolicy TerminationMessagePolicy,ImagePullPolicy PullPolicy,\
         SecurityContext *SecurityContext,Stdin b,StdinOnce b,TTY b",
    ),
    (
        "ContainerPort",
        "Name s,HostPort i,ContainerPort i,Protocol Protocol,HostIP s",
    ),
    (
        "ContainerResizePolicy",
        "ResourceName ResourceName,RestartPolicy ResourceResizeRestartPolicy",
    ),
    (
        "ContainerRestartRule",
        "Action ContainerRestartRuleAction,ExitCodes *ContainerRestartRuleOnExitCodes",
    ),
    (
        "ContainerRestartRuleOnExitCodes",
        "Operator ContainerRestartRuleOnExitCodesOperator,Values []i",
    ),
    ("DownwardAPIProjection", "Items []DownwardAPIVolumeFile"),
    (
        "DownwardAPIVolumeFile",
        "Path s,FieldRef *ObjectFieldSelector,ResourceFieldRef *ResourceFieldSelector,Mode *i",
    ),
    (
        "DownwardAPIVolumeSource",
        "Items []DownwardAPIVolumeFile,DefaultMode *i",
    ),
    ("EmptyDirVolumeSource", "Medium StorageMedium,SizeLimit *Q"),
    (
        "EnvFromSource",
        "Prefix s,ConfigMapRef *ConfigMapEnvSource,SecretRef *SecretEnvSource",
    ),
    ("EnvVar", "Name s,Value s,ValueFrom *EnvVarSource"),
    (
        "EnvVarSource",
        "FieldRef *ObjectFieldSelector,ResourceFieldRef *ResourceFieldSelector,\
         ConfigMapKeyRef *ConfigMapKeySelector,SecretKeyRef *SecretKeySelector,FileKeyRef *FileKeySelector",
    ),
    ("ExecAction", "Command []s"),
    ("FileKeySelector", "VolumeName s,Path s,Key s,Optional *b"),
    ("GRPCAction", "Port i,Service *s"),
    (
        "HTTPGetAction",
        "Path s,Port I,Host s,Scheme URIScheme,HTTPHeaders []HTTPHeader",
    ),
    ("HTTPHeader", "Name s,Value s"),
    ("HostAlias", "IP s,Hostnames []s"),
    ("HostPathVolumeSource", "Path s,Type *HostPathType"),
    ("ImageVolumeSource", "Reference s,PullPolicy PullPolicy"),
    ("KeyToPath", "Key s,Path s,Mode *i"),
    (
        "LabelSelector",
        "MatchLabels m,MatchExpressions []LabelSelectorRequirement",
    ),
    (
        "LabelSelectorRequirement",
        "Key s,Operator LabelSelectorOperator,Values []s",
    ),
    (
        "Lifecycle",
        "PostStart *LifecycleHandler,PreStop *LifecycleHandler,StopSignal *Signal",
    ),
    (
        "LifecycleHandler",
        "Exec *ExecAction,HTTPGet *HTTPGetAction,TCPSocket *TCPSocketAction,Sleep *SleepAction",
    ),
    ("LocalObjectReference", "Name s"),
    ("NFSVolumeSource", "Server s,Path s,ReadOnly b"),
    (
        "NodeAffinity",
        "RequiredDuringSchedulingIgnoredDuringExecution *NodeSelector,\
         PreferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm",
    ),
    ("NodeSelector", "NodeSelectorTerms []NodeSelectorTerm"),
    (
        "NodeSelectorRequirement",
        "Key s,Operator NodeSelectorOperator,Values []s",
    ),
    (
        "NodeSelectorTerm",
        "MatchExpressions []NodeSelectorRequirement,MatchFields []NodeSelectorRequirement",
    ),
    ("ObjectFieldSelector", "APIVersion s,FieldPath s"),
    (
        "ObjectMeta",
        "Name s,GenerateName s,Namespace s,SelfLink s,UID types.UID,ResourceVersion s,Generation l,\
         CreationTimestamp Time,DeletionTimestamp *Time,DeletionGracePeriodSeconds *l,Labels m,Annotations m,\
         OwnerReferences []OwnerReference,Finalizers []s,ManagedFields []ManagedFieldsEntry",
    ),
    ("PersistentVolumeClaimVolumeSource", "ClaimName s,ReadOnly b"),
    (
        "PodAffinity",
        "RequiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm,\
         PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm",
    ),
    (
        "PodAffinityTerm",
        "LabelSelector *LabelSelector,Namespaces []s,TopologyKey s,NamespaceSelector *LabelSelector,\
         MatchLabelKeys []s,MismatchLabelKeys []s",
    ),
    (
        "PodAntiAffinity",
        "RequiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm,\
         PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm",
    ),
    (
        "PodDNSConfig",
        "Nameservers []s,Searches []s,Options []PodDNSConfigOption",
    ),
    ("PodDNSConfigOption", "Name s,Value *s"),
    ("PodOS", "Name OSName"),
    ("PodReadinessGate", "ConditionType PodConditionType"),
    (
        "PodResourceClaim",
        "Name s,ResourceClaimName *s,ResourceClaimTemplateName *s",
    ),
    ("PodSchedulingGate", "Name s"),
    ("PodSchedulingGroup", "PodGroupName *s"),
    (
        "PodSecurityContext",
        "SELinuxOptions *SELinuxOptions,WindowsOptions *WindowsSecurityContextOptions,RunAsUser *l,\
         RunAsGroup *l,RunAsNonRoot *b,SupplementalGroups []l,\
         SupplementalGroupsPolicy *SupplementalGroupsPolicy,FSGroup *l,Sysctls []Sysctl,\
         FSGroupChangePolicy *PodFSGroupChangePolicy,SeccompProfile *SeccompProfile,\
         AppArmorProfile *AppArmorProfile,SELinuxChangePolicy *PodSELinuxChangePolicy",
    ),
    (
        "PodSpec",
        "Volumes []Volume,InitContainers []Container,Containers []Container,\
         EphemeralContainers []EphemeralContainer,RestartPolicy RestartPolicy,\
         TerminationGracePeriodSeconds *l,ActiveDeadlineSeconds *l,DNSPolicy DNSPolicy,NodeSelector m,\
         ServiceAccountName s,DeprecatedServiceAccount s serviceAccount,AutomountServiceAccountToken *b,\
         NodeName s,HostNetwork b,HostPID b,HostIPC b,ShareProcessNamespace *b,\
         SecurityContext *PodSecurityContext,ImagePullSecrets []LocalObjectReference,Hostname s,Subdomain s,\
         Affinity *Affinity,SchedulerName s,Tolerations []Toleration,HostAliases []HostAlias,\
         PriorityClassName s,Priority *i,DNSConfig *PodDNSConfig,ReadinessGates []PodReadinessGate,\
         RuntimeClassName *s,EnableServiceLinks *b,PreemptionPolicy *PreemptionPolicy,Overhead L,\
         TopologySpreadConstraints []TopologySpreadConstraint,SetHostnameAsFQDN *b,OS *PodOS,HostUsers *b,\
         SchedulingGates []PodSchedulingGate,ResourceClaims []PodResourceClaim,\
         Resources *ResourceRequirements,HostnameOverride *s,SchedulingGroup *PodSchedulingGroup",
    ),
    ("PodTemplateSpec", "ObjectMeta ObjectMeta metadata,Spec PodSpec"),
    ("PreferredSchedulingTerm", "Weight i,Preference NodeSelectorTerm"),
    (
        "Probe",
        "ProbeHandler ProbeHandler .,InitialDelaySeconds i,TimeoutSeconds i,PeriodSeconds i,\
         SuccessThreshold i,FailureThreshold i,TerminationGracePeriodSeconds *l",
    ),
    (
        "ProbeHandler",
        "Exec *ExecAction,HTTPGet *HTTPGetAction,TCPSocket *TCPSocketAction,GRPC *GRPCAction",
    ),
    ("ProjectedVolumeSource", "Sources []VolumeProjection,DefaultMode *i"),
    ("ResourceClaim", "Name s,Request s"),
    ("ResourceFieldSelector", "ContainerName s,Resource s,Divisor Q"),
    ("ResourceRequirements", "Limits L,Requests L,Claims []ResourceClaim"),
    ("SELinuxOptions", "User s,Role s,Type s,Level s"),
    ("SeccompProfile", "Type SeccompProfileType,LocalhostProfile *s"),
    (
        "SecretEnvSource",
        "LocalObjectReference LocalObjectReference .,Optional *b",
    ),
    (
        "SecretKeySelector",
        "LocalObjectReference LocalObjectReference .,Key s,Optional *b",
    ),
    (
        "SecretProjection",
        "LocalObjectReference LocalObjectReference .,Items []KeyToPath,Optional *b",
    ),
    (
        "SecretVolumeSource",
        "SecretName s,Items []KeyToPath,DefaultMode *i,Optional *b",
    ),
    (
        "SecurityContext",
        "Capabilities *Capabilities,Privileged *b,SELinuxOptions *SELinuxOptions,\
         WindowsOptions *WindowsSecurityContextOptions,RunAsUser *l,RunAsGroup *l,RunAsNonRoot *b,\
         ReadOnlyRootFilesystem *b,AllowPrivilegeEscalation *b,ProcMount *ProcMountType,\
         SeccompProfile *SeccompProfile,AppArmorProfile *AppArmorProfile",
    ),
    (
        "ServiceAccountTokenProjection",
        "Audience s,ExpirationSeconds *l,Path s",
    ),
    ("SleepAction", "Seconds l"),
    ("Sysctl", "Name s,Value s"),
    ("TCPSocketAction", "Port I,Host s"),
    (
        "Toleration",
        "Key s,Operator TolerationOperator,Value s,Effect TaintEffect,TolerationSeconds *l",
    ),
    (
        "TopologySpreadConstraint",
        "MaxSkew i,TopologyKey s,WhenUnsatisfiable UnsatisfiableConstraintAction,\
         LabelSelector *LabelSelector,MinDomains *i,NodeAffinityPolicy *NodeInclusionPolicy,\
         NodeTaintsPolicy *NodeInclusionPolicy,MatchLabelKeys []s",
    ),
    ("Volume", "Name s,VolumeSource VolumeSource ."),
    ("VolumeDevice", "Name s,DevicePath s"),
    (
        "VolumeMount",
        "Name s,ReadOnly b,RecursiveReadOnly *RecursiveReadOnlyMode,MountPath s,SubPath s,\
         MountPropagation *MountPropagationMode,SubPathExpr s",
    ),
    (
        "VolumeProjection",
        "Secret *SecretProjection,DownwardAPI *DownwardAPIProjection,ConfigMap *ConfigMapProjection,\
         ServiceAccountToken *ServiceAccountTokenProjection,ClusterTrustBundle *ClusterTrustBundleProjection,\
         PodCertificate *PodCertificateProjection",
    ),
    (
        "VolumeSource",
        "HostPath *HostPathVolumeSource,EmptyDir *EmptyDirVolumeSource,\
         GCEPersistentDisk *GCEPersistentDiskVolumeSource,\
         AWSElasticBlockStore *AWSElasticBlockStoreVolumeSource,GitRepo *GitRepoVolumeSource,\
         Secret *SecretVolumeSource,NFS *NFSVolumeSource,ISCSI *ISCSIVolumeSource,\
         Glusterfs *GlusterfsVolumeSource,PersistentVolumeClaim *PersistentVolumeClaimVolumeSource,\
         RBD *RBDVolumeSource,FlexVolume *FlexVolumeSource,Cinder *CinderVolumeSource,\
         CephFS *CephFSVolumeSource cephfs,Flocker *FlockerVolumeSource,DownwardAPI *DownwardAPIVolumeSource,\
         FC *FCVolumeSource,AzureFile *AzureFileVolumeSource,ConfigMap *ConfigMapVolumeSource,\
         VsphereVolume *VsphereVirtualDiskVolumeSource,Quobyte *QuobyteVolumeSource,\
         AzureDisk *AzureDiskVolumeSource,PhotonPersistentDisk *PhotonPersistentDiskVolumeSource,\
         Projected *ProjectedVolumeSource,PortworxVolume *PortworxVolumeSource,ScaleIO *ScaleIOVolumeSource,\
         StorageOS *StorageOSVolumeSource storageos,CSI *CSIVolumeSource,Ephemeral *EphemeralVolumeSource,\
         Image *ImageVolumeSource",
    ),
    ("WeightedPodAffinityTerm", "Weight i,PodAffinityTerm PodAffinityTerm"),
];
