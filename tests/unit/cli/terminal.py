"""leadline in a terminal: what it shows at a certain width, and what it does when keys are pressed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

LEADLINE = Path(sys.executable).with_name("leadline")
END = "\x04"
"""Ctrl-D."""


def leadline(folder: Path, *arguments: str, width: int = 80, keys: str = "") -> tuple[int, str]:
    """Exit status, and what stands on the screen, without colours; keys are pressed before it begins."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "HOME": str(folder)}
    environment.pop("COLUMNS", None)
    if keys:
        os.write(ours, keys.encode())
    process = subprocess.Popen(
        [LEADLINE, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:  # Linux says so when the last one has closed the terminal
        pass
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    return process.wait(timeout=60), text.replace("\r\n", "\n")
