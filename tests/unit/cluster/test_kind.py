"""A kind cluster is made only where Docker answers, and deleted whatever happens (stand-ins for both)."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.errors import NotAvailable
from cluster.kind import is_wanted, kind_cluster

# Notes what it is asked; `create` writes the kubeconfig that its sixth argument names.
KIND = """#!/bin/sh
echo "$1 $2 $3 $4" >> {log}
if [ $1 = create ]; then cat > "$6" <<EOF
clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:1"}}}}]
users: [{{name: u, user: {{}}}}]
contexts: [{{name: kind-leadline-test, context: {{cluster: c, user: u}}}}]
EOF
fi
"""

DELETE = "delete cluster --name leadline-test"
CREATE = "create cluster --name leadline-test"


def install(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What kind was asked, one line for each call."""
    install(tmp_path, "kind", KIND.format(log=tmp_path / "log"))
    install(tmp_path, "docker", "#!/bin/sh\n")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "log"


def test_a_cluster_is_made_after_an_earlier_one_is_deleted_and_deleted_at_the_end(log: Path) -> None:
    with kind_cluster(lambda line: None) as cluster:
        assert cluster.url == "https://127.0.0.1:1"
        assert log.read_text().splitlines() == [DELETE, CREATE]

    assert log.read_text().splitlines() == [DELETE, CREATE, DELETE]


def test_a_failure_while_it_is_used_deletes_the_cluster_too(log: Path) -> None:
    with pytest.raises(ZeroDivisionError), kind_cluster(lambda line: None):
        raise ZeroDivisionError

    assert log.read_text().splitlines() == [DELETE, CREATE, DELETE]


def test_without_a_docker_daemon_nothing_is_made(log: Path, tmp_path: Path) -> None:
    install(tmp_path, "docker", "#!/bin/sh\nexit 1\n")

    with pytest.raises(NotAvailable, match="Docker does not answer"), kind_cluster(lambda line: None):
        pass

    assert not log.exists()


def test_an_image_is_loaded_into_the_nodes_of_the_cluster(log: Path, tmp_path: Path) -> None:
    with kind_cluster(lambda line: None) as cluster:
        cluster.import_image(tmp_path / "image.tar")

    assert f"load image-archive {tmp_path / 'image.tar'} --name" in log.read_text()


@pytest.mark.parametrize(
    ("said", "docker_status", "wanted"),
    [(None, 0, True), (None, 1, False), ("0", 0, False), ("1", 1, True), ("1", 0, True)],
)
@pytest.mark.usefixtures("log")
def test_kind_is_taken_where_docker_answers_unless_the_environment_says_otherwise(
    said: str | None, docker_status: int, wanted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "docker", f"#!/bin/sh\nexit {docker_status}\n")
    monkeypatch.delenv("LEADLINE_TEST_KIND", raising=False)
    if said is not None:
        monkeypatch.setenv("LEADLINE_TEST_KIND", said)

    assert is_wanted() == wanted
