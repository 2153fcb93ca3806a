"""The text of the generated files: CRDs and policy as YAML, the same bytes on every machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

from leadline.api import names
from leadline.api.crd import crds
from leadline.api.policy import policy

HEADER: Final = "# Generated from operator/leadline/api by `make manifests`; do not edit.\n"


class _Dumper(yaml.SafeDumper):
    """Writes what is shared out in full: an alias would be a riddle to readers and some tools."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def crd_files() -> Mapping[str, str]:
    """File name and text of each CRD, as controller-gen would name them."""
    return {f"{names.GROUP}_{crd['spec']['names']['plural']}.yaml": to_yaml([crd]) for crd in crds()}


def policy_text() -> str:
    """The ValidatingAdmissionPolicy and its binding."""
    return to_yaml(policy())


def to_yaml(objects: Iterable[Mapping[str, Any]]) -> str:
    """Objects as one YAML file, fields in their own order."""
    text = yaml.dump_all(objects, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return HEADER + text
