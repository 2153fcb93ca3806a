"""A folder with a search in it, for tests of ``leadline run`` as its users meet it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

import leadline
from leadline.local.store import Store

ROOT = Path(leadline.__file__).parents[2]
COMMAND = [sys.executable, "-c", "from leadline.cli.main import main; main()"]

Document = dict[str, Any]


class Desk:
    """A folder with a search in it, and a shell to run commands in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT / "operator"), "COLUMNS": "120"}
        self.environment.pop("NO_COLOR", None)
        self._begun: list[subprocess.Popen[str]] = []

    def write(self, script: str, trials: int = 12, **matrix: Any) -> Document:
        """Write search.yaml: ``trials`` trials, three at a time, each this line of sh."""
        given: Document = {
            "apiVersion": "leadline.dev/v1alpha1",
            "kind": "OptimizationGroup",
            "metadata": {"name": "search"},
            "spec": {
                "matrix": {
                    "kind": "random",
                    "numRuns": trials,
                    "seed": 1,
                    "concurrency": 3,
                    "metric": {"name": "loss", "optimization": "minimize"},
                    "params": {"x": {"kind": "uniform", "value": [0, 1]}},
                    **matrix,
                },
                "template": {
                    "spec": {"containers": [{"name": "a", "image": "i", "command": ["sh", "-c", script]}]}
                },
            },
        }
        self.save(given)
        return given

    def save(self, given: Document) -> None:
        (self.folder / "search.yaml").write_text(yaml.safe_dump(given, sort_keys=False))

    def begin(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start a command."""
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )
        self._begun.append(process)
        return process

    def run(self, *arguments: str, status: int = 0) -> tuple[str, str]:
        """Run a command to its end; what it printed."""
        process = self.begin(*arguments)
        out, err = process.communicate(timeout=60)
        assert process.returncode == status, f"status {process.returncode}\n{out}\n{err}"
        return out, err

    def summary(self, *arguments: str, status: int = 0) -> Document:
        """Run the search to its end; its one JSON document."""
        out, _ = self.run("run", *(arguments or ("search.yaml",)), "-o", "json", status=status)
        found: Document = json.loads(out)
        return found

    def starts(self) -> Counter[int]:
        traces = self.folder / "started"
        return Counter(map(int, traces.read_text().split())) if traces.exists() else Counter()

    def has_begun(self, starts: int) -> bool:
        """Whether more trials than that have started; for none, whether the file is there."""
        return (
            sum(self.starts().values()) > starts if starts else (self.folder / ".leadline/search.db").exists()
        )

    def finished(self) -> set[int]:
        """Numbers of the trials whose result is stored."""
        with Store.open(self.folder / ".leadline" / "search.db", "read") as store:
            return {trial["spec"]["number"] for trial in store.list("Trial", states=["Succeeded", "Failed"])}

    def left(self) -> list[int]:
        """Living processes that carry LEADLINE_ variables of a trial in this folder."""
        mark = f"LEADLINE_TERMINATION_LOG={self.folder}{os.sep}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
        return found

    def clean(self) -> None:
        for process in self._begun:
            process.kill()
            process.communicate()
        for pid in self.left():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
