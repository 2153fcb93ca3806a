"""The ValidatingAdmissionPolicies for what a CRD can't say.

The first is about ``params`` and ``values`` of new groups. With it ``kubectl apply`` refuses a bad parameter and says
where; without it the group's condition does. It is the CEL twin of the search's own checks, but for what takes real
arithmetic: doubles that run out, exponents too great. It leaves groups alone that exist: params can't change later,
and a policy that has become stricter must not keep anyone from suspending a group that already runs.

The second is about edits. A CRD's own rule finds {a: 1} equal to {b: 1} where the schema does not name the keys
(apiserver 1.36, cel/common/values.go, unstructuredMap.Equal), as in a pod template or a configuration.

Both keep to CEL as Kubernetes 1.30 knows it.
"""

from __future__ import annotations

from typing import Any, Final

from leadline.api import names
from leadline.api.fields import Rule
from leadline.api.policy.cel import Check
from leadline.api.policy.conditions import CONDITIONS
from leadline.api.policy.figures import FIGURES
from leadline.api.policy.lists import LISTS
from leadline.api.policy.shapes import SHAPES, UNGRIDDED
from leadline.api.rules import fixed

PARAMS_POLICY: Final = f"leadline-params.{names.GROUP}"
"""Name of the policy for new groups and of its binding."""
EDITS_POLICY: Final = f"leadline-edits.{names.GROUP}"
"""Name of the policy for edits and of its binding."""

# The server tells of the first check that fails: whether a grid can use a kind matters only once its values do.
_STEPS: Final = (*SHAPES, *FIGURES, *LISTS, *CONDITIONS, UNGRIDDED)

_FIXED: Final = {
    "spec.template": fixed("template", "the pod template"),
    "spec.matrix.values": fixed("values"),
}


def policy() -> list[dict[str, Any]]:
    """Both policies, each with its binding, ready for ``kubectl apply``."""
    params = {
        "variables": [step.variable() for step in _STEPS],
        "validations": [step.validation() for step in _STEPS if isinstance(step, Check)],
    }
    edits = {"validations": [_unchanged(path, rule) for path, rule in _FIXED.items()]}
    return [*_bound(PARAMS_POLICY, "CREATE", params), *_bound(EDITS_POLICY, "UPDATE", edits)]


def _unchanged(path: str, rule: Rule) -> dict[str, str]:
    new, old = f"object.{path}", f"oldObject.{path}"
    return {
        "expression": f"has({new}) == has({old}) && (!has({new}) || {new} == {old})",
        "message": f"{path}: {rule.text}",
    }


def _bound(name: str, operation: str, checks: dict[str, Any]) -> list[dict[str, Any]]:
    """A policy for one operation on groups, and the binding that puts it in force."""
    resources = {
        "apiGroups": [names.GROUP],
        "apiVersions": ["*"],
        "operations": [operation],
        "resources": [names.GROUP_PLURAL],
    }
    spec = {"failurePolicy": "Fail", "matchConstraints": {"resourceRules": [resources]}, **checks}
    binding = {"policyName": name, "validationActions": ["Deny"]}
    return [
        _object("ValidatingAdmissionPolicy", name, spec),
        _object("ValidatingAdmissionPolicyBinding", name, binding),
    ]


def _object(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }
