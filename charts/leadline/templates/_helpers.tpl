{{- define "leadline.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "leadline.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "leadline.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "leadline.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "leadline.selectorLabels" -}}
app.kubernetes.io/name: {{ include "leadline.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "leadline.labels" -}}
{{ include "leadline.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "leadline.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "leadline.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "leadline.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository $tag -}}
{{- end -}}
{{- end -}}

{{- /* What the operator does where it looks at groups, and nothing else. */ -}}
{{- define "leadline.rules" -}}
- apiGroups: [leadline.dev]
  resources: [optimizationgroups]
  verbs: [get, list, watch]
- apiGroups: [leadline.dev]
  resources: [trials]
  verbs: [get, list, watch, create]
- apiGroups: [leadline.dev]
  resources: [optimizationgroups/status, trials/status]
  verbs: [update]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
# What a group's tuner is told. It can be written, once, and never read.
- apiGroups: [""]
  resources: [configmaps]
  verbs: [create]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [list, create, patch]
{{- end -}}

{{- define "leadline.subjects" -}}
- kind: ServiceAccount
  name: {{ include "leadline.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end -}}
