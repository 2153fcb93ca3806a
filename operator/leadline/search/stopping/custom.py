"""A stopping rule of one's own, in Python: somebody else's class behind our interface, and nothing of what it does
believed. How it is found is not known here: that takes files (``leadline.plugins``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leadline.search.errors import guarded
from leadline.search.stopping.errors import StoppingRuleError
from leadline.search.stopping.fields import RuleFields
from leadline.search.stopping.rule import Curve, RuleFactory, StoppingRule

FindRule = Callable[[str], RuleFactory]
"""From the name of a rule to its factory; raises StoppingRuleError."""


def no_rules(name: str) -> RuleFactory:
    """Where nobody has said how rules are found, there are none."""
    raise StoppingRuleError(f"no stopping rule named {name!r} can be found here")


class CustomRule:
    """The rule of one entry. Raises StoppingRuleError, when it is made and whenever it is asked."""

    def __init__(self, find: FindRule, fields: RuleFields, matrix: Mapping[str, Any]) -> None:
        self.fields = fields
        factory = find(fields.name)
        self._rule: StoppingRule = self._guarded(lambda: factory(matrix, fields.settings))
        if not hasattr(self._rule, "judge"):
            raise StoppingRuleError(f"{fields.name!r} is no stopping rule: it has no judge()")

    def judge(self, trial: Curve, trials: Mapping[int, Curve]) -> str | None:
        """See ``StoppingRule``."""
        why = self._guarded(lambda: self._rule.judge(trial, trials))
        if why is None:
            return None
        if not isinstance(why, str) or not why:
            shown = "an empty text" if why == "" else type(why).__name__
            message = f"its judge() returned {shown}, neither None nor a sentence that says why"
            raise StoppingRuleError(f"the stopping rule {self.fields.name!r}: {message}")
        return why

    def _guarded(self, call: Callable[[], Any]) -> Any:
        name = self.fields.name
        return guarded(call, lambda text: StoppingRuleError(f"the stopping rule {name!r} failed: {text}"))
