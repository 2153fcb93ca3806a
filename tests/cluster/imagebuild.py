"""Building an image from a Dockerfile, with Docker where it answers and without it or a registry elsewhere.

Without Docker, buildah builds on a base image of Debian packages; the Dockerfile must take its base image from
the build argument BASE_IMAGE. The base image and the layers of the last build are kept in the user's cache
folder. This needs root.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cluster.binaries import Report, cache_folder, only_one, print_report
from cluster.docker import docker_answers
from cluster.errors import ClusterError
from cluster.packages import require_programs, require_root

_SUITE = "bookworm"
_BASE_PACKAGES = "python3,python3-venv,python3-pip"
# Both run in a mount namespace of their own, so that an interrupted one leaves no mounts behind.
_PRIVATELY = ("unshare", "--mount")


class ImageBuilder:
    """Builds images into archives that a cluster can import."""

    def __init__(self, report: Report = print_report) -> None:
        self._report = report
        self._storage = cache_folder() / "images"

    def build(
        self, context: Path, name: str, archive: Path, arguments: Mapping[str, str] | None = None
    ) -> None:
        """Build the Dockerfile of folder `context` and write the image, called `name`, as a Docker archive."""
        self._report(f"building image {name} …")
        if docker_answers():
            self._build_with_docker(context, name, archive, arguments or {})
        else:
            self._build_with_buildah(context, name, archive, arguments or {})

    def _build_with_docker(
        self, context: Path, name: str, archive: Path, arguments: Mapping[str, str]
    ) -> None:
        _run("docker", "build", *_build_arguments(arguments), f"--tag={name}", str(context))
        _run("docker", "save", f"--output={archive}", name)

    def _build_with_buildah(
        self, context: Path, name: str, archive: Path, arguments: Mapping[str, str]
    ) -> None:
        require_root()
        require_programs(["buildah", "debootstrap", "unshare"])
        with only_one(self._storage, self._report):
            build = (
                "build",
                "--isolation=chroot",  # needs nothing of the machine that root in a container has not
                "--layers",
                "--network=host",
                "--volume=/etc/ssl/certs:/etc/ssl/certs:ro",  # registries behind a private certificate
                *_build_arguments({"BASE_IMAGE": self._base_image(), **arguments}),
            )
            for stage in _stages(context):
                # Under a name, since the layers of a nameless stage are taken away by the pruning below.
                self._buildah(*build, f"--target={stage}", f"--tag={name}-{stage}", str(context))
            self._buildah(*build, f"--tag={name}", str(context))
            archive.unlink(missing_ok=True)  # buildah adds to archives, but does not replace
            self._buildah("push", name, f"docker-archive:{archive}:{name}")
            self._buildah("rmi", "--prune", "--force")

    def _base_image(self) -> str:
        """The name of an image of Debian with Python, made unless it is there from an earlier run."""
        recipe = hashlib.sha256(_BASE_PACKAGES.encode()).hexdigest()[:12]
        name = f"leadline.test/base:{_SUITE}-{recipe}"
        self._buildah("rm", "--all")  # left by a build that was interrupted
        if name in self._buildah("images", "--format={{.Name}}:{{.Tag}}").split():
            return name
        self._report("building a base image from Debian packages (first time only, about 1 minute) …")
        with tempfile.TemporaryDirectory(dir=self._storage, prefix="base-") as scratch:
            root = Path(scratch) / "root"
            command = ("debootstrap", "--variant=minbase", f"--include={_BASE_PACKAGES}", _SUITE, str(root))
            _run(*_PRIVATELY, *command)
            shutil.rmtree(root / "var/cache/apt")
            shutil.rmtree(root / "var/lib/apt/lists")
            container = self._buildah("from", "scratch").strip()
            self._buildah("add", container, str(root), "/")
            self._buildah("commit", "--rm", container, name)
        return name

    def _buildah(self, *arguments: str) -> str:
        places = (f"--root={self._storage / 'storage'}", f"--runroot={self._storage / 'run'}")
        return _run(*_PRIVATELY, "buildah", *places, "--storage-driver=overlay", *arguments)


def _stages(context: Path) -> list[str]:
    """The named stages of a folder's Dockerfile."""
    text = (context / "Dockerfile").read_text()
    return re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE | re.IGNORECASE)


def _build_arguments(arguments: Mapping[str, str]) -> list[str]:
    return [f"--build-arg={key}={value}" for key, value in arguments.items()]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last_lines = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ClusterError(f"{' '.join(command)} failed:\n{last_lines}")
    return done.stdout
