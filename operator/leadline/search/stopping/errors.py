"""What goes wrong with a stopping rule."""

from __future__ import annotations

from leadline.search.errors import ExtensionError


class StoppingRuleError(ExtensionError):
    """It is not installed, raises, or gives an answer that can't be used."""

    reason = "StoppingRuleFailed"
