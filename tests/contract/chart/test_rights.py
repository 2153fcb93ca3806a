"""Which rights the chart gives: these and no others, in the cluster or only in chosen namespaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from chart import OPERATORS_RIGHTS, RELEASE_NAMESPACE, Json, of_kind, render, the

# "verbs resource.group", as a reader of `kubectl auth can-i --list` would say it.
WHERE_GROUPS_ARE = {
    "get list watch optimizationgroups.leadline.dev",
    "get list watch create trials.leadline.dev",
    "update optimizationgroups/status.leadline.dev",
    "update trials/status.leadline.dev",
    "get list watch create patch delete jobs.batch",
    "list watch pods",
    "get pods/log",
    "create configmaps",
    "list create patch events.events.k8s.io",
}
IN_THE_CLUSTER = {"list watch customresourcedefinitions.apiextensions.k8s.io"}
FOR_THE_LEASE = {
    "get update leases.coordination.k8s.io named leadline",
    "create leases.coordination.k8s.io",
}
OF_EDITORS = {
    "create update patch delete deletecollection optimizationgroups.leadline.dev",
    "update patch delete deletecollection trials.leadline.dev",
}
OF_VIEWERS = {
    "get list watch optimizationgroups.leadline.dev",
    "get list watch optimizationgroups/status.leadline.dev",
    "get list watch trials.leadline.dev",
    "get list watch trials/status.leadline.dev",
}

CLUSTER_WIDE: Json = {}
NAMESPACED: Json = {"namespaces": ["team-a", "team-b"]}
# All that an installation without any right beyond its namespaces can have.
WITHOUT_CLUSTER_RIGHTS: Json = {
    **NAMESPACED,
    "crds": {"install": False},
    "policy": {"enabled": False},
    "userRoles": {"create": False},
}
EVERYTHING: Json = {**NAMESPACED, "podMonitor": {"enabled": True}, "networkPolicy": {"enabled": True}}

USER_ROLES = ("leadline-edit", "leadline-view")


def rights(role: Json) -> set[str]:
    """Each rule of a role, once for each resource."""
    found = set()
    for rule in role["rules"]:
        assert rule.keys() <= {"apiGroups", "resources", "resourceNames", "verbs"}
        [group] = rule["apiGroups"]
        named = f" named {' '.join(rule['resourceNames'])}" if "resourceNames" in rule else ""
        for resource in rule["resources"]:
            found.add(f"{' '.join(rule['verbs'])} {resource}{f'.{group}' if group else ''}{named}")
    return found


def operators_roles(objects: Iterable[Json]) -> dict[tuple[str, str], set[str]]:
    """The rights of each role that is bound to the operator, by namespace ("" for the whole cluster) and name."""
    objects = list(objects)
    account = {"kind": "ServiceAccount", "name": "leadline", "namespace": RELEASE_NAMESPACE}
    found = {}
    for binding in of_kind(objects, "RoleBinding", "ClusterRoleBinding"):
        assert binding["subjects"] == [account]
        reference, place = binding["roleRef"], binding["metadata"].get("namespace", "")
        [role] = [
            known
            for known in of_kind(objects, reference["kind"])
            if known["metadata"]["name"] == reference["name"]
            and known["metadata"].get("namespace", "") == place
        ]
        found[place, reference["name"]] = rights(role)
    return found


def test_the_operator_of_a_whole_cluster_has_these_rights() -> None:
    assert operators_roles(render(CLUSTER_WIDE)) == {
        ("", "leadline"): WHERE_GROUPS_ARE | IN_THE_CLUSTER,
        (RELEASE_NAMESPACE, "leadline-lease"): FOR_THE_LEASE,
    }


def test_the_operator_of_some_namespaces_has_these_rights_and_none_in_the_cluster() -> None:
    assert operators_roles(render(NAMESPACED)) == {
        ("team-a", "leadline"): WHERE_GROUPS_ARE,
        ("team-b", "leadline"): WHERE_GROUPS_ARE,
        (RELEASE_NAMESPACE, "leadline-lease"): FOR_THE_LEASE,
    }


def test_the_operator_of_some_namespaces_is_told_to_look_only_there() -> None:
    [container] = the(render(NAMESPACED), "Deployment")["spec"]["template"]["spec"]["containers"]

    assert {"name": "LEADLINE_NAMESPACES", "value": "team-a,team-b"} in container["env"]


def test_an_installation_can_do_without_anything_that_belongs_to_the_cluster() -> None:
    objects = render(WITHOUT_CLUSTER_RIGHTS)

    assert [known["kind"] for known in objects if "namespace" not in known["metadata"]] == []
    assert len(of_kind(objects, "Role")) == 3


def test_the_lease_that_may_be_written_is_the_one_that_is() -> None:
    objects = render({"fullnameOverride": "second"})

    [container] = the(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    assert {"name": "LEADLINE_LEASE_NAME", "value": "second"} in container["env"]
    assert "get update leases.coordination.k8s.io named second" in rights(the(objects, "Role"))


def test_people_get_what_they_need_through_the_roles_they_have() -> None:
    [edit, view] = [
        role for role in of_kind(render(), "ClusterRole") if role["metadata"]["name"] in USER_ROLES
    ]

    assert rights(edit) == OF_EDITORS
    assert aggregated_to(edit) == {"edit", "admin"}
    assert rights(view) == OF_VIEWERS
    assert aggregated_to(view) == {"view", "edit", "admin"}


def aggregated_to(role: Json) -> set[str]:
    prefix = "rbac.authorization.k8s.io/aggregate-to-"
    return {
        key.removeprefix(prefix)
        for key, value in role["metadata"]["labels"].items()
        if prefix in key and value
    }


@pytest.mark.parametrize("values", [CLUSTER_WIDE, NAMESPACED, WITHOUT_CLUSTER_RIGHTS, EVERYTHING])
def test_no_role_names_a_secret_a_wildcard_or_a_way_to_more_rights(values: Json) -> None:
    for role in of_kind(render(values), "Role", "ClusterRole"):
        for rule in role["rules"]:
            named: list[Any] = [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
            assert not {"*", "secrets", "escalate", "bind", "impersonate", "serviceaccounts/token"} & set(
                named
            )


def test_who_makes_the_roles_elsewhere_gets_none() -> None:
    objects = render({"rbac": {"create": False}, "userRoles": {"create": False}})

    assert of_kind(objects, *OPERATORS_RIGHTS) == of_kind(objects, "ServiceAccount")
