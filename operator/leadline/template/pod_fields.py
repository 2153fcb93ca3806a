"""Which fields of a pod template hold text, as Kubernetes' API types declare them.

Only what leads to text is listed: ``name`` is text, ``name$`` text in which the kubelet expands ``$(VAR)``,
``[]`` after a name a list of it, ``{}`` a map with it as values, ``name:Type`` an object of another line.
Quantities (``cpu: 2``) are text: Kubernetes reads both. IntOrString fields (``port``) are not: there the type
matters. A test compares this table with the types of the ``kubernetes`` package.
"""

from __future__ import annotations

from functools import cache
from typing import Final

TEXT: Final = "text"
EXPANDED: Final = "text$"

POD_TEMPLATE: Final = "PodTemplateSpec"

_FIELDS: Final = """
PodTemplateSpec = metadata:ObjectMeta spec:PodSpec
ObjectMeta = annotations{} finalizers[] generateName labels{} name namespace
PodSpec = affinity:Affinity containers[]:Container dnsConfig:PodDNSConfig dnsPolicy
  evictionResponders[]:EvictionResponder hostAliases[]:HostAlias hostname hostnameOverride
  imagePullSecrets[]:LocalObjectReference initContainers[]:Container nodeName nodeSelector{} os:PodOS
  overhead{} preemptionPolicy priorityClassName readinessGates[]:PodReadinessGate
  resourceClaims[]:PodResourceClaim resources:ResourceRequirements restartPolicy runtimeClassName
  schedulerName schedulingGates[]:PodSchedulingGate schedulingGroup:PodSchedulingGroup
  securityContext:PodSecurityContext serviceAccount serviceAccountName subdomain tolerations[]:Toleration
  topologySpreadConstraints[]:TopologySpreadConstraint volumes[]:Volume
Affinity = nodeAffinity:NodeAffinity podAffinity:PodAffinity podAntiAffinity:PodAntiAffinity
NodeAffinity = preferredDuringSchedulingIgnoredDuringExecution[]:PreferredSchedulingTerm
  requiredDuringSchedulingIgnoredDuringExecution:NodeSelector
PreferredSchedulingTerm = preference:NodeSelectorTerm
NodeSelectorTerm = matchExpressions[]:NodeSelectorRequirement matchFields[]:NodeSelectorRequirement
NodeSelectorRequirement = key operator values[]
NodeSelector = nodeSelectorTerms[]:NodeSelectorTerm
PodAffinity = preferredDuringSchedulingIgnoredDuringExecution[]:WeightedPodAffinityTerm
  requiredDuringSchedulingIgnoredDuringExecution[]:PodAffinityTerm
WeightedPodAffinityTerm = podAffinityTerm:PodAffinityTerm
PodAffinityTerm = labelSelector:LabelSelector matchLabelKeys[] mismatchLabelKeys[]
  namespaceSelector:LabelSelector namespaces[] topologyKey
LabelSelector = matchExpressions[]:LabelSelectorRequirement matchLabels{}
LabelSelectorRequirement = key operator values[]
PodAntiAffinity = preferredDuringSchedulingIgnoredDuringExecution[]:WeightedPodAffinityTerm
  requiredDuringSchedulingIgnoredDuringExecution[]:PodAffinityTerm
Container = args[]$ command[]$ env[]:EnvVar envFrom[]:EnvFromSource image imagePullPolicy
  lifecycle:Lifecycle livenessProbe:Probe name ports[]:ContainerPort readinessProbe:Probe
  resizePolicy[]:ContainerResizePolicy resources:ResourceRequirements restartPolicy
  restartPolicyRules[]:ContainerRestartRule securityContext:SecurityContext startupProbe:Probe
  terminationMessagePath terminationMessagePolicy volumeDevices[]:VolumeDevice volumeMounts[]:VolumeMount
  workingDir
EnvVar = name value$ valueFrom:EnvVarSource
EnvVarSource = configMapKeyRef:ConfigMapKeySelector fieldRef:ObjectFieldSelector
  fileKeyRef:FileKeySelector resourceFieldRef:ResourceFieldSelector secretKeyRef:SecretKeySelector
ConfigMapKeySelector = key name
ObjectFieldSelector = apiVersion fieldPath
FileKeySelector = key path volumeName
ResourceFieldSelector = containerName divisor resource
SecretKeySelector = key name
EnvFromSource = configMapRef:ConfigMapEnvSource prefix secretRef:SecretEnvSource
ConfigMapEnvSource = name
SecretEnvSource = name
Lifecycle = postStart:LifecycleHandler preStop:LifecycleHandler stopSignal
LifecycleHandler = exec:ExecAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction
ExecAction = command[]
ProbeExecAction = command[]$
HTTPGetAction = host httpHeaders[]:HTTPHeader path protocol scheme
HTTPHeader = name value
TCPSocketAction = host
Probe = exec:ProbeExecAction grpc:GRPCAction httpGet:HTTPGetAction tcpSocket:TCPSocketAction
GRPCAction = mode service
ContainerPort = hostIP name protocol
ContainerResizePolicy = resourceName restartPolicy
ResourceRequirements = claims[]:ResourceClaim limits{} requests{}
ResourceClaim = name request
ContainerRestartRule = action exitCodes:ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes = operator
SecurityContext = appArmorProfile:AppArmorProfile capabilities:Capabilities procMount
  seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile windowsOptions:WindowsSecurityContextOptions
AppArmorProfile = localhostProfile type
Capabilities = add[] drop[]
SELinuxOptions = level role type user
SeccompProfile = localhostProfile type
WindowsSecurityContextOptions = gmsaCredentialSpec gmsaCredentialSpecName runAsUserName
VolumeDevice = devicePath name
VolumeMount = bindMountOptions[] mountPath mountPropagation name recursiveReadOnly subPath subPathExpr$
PodDNSConfig = nameservers[] options[]:PodDNSConfigOption searches[]
PodDNSConfigOption = name value
EvictionResponder = name
HostAlias = hostnames[] ip
LocalObjectReference = name
PodOS = name
PodReadinessGate = conditionType
PodResourceClaim = name resourceClaimName resourceClaimTemplateName
PodSchedulingGate = name
PodSchedulingGroup = podGroupName
PodSecurityContext = appArmorProfile:AppArmorProfile fsGroupChangePolicy seLinuxChangePolicy
  seLinuxOptions:SELinuxOptions seccompProfile:SeccompProfile supplementalGroupsPolicy sysctls[]:Sysctl
  windowsOptions:WindowsSecurityContextOptions
Sysctl = name value
Toleration = effect key operator value
TopologySpreadConstraint = labelSelector:LabelSelector matchLabelKeys[] nodeAffinityPolicy
  nodeTaintsPolicy topologyKey whenUnsatisfiable
Volume = awsElasticBlockStore:AWSElasticBlockStoreVolumeSource azureDisk:AzureDiskVolumeSource
  azureFile:AzureFileVolumeSource cephfs:CephFSVolumeSource cinder:CinderVolumeSource
  configMap:ConfigMapVolumeSource csi:CSIVolumeSource downwardAPI:DownwardAPIVolumeSource
  emptyDir:EmptyDirVolumeSource ephemeral:EphemeralVolumeSource fc:FCVolumeSource
  flexVolume:FlexVolumeSource flocker:FlockerVolumeSource gcePersistentDisk:GCEPersistentDiskVolumeSource
  gitRepo:GitRepoVolumeSource glusterfs:GlusterfsVolumeSource hostPath:HostPathVolumeSource
  image:ImageVolumeSource iscsi:ISCSIVolumeSource name nfs:NFSVolumeSource
  persistentVolumeClaim:PersistentVolumeClaimVolumeSource
  photonPersistentDisk:PhotonPersistentDiskVolumeSource portworxVolume:PortworxVolumeSource
  projected:ProjectedVolumeSource quobyte:QuobyteVolumeSource rbd:RBDVolumeSource
  scaleIO:ScaleIOVolumeSource secret:SecretVolumeSource storageos:StorageOSVolumeSource
  vsphereVolume:VsphereVirtualDiskVolumeSource
AWSElasticBlockStoreVolumeSource = fsType volumeID
AzureDiskVolumeSource = cachingMode diskName diskURI fsType kind
AzureFileVolumeSource = secretName shareName
CephFSVolumeSource = monitors[] path secretFile secretRef:LocalObjectReference user
CinderVolumeSource = fsType secretRef:LocalObjectReference volumeID
ConfigMapVolumeSource = items[]:KeyToPath name
KeyToPath = key path
CSIVolumeSource = driver fsType nodePublishSecretRef:LocalObjectReference volumeAttributes{}
DownwardAPIVolumeSource = items[]:DownwardAPIVolumeFile
DownwardAPIVolumeFile = fieldRef:ObjectFieldSelector path resourceFieldRef:ResourceFieldSelector
EmptyDirVolumeSource = medium sizeLimit
EphemeralVolumeSource = volumeClaimTemplate:PersistentVolumeClaimTemplate
PersistentVolumeClaimTemplate = metadata:ObjectMeta spec:PersistentVolumeClaimSpec
PersistentVolumeClaimSpec = accessModes[] dataSource:TypedLocalObjectReference
  dataSourceRef:TypedObjectReference resources:VolumeResourceRequirements selector:LabelSelector
  storageClassName volumeAttributesClassName volumeMode volumeName
TypedLocalObjectReference = apiGroup kind name
TypedObjectReference = apiGroup kind name namespace
VolumeResourceRequirements = limits{} requests{}
FCVolumeSource = fsType targetWWNs[] wwids[]
FlexVolumeSource = driver fsType options{} secretRef:LocalObjectReference
FlockerVolumeSource = datasetName datasetUUID
GCEPersistentDiskVolumeSource = fsType pdName
GitRepoVolumeSource = directory repository revision
GlusterfsVolumeSource = endpoints path
HostPathVolumeSource = path type
ImageVolumeSource = pullPolicy reference
ISCSIVolumeSource = fsType initiatorName iqn iscsiInterface portals[] secretRef:LocalObjectReference
  targetPortal
NFSVolumeSource = path server
PersistentVolumeClaimVolumeSource = claimName
PhotonPersistentDiskVolumeSource = fsType pdID
PortworxVolumeSource = fsType volumeID
ProjectedVolumeSource = sources[]:VolumeProjection
VolumeProjection = clusterTrustBundle:ClusterTrustBundleProjection configMap:ConfigMapProjection
  downwardAPI:DownwardAPIProjection podCertificate:PodCertificateProjection secret:SecretProjection
  serviceAccountToken:ServiceAccountTokenProjection
ClusterTrustBundleProjection = labelSelector:LabelSelector name path signerName
ConfigMapProjection = items[]:KeyToPath name
DownwardAPIProjection = items[]:DownwardAPIVolumeFile
PodCertificateProjection = certificateChainPath credentialBundlePath keyPath keyType signerName
  userAnnotations{}
SecretProjection = items[]:KeyToPath name
ServiceAccountTokenProjection = audience path
QuobyteVolumeSource = group registry tenant user volume
RBDVolumeSource = fsType image keyring monitors[] pool secretRef:LocalObjectReference user
ScaleIOVolumeSource = fsType gateway protectionDomain secretRef:LocalObjectReference storageMode
  storagePool system volumeName
SecretVolumeSource = items[]:KeyToPath secretName
StorageOSVolumeSource = fsType secretRef:LocalObjectReference volumeName volumeNamespace
VsphereVirtualDiskVolumeSource = fsType storagePolicyID storagePolicyName volumePath
"""


@cache
def fields() -> dict[str, dict[str, str]]:
    """Type -> field -> shape: ``text``, ``text$`` or a type, after ``[]`` in a list, after ``{}`` in a map."""
    types: dict[str, dict[str, str]] = {}
    shapes: dict[str, str] = {}
    for word in _FIELDS.replace(" = ", "= ").split():
        if word.endswith("="):
            shapes = types[word[:-1]] = {}
            continue
        field, _, kind = word.partition(":")
        name = field.rstrip("[]{}$")
        marks = field[len(name) :]
        container = marks.rstrip("$")
        shapes[name] = container + (kind or (EXPANDED if marks.endswith("$") else TEXT))
    return types
