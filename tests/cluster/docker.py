"""Whether Docker can be used on this machine."""

from __future__ import annotations

import shutil
import subprocess


def docker_answers() -> bool:
    """Whether there is a Docker client, and a daemon that talks to it."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0
