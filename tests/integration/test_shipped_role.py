"""The operator under exactly the rights that the chart gives it: enough to finish a search, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chart import RELEASE_NAMESPACE, Json, of_kind, render, shipped_account
from cluster.client import Api
from cluster.controlplane import ControlPlane
from cluster.errors import ApiError
from cluster.fakenodes import add_kwok_nodes
from cluster.waiting import wait_until
from faults.groups import check_complete, condition, group, wait_finished
from integration.served import install
from leadline.api import names
from operator_process import OperatorProcess

GROUP = (names.API_VERSION, names.GROUP_KIND)
TEAMS = ("team-a", "team-b")
ELSEWHERE = "elsewhere"

CLUSTER_WIDE: Json = {}
NAMESPACED: Json = {"namespaces": list(TEAMS)}

# "verb resource.group[/subresource] [name]" that the operator has to do with groups in a namespace.
NEEDED = (
    "watch optimizationgroups.leadline.dev",
    "update optimizationgroups.leadline.dev/status",
    "create trials.leadline.dev",
    "update trials.leadline.dev/status",
    "create jobs.batch",
    "patch jobs.batch",
    "delete jobs.batch",
    "watch pods",
    "get pods/log",
    "create configmaps",
    "create events.events.k8s.io",
)
# What a stolen token must not be good for, anywhere.
REFUSED = (
    "get secrets",
    "list secrets",
    "watch secrets",
    "create secrets",
    "get configmaps",
    "list configmaps",
    "watch configmaps",
    "update configmaps",
    "patch configmaps",
    "delete configmaps",
    "create serviceaccounts/token",
    "create pods",
    "delete pods",
    "create pods/exec",
    "get pods/exec",
    "get nodes/proxy",
    "list nodes",
    "list namespaces",
    "update jobs.batch",
    "create cronjobs.batch",
    "create deployments.apps",
    "create optimizationgroups.leadline.dev",
    "update optimizationgroups.leadline.dev",
    "patch optimizationgroups.leadline.dev",
    "delete optimizationgroups.leadline.dev",
    "update trials.leadline.dev",
    "patch trials.leadline.dev",
    "delete trials.leadline.dev",
    "delete events.events.k8s.io",
    "delete leases.coordination.k8s.io leadline",
    "get leases.coordination.k8s.io another",
    "update leases.coordination.k8s.io another",
    "create roles.rbac.authorization.k8s.io",
    "bind clusterroles.rbac.authorization.k8s.io",
    "escalate clusterroles.rbac.authorization.k8s.io",
    "create clusterrolebindings.rbac.authorization.k8s.io",
    "impersonate users",
    "impersonate serviceaccounts",
    "create customresourcedefinitions.apiextensions.k8s.io",
    "create validatingadmissionpolicies.admissionregistration.k8s.io",
    "create tokenreviews.authentication.k8s.io",
)


@pytest.fixture(scope="module")
def plane(announce: Callable[[str], None]) -> Iterator[ControlPlane]:
    """A control plane without other operators, or groups that others have left."""
    with ControlPlane(scheduler=True, kwok=True, report=announce) as plane:
        api = plane.api()
        add_kwok_nodes(api, 2)
        for name in (RELEASE_NAMESPACE, *TEAMS, ELSEWHERE):
            api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
            api.wait("v1", "ServiceAccount", "default", bool, name)
        install(api)
        yield plane


@pytest.fixture(params=[CLUSTER_WIDE, NAMESPACED], ids=["cluster-wide", "namespaced"])
def values(request: pytest.FixtureRequest) -> Json:
    chosen: Json = request.param
    return chosen


@pytest.fixture
def account(plane: ControlPlane, values: Json) -> Iterator[Path]:
    """A kubeconfig of the operator's account, whose rights go with the test."""
    yield shipped_account(plane, values)
    api = plane.api()
    for thing in of_kind(render(values), "ClusterRoleBinding", "RoleBinding"):
        metadata = thing["metadata"]
        api.delete(thing["apiVersion"], thing["kind"], metadata["name"], metadata.get("namespace"))


def flags(values: Json) -> list[str]:
    return [f"--namespaces={','.join(values['namespaces'])}"] if values else []


def remove_groups(api: Api) -> None:
    """Delete every group, and wait until the garbage collector has taken what belonged to it."""
    for known in api.list(*GROUP):
        api.delete(*GROUP, known["metadata"]["name"], known["metadata"]["namespace"])
    left = (GROUP, (names.API_VERSION, names.TRIAL_KIND), ("batch/v1", "Job"))
    wait_until(lambda: not any(api.list(*kind) for kind in left), "groups, trials and Jobs to be gone")


def test_a_search_comes_to_its_end_and_no_request_is_forbidden(
    plane: ControlPlane, values: Json, account: Path
) -> None:
    api = plane.api()
    with OperatorProcess(account, *flags(values)) as operator:
        for team in TEAMS:
            api.create(group(runs=6, concurrency=2), team)
        for team in TEAMS:
            check_complete(api, team, 6)
        # Where the termination message says nothing the log is read, or is tried to: fake nodes have none.
        api.create(
            group("quiet", runs=1, annotations={"sim.leadline.dev/termination-message": "-"}), TEAMS[0]
        )
        wait_finished(api, TEAMS[0], "quiet")
        assert operator.total("leadline_api_calls_total", resource="pods/log") > 0

        codes = {labels["code"] for labels, _ in operator.samples("leadline_api_calls_total")}
        assert operator.terminate() == 0  # and leaves its Lease to the next
        log = operator.log.read_text()
    remove_groups(api)
    assert codes >= {"200", "201"}
    assert not codes & {"401", "403"}
    # kopf's own requests are in no metric of ours; it tells of what it may not do.
    assert not [line for line in log.lower().splitlines() if "forbidden" in line or "permission" in line]


def test_a_pod_that_is_refused_is_told_in_the_servers_words(
    plane: ControlPlane, values: Json, account: Path
) -> None:
    api, [team, _] = plane.api(), TEAMS
    with OperatorProcess(account, *flags(values)) as operator:
        # The Job controller tells of it in Events only, so the operator must be able to read them.
        api.create(group("refused", runs=1, pod={"serviceAccountName": "nobody"}), team)

        def says_why(known: Json) -> bool:
            return "nobody" in condition(known, "Reconciling").get("message", "")

        api.wait(*GROUP, "refused", says_why, team)
        assert operator.total("leadline_api_calls_total", code="403") == 0
        operator.terminate()
    remove_groups(api)


def test_one_of_some_namespaces_leaves_all_others_alone(plane: ControlPlane) -> None:
    api = plane.api()
    with OperatorProcess(shipped_account(plane, NAMESPACED), *flags(NAMESPACED)) as operator:
        api.create(group("theirs", runs=1), ELSEWHERE)
        api.create(group("ours", runs=1), TEAMS[0])
        check_complete(api, TEAMS[0], 1, "ours")
        untouched = api.get(*GROUP, "theirs", ELSEWHERE)
        operator.terminate()
    remove_groups(api)
    assert untouched["status"] == {"observedGeneration": 0, "state": "Pending"}


def can_i(api: Api, question: str, namespace: str) -> bool:
    """What the API server says to ``kubectl auth can-i`` of the client's own user."""
    verb, what, *named = question.split()
    path, _, subresource = what.partition("/")
    resource, _, api_group = path.partition(".")
    attributes = {
        "verb": verb,
        "resource": resource,
        "group": api_group,
        "subresource": subresource,
        "namespace": namespace,
        "name": named[0] if named else "",
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    return bool(api.create(review)["status"]["allowed"])


def test_what_it_needs_it_may_where_its_groups_are(account: Path) -> None:
    api = Api.from_kubeconfig(account)

    def refused() -> list[str]:
        return [
            f"{question} in {team}" for team in TEAMS for question in NEEDED if not can_i(api, question, team)
        ]

    wait_until(lambda: not refused(), "the roles to be in force", explain=lambda: f"Refused: {refused()}")


@pytest.mark.parametrize("place", [TEAMS[0], RELEASE_NAMESPACE, "kube-system", ""])
def test_for_anything_else_its_token_is_worthless(account: Path, place: str) -> None:
    api = Api.from_kubeconfig(account)

    assert [question for question in REFUSED if can_i(api, question, place)] == []


def test_one_of_some_namespaces_may_nothing_in_others(plane: ControlPlane) -> None:
    api = Api.from_kubeconfig(shipped_account(plane, NAMESPACED))

    allowed = [
        (question, place) for place in (ELSEWHERE, "") for question in NEEDED if can_i(api, question, place)
    ]
    assert allowed == []


def test_a_secret_beside_the_operator_stays_one(plane: ControlPlane, account: Path) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "password"},
        "stringData": {"a": "b"},
    }
    plane.api().create(secret, RELEASE_NAMESPACE)
    try:
        with pytest.raises(ApiError) as refusal:
            Api.from_kubeconfig(account).get("v1", "Secret", "password", RELEASE_NAMESPACE)
    finally:
        plane.api().delete("v1", "Secret", "password", RELEASE_NAMESPACE)

    assert refusal.value.status == 403


@pytest.mark.parametrize(
    ("role", "allowed", "refused"),
    [
        (
            "view",
            ("get optimizationgroups.leadline.dev", "watch trials.leadline.dev"),
            (
                "create optimizationgroups.leadline.dev",
                "patch trials.leadline.dev",
                "delete trials.leadline.dev",
                "update optimizationgroups.leadline.dev/status",
            ),
        ),
        (
            "edit",
            (
                "get trials.leadline.dev",
                "create optimizationgroups.leadline.dev",
                "patch optimizationgroups.leadline.dev",
                "delete optimizationgroups.leadline.dev",
                "patch trials.leadline.dev",
                "delete trials.leadline.dev",
            ),
            (
                "create trials.leadline.dev",
                "update optimizationgroups.leadline.dev/status",
                "patch optimizationgroups.leadline.dev/status",
                "update trials.leadline.dev/status",
            ),
        ),
        ("admin", ("create optimizationgroups.leadline.dev",), ("update trials.leadline.dev/status",)),
    ],
)
def test_people_may_what_their_role_says_of_groups_and_trials(
    plane: ControlPlane, role: str, allowed: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    api, team = plane.api(), TEAMS[0]
    for user_role in (
        known for known in of_kind(render(), "ClusterRole") if known["metadata"]["name"] != "leadline"
    ):
        api.patch(
            user_role["apiVersion"], "ClusterRole", user_role["metadata"]["name"], user_role, style="apply"
        )
    api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": f"one-who-{role}s"}}, team)
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": role},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": f"one-who-{role}s", "namespace": team}],
    }
    api.create(binding, team)
    person = plane.api(token=api.service_account_token(team, f"one-who-{role}s"))

    # A controller puts the rules of aggregated roles together.
    wait_until(lambda: all(can_i(person, question, team) for question in allowed), f"{role} to be in force")
    assert [question for question in refused if can_i(person, question, team)] == []
    assert not can_i(person, allowed[0], TEAMS[1])
