"""A given kubeconfig is used only where its cluster is known, or named, to be for tests."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from cluster.choose import given_cluster
from cluster.errors import RefusedContext


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADLINE_TEST_KUBECONFIG", raising=False)
    monkeypatch.delenv("LEADLINE_TEST_CONTEXT", raising=False)


def write_kubeconfig(folder: Path, *contexts: str) -> Path:
    """A kubeconfig with these contexts, the first being the current one."""
    config = {
        "current-context": contexts[0],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}:6443"}} for name in contexts],
        "users": [{"name": name, "user": {"client-key": "key.pem"}} for name in contexts],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in contexts],
    }
    path = folder / "config"
    path.write_text(json.dumps(config))
    return path


def test_nothing_given_means_the_tests_make_their_own_cluster() -> None:
    assert given_cluster() is None


def test_the_context_of_our_kind_cluster_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLINE_TEST_KUBECONFIG", str(write_kubeconfig(tmp_path, "kind-leadline")))

    given = given_cluster()

    assert given is not None
    with contextlib.closing(given):
        assert given.url == "https://kind-leadline:6443"


def test_an_unknown_context_is_refused_with_the_way_to_allow_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLINE_TEST_KUBECONFIG", str(write_kubeconfig(tmp_path, "production")))

    with pytest.raises(RefusedContext, match="LEADLINE_TEST_CONTEXT=production"):
        given_cluster()


def test_a_context_that_is_named_is_used_whichever_is_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLINE_TEST_KUBECONFIG", str(write_kubeconfig(tmp_path, "production", "lab")))
    monkeypatch.setenv("LEADLINE_TEST_CONTEXT", "lab")

    given = given_cluster()

    assert given is not None
    with contextlib.closing(given):
        written = json.loads(given.kubeconfig(namespace="here").read_text())
    assert [entry["name"] for entry in written["contexts"]] == ["lab"]
    assert written["contexts"][0]["context"]["namespace"] == "here"
    assert written["users"][0]["user"]["client-key"] == str(tmp_path / "key.pem")


def test_a_named_context_that_does_not_exist_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLINE_TEST_KUBECONFIG", str(write_kubeconfig(tmp_path, "kind-leadline")))
    monkeypatch.setenv("LEADLINE_TEST_CONTEXT", "lab")

    with pytest.raises(RefusedContext, match="no context 'lab'"):
        given_cluster()
