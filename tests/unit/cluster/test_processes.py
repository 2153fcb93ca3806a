"""What a crashed run left behind is removed, and nothing else is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.errors import StartFailed
from cluster.processes import Component, RunFolder, process_identity, reap_dead_runs
from cluster.waiting import wait_until


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, as components are."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


def dead_identity() -> str:
    """The identity of a process that has ended."""
    with subprocess.Popen(["sleep", "60"]) as process:
        identity = process_identity(process.pid)
        process.kill()
    assert identity is not None
    return identity


def leave_run(root: Path, *, owner: str, process: str) -> Path:
    folder = root / "leadline-tests-1"
    folder.mkdir()
    (folder / "owner").write_text(owner)
    (folder / "processes").write_text(f"{process}\n")
    return folder


def identity_of(process: subprocess.Popen[bytes]) -> str:
    identity = process_identity(process.pid)
    assert identity is not None
    return identity


def test_processes_of_a_dead_run_are_ended_and_its_folder_removed(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    folder = leave_run(tmp_path, owner=dead_identity(), process=identity_of(sleeper))

    reap_dead_runs()

    assert sleeper.wait(10) == -9
    assert not folder.exists()


def test_a_stranger_that_got_the_pid_of_a_dead_process_is_spared(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    pid, start, boot = identity_of(sleeper).split()
    leave_run(tmp_path, owner=dead_identity(), process=f"{pid} {int(start) - 1} {boot}")

    reap_dead_runs()

    assert sleeper.poll() is None


def test_a_run_whose_owner_lives_is_left_alone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    owner = process_identity(os.getpid())
    assert owner is not None
    folder = leave_run(tmp_path, owner=owner, process=identity_of(sleeper))

    reap_dead_runs()

    assert sleeper.poll() is None
    assert folder.exists()


def test_an_ended_process_has_no_identity() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
        assert process_identity(process.pid) is None


def test_a_component_that_ends_while_starting_is_reported_with_the_end_of_its_log() -> None:
    run = RunFolder()
    component = Component(run, "server", ["sh", "-c", "echo the port is taken; exit 1"])
    component.start()

    with pytest.raises(StartFailed, match=r"server ended while starting.*\n.*the port is taken"):
        component.wait_ready(lambda: False, timeout=10)


def test_a_component_is_stopped_with_the_processes_it_started() -> None:
    run = RunFolder()
    component = Component(run, "parent", ["sh", "-c", "sleep 60 & echo $!; wait"])
    component.start()
    component.wait_ready(lambda: component.log.read_text().endswith("\n"), timeout=10)
    child = int(component.log.read_text())
    assert process_identity(child) is not None

    component.stop()

    wait_until(lambda: process_identity(child) is None, "the child to end")


def test_logs_are_kept_where_a_folder_for_them_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLINE_TEST_LOGS", str(tmp_path / "logs"))
    run = RunFolder()
    (run.path / "server.log").write_text("served\n")
    (run.path / "secret.key").touch()

    run.remove()

    assert not run.path.exists()
    kept = [path for path in (tmp_path / "logs").rglob("*") if path.is_file()]
    assert [path.name for path in kept] == ["server.log"]


def test_components_do_not_inherit_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test")
    run = RunFolder()
    component = Component(run, "shell", ["sh", "-c", "echo proxy=$HTTPS_PROXY home=$HOME; sleep 60"])
    component.start()

    component.wait_ready(lambda: component.log.read_text().endswith("\n"), timeout=10)
    component.stop()

    assert component.log.read_text().startswith("proxy= home=/")
