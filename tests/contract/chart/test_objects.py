"""What the chart makes of its values: CRDs and policy as generated, and a pod that any cluster takes."""

from __future__ import annotations

import copy
from dataclasses import fields

import pytest

import leadline
from chart import CHART, HelmFailed, Json, helm, of_kind, render, the
from leadline.api.crd import crds
from leadline.api.policy import policy
from leadline.controller.main import main
from leadline.controller.settings import Settings

KEEP = {"helm.sh/resource-policy": "keep"}


def pod(values: Json | None = None) -> Json:
    spec: Json = the(render(values), "Deployment")["spec"]["template"]["spec"]
    return spec


def environment(values: Json | None = None) -> dict[str, str]:
    [container] = pod(values)["containers"]
    return {variable["name"]: variable["value"] for variable in container["env"]}


def test_the_crds_are_those_of_the_types_and_outlive_the_release() -> None:
    rendered = of_kind(render(), "CustomResourceDefinition")

    kept = copy.deepcopy(crds())
    for crd in kept:
        crd["metadata"]["annotations"] = KEEP
    assert rendered == kept


def test_the_crds_can_go_with_the_release() -> None:
    assert of_kind(render({"crds": {"keep": False}}), "CustomResourceDefinition") == crds()


def test_the_crds_can_be_left_to_others() -> None:
    assert of_kind(render({"crds": {"install": False}}), "CustomResourceDefinition") == []


def test_the_policies_are_those_of_the_types() -> None:
    kinds = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")

    assert sorted(of_kind(render(), *kinds), key=str) == sorted(policy(), key=str)
    assert of_kind(render({"policy": {"enabled": False}}), *kinds) == []


def test_the_image_is_of_the_version_that_the_chart_is_for() -> None:
    [container] = pod()["containers"]

    assert container["image"] == f"leadline/leadline:{leadline.__version__}"


def test_an_image_can_be_named_by_its_digest() -> None:
    digest = f"sha256:{'0' * 64}"

    [container] = pod({"image": {"repository": "mirror/leadline", "digest": digest}})["containers"]

    assert container["image"] == f"mirror/leadline@{digest}"


def test_the_pod_meets_the_standard_restricted_and_writes_nowhere_but_to_tmp() -> None:
    spec = pod()

    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    [container] = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert container["resources"]["limits"].keys() == {"cpu", "memory"}


def test_the_platform_may_choose_the_user() -> None:
    spec = pod({"podSecurityContext": {"runAsUser": None, "runAsGroup": None, "fsGroup": None}})

    assert spec["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


def test_a_service_of_the_same_name_does_not_speak_for_the_settings() -> None:
    # The kubelet would set LEADLINE_PORT=tcp://… for a Service called leadline.
    assert pod()["enableServiceLinks"] is False
    assert environment()["LEADLINE_PORT"] == "8080"


def test_every_variable_is_a_setting_of_the_operator() -> None:
    flags = {f"LEADLINE_{option.name}".upper() for option in main.params}

    given = environment({"namespaces": ["a"]})

    assert {name for name in given if name.startswith("LEADLINE_")} <= flags


def test_the_settings_are_the_operators_own_defaults() -> None:
    # Which groups and which Lease the chart says elsewhere; that there is a leader and a port is not up for choice.
    elsewhere = {"namespaces", "lease_namespace", "lease_name", "leader_election", "port"}
    given = environment()

    for setting in fields(Settings):
        if setting.name not in elsewhere:
            default = getattr(Settings(), setting.name)
            text = str(default).lower() if isinstance(default, bool) else str(default).removesuffix(".0")
            assert given[f"LEADLINE_{setting.name.upper()}"] == text


@pytest.mark.parametrize(("value", "text"), [(1000000, "1000000"), (0.5, "0.5"), (12, "12")])
def test_a_number_reaches_the_operator_as_it_was_written(value: float, text: str) -> None:
    assert environment({"settings": {"resync": value}})["LEADLINE_RESYNC"] == text


def test_models_are_fitted_in_one_thread() -> None:
    assert environment().items() >= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}.items()


def test_one_operator_is_replaced_and_several_take_turns() -> None:
    strategies = [the(render({"replicas": n}), "Deployment")["spec"]["strategy"] for n in (1, 2)]

    assert strategies == [{"type": "Recreate"}, {"type": "RollingUpdate"}]


def test_the_kubelet_asks_the_operator_how_it_is() -> None:
    [container] = pod()["containers"]

    paths = {
        name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")
    }
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}
    [port] = container["ports"]
    assert port == {"name": "http", "containerPort": 8080}


def test_what_a_pod_can_have_is_handed_on() -> None:
    given: Json = {
        "imagePullSecrets": [{"name": "registry"}],
        "nodeSelector": {"pool": "system"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "topologySpreadConstraints": [{"maxSkew": 1}],
        "priorityClassName": "system-cluster-critical",
    }

    assert pod(given).items() >= given.items()


def test_variables_labels_and_annotations_can_be_added() -> None:
    values = {
        "extraEnv": [{"name": "HTTPS_PROXY", "value": "proxy:3128"}],
        "podLabels": {"team": "ml"},
        "podAnnotations": {"note": "1"},
    }

    assert environment(values)["HTTPS_PROXY"] == "proxy:3128"
    metadata = the(render(values), "Deployment")["spec"]["template"]["metadata"]
    assert metadata["labels"]["team"] == "ml"
    assert metadata["annotations"] == {"note": "1"}


def test_an_account_made_by_others_is_used_and_not_made() -> None:
    values = {"serviceAccount": {"create": False, "name": "theirs"}}

    objects = render(values)

    assert of_kind(objects, "ServiceAccount") == []
    assert pod(values)["serviceAccountName"] == "theirs"
    assert the(objects, "ClusterRoleBinding")["subjects"][0]["name"] == "theirs"


def test_service_and_monitor_find_the_pods() -> None:
    objects = render({"podMonitor": {"enabled": True, "labels": {"release": "prometheus"}}})

    labels = the(objects, "Deployment")["spec"]["template"]["metadata"]["labels"]
    assert the(objects, "Deployment")["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert the(objects, "Service")["spec"]["selector"].items() <= labels.items()
    monitor = the(objects, "PodMonitor")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert monitor["spec"]["podMetricsEndpoints"] == [{"port": "http", "interval": "30s"}]


def test_what_is_not_asked_for_is_not_there() -> None:
    objects = render({"service": {"create": False}})

    assert of_kind(objects, "Service", "PodMonitor", "NetworkPolicy") == []


def test_the_network_policy_lets_through_metrics_and_the_api_server_only() -> None:
    people = [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]
    proxy = [{"ports": [{"port": 3128}]}]

    values = {"networkPolicy": {"enabled": True, "metricsFrom": people, "extraEgress": proxy}}

    spec = the(render(values), "NetworkPolicy")["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [{"ports": [{"port": "http"}], "from": people}]
    assert spec["egress"] == [{"ports": [{"port": 443}, {"port": 6443}]}, *proxy]


def test_names_follow_the_release() -> None:
    named = {
        release: the(render(release=release), "Deployment")["metadata"]["name"]
        for release in ("leadline", "x")
    }

    assert named == {"leadline": "leadline", "x": "x-leadline"}


def test_a_cluster_that_is_too_old_is_refused_and_a_vendors_version_is_not() -> None:
    helm("template", CHART, "--kube-version", "v1.32.1-eks-a1b2c3")

    with pytest.raises(HelmFailed, match=r"requires kubeVersion: >=1\.32"):
        helm("template", CHART, "--kube-version", "1.31.9")


def test_the_notes_say_what_to_do_next() -> None:
    text = helm("install", "leadline", CHART, "--dry-run=client", "--namespace", "here")

    notes = text.partition("NOTES:")[2]
    assert "kubectl -n here rollout status deployment/leadline" in notes
    assert "kubectl apply -f examples/digits-svm.yaml" in notes
    assert "kubectl get og,ogt --watch" in notes
