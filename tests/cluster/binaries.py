"""The programs of the test cluster: found in KUBEBUILDER_ASSETS, or built once from pinned Go modules.

The modules under `go/` pin every program and all it is built from; a built program lies in the user's cache
folder under its name, version and platform, and is built again only when the pinned version changes.

`python -m cluster.binaries [NAME ...]` (with `tests` on the path) builds the named programs, or all, and
prints their paths.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cluster.errors import NotAvailable

GO_MODULES = Path(__file__).parent / "go"
_GO_NEEDED = (1, 26)  # as the go.mod files say; an older Go says it less clearly

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Program:
    """One program: the folder that pins it, the module whose version is its own, and its Go package."""

    name: str
    folder: str
    module: str
    package: str
    minutes: float  # of a first build on two cores, for the line that asks for patience

    @property
    def version(self) -> str:
        """The version that the folder's go.mod requires; for a program of our own a digest of its source."""
        if self.package == ".":
            source = (GO_MODULES / self.folder / "main.go").read_bytes()
            return f"v0-{hashlib.sha256(source).hexdigest()[:12]}"
        text = (GO_MODULES / self.folder / "go.mod").read_text()
        match = re.search(rf"^\s*(?:require )?{re.escape(self.module)} (v\S+)$", text, re.MULTILINE)
        if match is None:
            raise LookupError(f"{self.folder}/go.mod does not require {self.module}")
        return match[1]

    @property
    def linker_flags(self) -> str:
        """Stripped; the Kubernetes programs told their version, which they report to version checks."""
        flags = ["-s", "-w"]
        if self.module == "k8s.io/kubernetes":
            major, minor, _ = self.version.removeprefix("v").split(".", 2)
            variables = {"gitVersion": self.version, "gitMajor": major, "gitMinor": minor}
            flags += [f"-X k8s.io/component-base/version.{key}={value}" for key, value in variables.items()]
        return " ".join(flags)


def _kubernetes(name: str, minutes: float) -> Program:
    return Program(name, "kubernetes", "k8s.io/kubernetes", f"k8s.io/kubernetes/cmd/{name}", minutes)


PROGRAMS = {
    program.name: program
    for program in (
        Program("etcd", "kubernetes", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3", 2),
        _kubernetes("kube-apiserver", 4),
        _kubernetes("kube-controller-manager", 2),
        _kubernetes("kube-scheduler", 0.2),
        _kubernetes("kubectl", 0.2),
        Program("kwok", "kwok", "sigs.k8s.io/kwok", "sigs.k8s.io/kwok/cmd/kwok", 3),
        _kubernetes("kubelet", 0.5),
        _kubernetes("kube-proxy", 0.2),
        Program("pause", "pause", "leadline.dev/tests/cluster/pause", ".", 0.1),
        Program("kind", "kind", "sigs.k8s.io/kind", "sigs.k8s.io/kind", 0.2),
        Program("helm", "helm", "helm.sh/helm/v4", "helm.sh/helm/v4/cmd/helm", 4),
        Program(
            "kubeconform",
            "kubeconform",
            "github.com/yannh/kubeconform",
            "github.com/yannh/kubeconform/cmd/kubeconform",
            0.1,
        ),
    )
}


def cache_folder() -> Path:
    """The folder below the user's cache where Leadline's tests keep what is costly to make."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "leadline"


def print_report(line: str) -> None:
    """Tell progress on standard error, so that a script can read paths from standard output."""
    print(line, file=sys.stderr, flush=True)


def find(name: str, report: Report = print_report) -> Path:
    """The path of a program, built first if need be; raises NotAvailable where that can't be done."""
    program = PROGRAMS[name]
    if assets := os.environ.get("KUBEBUILDER_ASSETS"):
        given = Path(assets) / name
        if os.access(given, os.X_OK):
            return given
    return _built(program, report)


def find_all(names: Iterable[str], report: Report = print_report) -> dict[str, Path]:
    """The paths of several programs, by name."""
    return {name: find(name, report) for name in names}


def _built(program: Program, report: Report) -> Path:
    system, architecture = platform()
    folder = cache_folder() / "test-binaries"
    target = folder / f"{program.name}-{program.version}-{system}-{architecture}"
    if target.exists():
        return target
    with only_one(folder, report):
        if not target.exists():
            _require_go(program)
            report(
                f"building {program.name} {program.version} (first time only, {_about(program.minutes)}) …"
            )
            _build(program, target)
    return target


def _build(program: Program, target: Path) -> None:
    """Build into a temporary file beside the target and rename it: a target is always a whole program."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{program.name}-") as scratch:
        output = Path(scratch) / program.name
        cores = len(os.sched_getaffinity(0))
        command = ["go", "build", "-p", str(cores), "-trimpath", "-ldflags", program.linker_flags]
        built = _go([*command, "-o", str(output), program.package], program.folder)
        if built.returncode != 0:
            last_lines = "\n".join(built.stderr.strip().splitlines()[-8:])
            raise _not_available(program, f"{program.name} could not be built:\n{last_lines}")
        output.replace(target)


def _require_go(program: Program) -> None:
    """Raise NotAvailable where Go is missing, or older than the module asks for."""
    if shutil.which("go") is None:
        raise _not_available(program, "Go is not installed")
    version = _go(["go", "env", "GOVERSION"], program.folder)
    found = re.match(r"go(\d+)\.(\d+)", version.stdout)
    if version.returncode != 0 or found is None:
        raise _not_available(program, f"Go does not work: {version.stderr.strip()}")
    if (int(found[1]), int(found[2])) < _GO_NEEDED:
        needed = ".".join(map(str, _GO_NEEDED))
        raise _not_available(program, f"Go {needed} is needed, {found[0]} is installed")


def _not_available(program: Program, reason: str) -> NotAvailable:
    needed = ".".join(map(str, _GO_NEEDED))
    return NotAvailable(
        reason,
        (
            f"put Go {needed} or newer on the PATH (go.dev/doc/install): the programs are built from Go modules",
            f"set KUBEBUILDER_ASSETS to a folder with {program.name} "
            "(setup-envtest makes one with etcd, kube-apiserver and kubectl)",
        ),
    )


def _go(command: list[str], folder: str) -> subprocess.CompletedProcess[str]:
    """Run a Go command in a module, free of the user's own build flags and workspace."""
    flags = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    return subprocess.run(
        command,
        cwd=GO_MODULES / folder,
        env={**os.environ, **flags},
        capture_output=True,
        text=True,
        check=False,
    )


def platform() -> tuple[str, str]:
    """GOOS and GOARCH of this machine."""
    machine = os.uname().machine
    return os.uname().sysname.lower(), {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def _about(minutes: float) -> str:
    return "under a minute" if minutes < 1 else f"about {minutes:g} minutes"


@contextlib.contextmanager
def only_one(folder: Path, report: Report) -> Iterator[None]:
    """One build at a time for a folder of the cache: two would fight for the cores, or build the same."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report(f"waiting for another run to finish building in {folder} …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # closing the file releases the lock


def main(arguments: list[str]) -> int:
    """Build the named programs, or all, and print their paths."""
    unknown = [name for name in arguments if name not in PROGRAMS]
    if unknown:
        print_report(f"unknown program {unknown[0]!r}; known are {', '.join(PROGRAMS)}")
        return 2
    try:
        for name in arguments or PROGRAMS:
            print(find(name))
    except NotAvailable as problem:
        print_report(f"{problem.reason}; any of these helps:")
        for remedy in problem.remedies:
            print_report(f"  - {remedy}")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
