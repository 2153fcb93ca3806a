"""The two CustomResourceDefinitions, made from the types."""

from __future__ import annotations

from typing import Any

from leadline.api import names
from leadline.api.openapi import openapi
from leadline.api.resources import GROUP, TRIAL, Column, Resource


def crds() -> list[dict[str, Any]]:
    """Both definitions, ready for ``kubectl apply``."""
    return [_definition(GROUP), _definition(TRIAL)]


def _definition(resource: Resource) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource.plural}.{names.GROUP}"},
        "spec": {
            "group": names.GROUP,
            "scope": "Namespaced",
            "names": {
                "kind": resource.kind,
                "listKind": f"{resource.kind}List",
                "plural": resource.plural,
                "singular": resource.kind.lower(),
                "shortNames": [resource.short],
                "categories": [names.CATEGORY],
            },
            "versions": [_version(resource)],
        },
    }


def _version(resource: Resource) -> dict[str, Any]:
    return {
        "name": names.VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": openapi(resource.schema)},
        "subresources": {"status": {}},
        "selectableFields": [{"jsonPath": path} for path in resource.selectable],
        "additionalPrinterColumns": [_column(column) for column in resource.columns],
    }


def _column(column: Column) -> dict[str, Any]:
    text: dict[str, Any] = {"name": column.name, "type": column.type, "jsonPath": column.path}
    if column.description:
        text["description"] = column.description
    if column.wide:
        text["priority"] = 1
    return text
