"""The ValidatingAdmissionPolicy for what a structural schema can't say of ``params`` and ``values``.

With it ``kubectl apply`` refuses a bad parameter and says where; without it the group's condition does. It is the
CEL twin of the search's own checks, but for what takes real arithmetic: doubles that run out, exponents too great.

It looks at new groups only: params and values can't change later, and a policy that has become stricter must not
keep anyone from suspending a group that already runs. It keeps to CEL as Kubernetes 1.30 knows it.
"""

from __future__ import annotations

from typing import Any, Final

from leadline.api import names
from leadline.api.policy.cel import Check
from leadline.api.policy.figures import FIGURES
from leadline.api.policy.lists import LISTS
from leadline.api.policy.shapes import SHAPES

POLICY_NAME: Final = f"leadline-params.{names.GROUP}"
"""Name of the policy and of its binding."""

_STEPS: Final = (*SHAPES, *FIGURES, *LISTS)


def policy() -> list[dict[str, Any]]:
    """The policy and its binding, ready for ``kubectl apply``."""
    created = {
        "apiGroups": [names.GROUP],
        "apiVersions": ["*"],
        "operations": ["CREATE"],
        "resources": [names.GROUP_PLURAL],
    }
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [created]},
        "variables": [step.variable() for step in _STEPS],
        "validations": [step.validation() for step in _STEPS if isinstance(step, Check)],
    }
    return [
        _object("ValidatingAdmissionPolicy", spec),
        _object(
            "ValidatingAdmissionPolicyBinding", {"policyName": POLICY_NAME, "validationActions": ["Deny"]}
        ),
    ]


def _object(kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": POLICY_NAME},
        "spec": spec,
    }
