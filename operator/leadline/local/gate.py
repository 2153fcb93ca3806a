"""What a trial's process is until it may run: waits for "go" on its standard input, then becomes the command.

Run as a script, by path, in an interpreter without site packages: it imports nothing of Leadline. Whoever started it
records the process first and then writes "go". If that process dies before, the pipe ends and nothing has run.

A script of Python and not of sh: dash drops environment variables whose names are no identifiers, which
Kubernetes allows (``my.name``), and says less about a command that can't be run.
"""

from __future__ import annotations

import os
import signal
import sys

GO = b"go\n"
NOT_RELEASED = 125
CANNOT_RUN = 126
NOT_FOUND = 127
"""Exit codes, as shells use them."""


def main(locale: str, command: list[str]) -> None:
    """Wait, then run ``command`` in this process. ``locale``: ``LC_CTYPE`` as it was, or with its value."""
    if os.read(0, len(GO)) != GO:
        os._exit(NOT_RELEASED)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Undo what the interpreter changed at its own start: signals it ignores, and LC_CTYPE under the C locale (PEP 538).
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    name, given, value = locale.partition("=")
    os.environ.pop(name, None)
    if given:
        os.environ[name] = value
    try:
        os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]} can't be run: {error.strerror}\n".encode(errors="surrogateescape"))
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_RUN)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
