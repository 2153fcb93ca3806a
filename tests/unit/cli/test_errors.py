"""What stands in the way is told in one line, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.cli.errors import explain
from leadline.kube import errors as kube
from leadline.local.errors import StoreInUseError, StoreUnusableError
from leadline.local.view import GroupGoneError

ERRORS = [
    (kube.ConfigError("there is no kubeconfig at ~/.kube/config"), "no kubeconfig"),
    (kube.NotFound(404, "", "404 page not found"), "leadline crd | kubectl apply -f -"),
    (kube.NotFound(404, "NotFound", 'trials "x" not found'), "leadline list -A"),
    (kube.Forbidden(403, "Forbidden", "user u cannot list"), "role `view`"),
    (kube.Unauthorized(401, "Unauthorized", "no"), "log in again"),
    (kube.Conflict(409, "Conflict", "the uid is another"), "try again"),
    (kube.Invalid(422, "Invalid", "spec.stop: unsupported"), "spec.stop: unsupported"),
    (kube.TooManyRequests(429, "TooManyRequests", "slow down"), "slow down"),
    (kube.NotSent("connection refused"), "no answer from the cluster: connection refused; check --context"),
    (kube.OutcomeUnknown("lost"), "may or may not be done"),
    (StoreUnusableError("x.db was written by a newer Leadline; upgrade Leadline"), "upgrade Leadline"),
    (StoreInUseError(Path("x.db"), 7), "process 7"),
    (GroupGoneError("the group x was deleted from x.db"), "was deleted"),
    (PermissionError(13, "Permission denied", "/root/x.db"), "/root/x.db: Permission denied"),
    (KeyError("x"), "please report it"),
]


@pytest.mark.parametrize(("error", "words"), ERRORS, ids=lambda value: type(value).__name__)
def test_each_error_has_its_remedy(error: Exception, words: str) -> None:
    said = explain(error)

    assert words in said.message
    assert "\n" not in said.message
    assert said.exit_code == 3


def test_what_a_server_says_moves_no_cursor() -> None:
    said = explain(kube.Forbidden(403, "Forbidden", "\x1b[2J\rno\nno"))

    assert said.message.isprintable()
