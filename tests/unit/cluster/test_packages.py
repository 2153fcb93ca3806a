"""What a machine lacks for the real node is named before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from cluster.errors import NotAvailable
from cluster.packages import listed_packages, require_programs


def test_the_list_of_packages_has_names_only() -> None:
    packages = listed_packages()

    assert {"containerd", "runc", "buildah"} <= set(packages)
    assert all(package.replace("-", "").isalnum() for package in packages)


def test_missing_programs_are_named_with_the_command_that_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotAvailable, match="runc, ctr not installed") as problem:
        require_programs(["runc", "ctr"])

    assert "apt-get install" in problem.value.remedies[0]
