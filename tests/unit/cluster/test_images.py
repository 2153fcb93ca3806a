"""Image archives have the form that container engines import, and Docker builds them where it answers."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from cluster.imagebuild import ImageBuilder
from cluster.images import write_image

# Notes what it is asked, and for `save` writes the file.
DOCKER = """#!/bin/sh
echo "$@" >> {log}
case "$1 $2" in "save --output="*) echo image > "${{2#--output=}}";; esac
"""


def read_json(tar: tarfile.TarFile, name: str) -> Any:
    member = tar.extractfile(name)
    assert member is not None
    return json.load(member)


def test_an_image_archive_names_its_image_and_the_digest_of_its_layer(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")

    write_image(tmp_path / "image.tar", "leadline.test/sample:1", {"bin/program": program}, ["/bin/program"])

    with tarfile.open(tmp_path / "image.tar") as tar:
        [entry] = read_json(tar, "manifest.json")
        config = read_json(tar, entry["Config"])
        [layer_name] = entry["Layers"]
        layer = tar.extractfile(layer_name)
        assert layer is not None
        digest = hashlib.sha256(layer.read()).hexdigest()
        layer.seek(0)
        with tarfile.open(fileobj=layer) as content:
            mode = content.getmember("bin/program").mode
    assert entry["RepoTags"] == ["leadline.test/sample:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{digest}"]
    assert config["config"]["Cmd"] == ["/bin/program"]
    assert mode == 0o755


def test_where_docker_answers_it_builds_on_the_base_image_of_the_dockerfile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    docker = tmp_path / "docker"
    docker.write_text(DOCKER.format(log=log))
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    archive = tmp_path / "image.tar"

    ImageBuilder(lambda line: None).build(tmp_path, "leadline.test/sample:1", archive, {"VERSION": "2"})

    assert archive.read_text() == "image\n"
    assert log.read_text().splitlines() == [
        "version",
        f"build --build-arg=VERSION=2 --tag=leadline.test/sample:1 {tmp_path}",
        f"save --output={archive} leadline.test/sample:1",
    ]
