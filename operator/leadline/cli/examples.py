"""Examples under a command's help: what for, and the line to type."""

from __future__ import annotations


def examples(*lines: tuple[str, str]) -> str:
    """An epilog that click leaves as it is: pairs of what for and how."""
    return "\b\nExamples:\n" + "\n".join(f"  # {what_for}\n  {line}" for what_for, line in lines)
