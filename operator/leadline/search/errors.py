"""What goes wrong with code of the user's own. Told to people and tried again: it may be put right meanwhile.

ExtensionError
├── TunerError             ``search.tuner.errors``, with three more below
└── StoppingRuleError      ``search.stopping.errors``
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar


class ExtensionError(Exception):
    """No answer from a tuner or a stopping rule for now; the text is one sentence for people. reason: one CamelCase
    word."""

    reason: ClassVar[str]


def guarded(call: Callable[[], Any], failed: Callable[[str], ExtensionError]) -> Any:
    """The call's result; whatever it raises becomes an ExtensionError: a fault of others must not end the operator, nor
    may their ``sys.exit``.

    failed: makes one of the words for the fault.
    """
    try:
        return call()
    except ExtensionError:
        raise
    except (Exception, SystemExit) as error:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise failed(text) from error
