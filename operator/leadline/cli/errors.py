"""Errors in one line: what is in the way, and what to do about it. Knows the error trees of the bodies, no command."""

from __future__ import annotations

import click

from leadline.cli.output import visible


class CliError(click.ClickException):
    """Something is in the way that the caller has to know of; the message says what to do."""

    exit_code = 3


NOT_INSTALLED = (
    "the cluster knows no OptimizationGroups: Leadline is not installed in it; "
    "install the chart, or the CRDs alone with `leadline crd | kubectl apply -f -`"
)


def explain(error: Exception) -> CliError:
    """The error that is shown for what a body raised, or for a bug of ours."""
    from leadline.kube import errors as kube
    from leadline.local.errors import StoreError
    from leadline.local.view import GroupGoneError

    match error:
        case StoreError() | GroupGoneError() | kube.ConfigError():
            text = str(error)
        case kube.NotFound(reason=""):
            text = NOT_INSTALLED
        case kube.NotFound():
            text = f"{error.message}; `leadline list -A` shows what there is"
        case kube.Forbidden():
            text = f"{error.message}; ask for the role `view` to look, or `edit` to change, in this namespace"
        case kube.Unauthorized():
            text = "the cluster does not accept these credentials; log in again, then try `kubectl get namespaces`"
        case kube.Conflict():
            text = f"{error.message}; it was changed at the same time: look at it, then try again"
        case kube.OutcomeUnknown():
            text = f"{error}; it may or may not be done: look with `leadline list`, then try again"
        case kube.TransportError():
            text = f"no answer from the cluster: {error.message}; check --context, and `kubectl get --raw /readyz`"
        case kube.KubeError():
            text = str(error)
        case OSError():
            text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        case _:
            text = (
                f"this should not happen: {type(error).__name__}: {error}; "
                "please report it, with the output of the same command and --debug"
            )
    return CliError(visible(text))
