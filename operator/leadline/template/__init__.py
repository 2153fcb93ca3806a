"""Parameter values into a pod template: strict, bounded, pure.

Users write ``{{ name }}`` and small Jinja expressions in the strings of a pod template; this package checks
them before anything runs and fills them in per trial. It knows JSON values and pod templates, and nothing of
the cluster, the search or the clock. The rules for users are in ``docs/templates.md``.
"""

from __future__ import annotations

from leadline.template.errors import RenderError
from leadline.template.expansion import escape, expand
from leadline.template.fill import check_template, render
from leadline.template.names import LEADLINE, LEADLINE_KEYS, UNUSABLE_NAMES
from leadline.template.presence import Presence
from leadline.template.text import text_of

__all__ = [
    "LEADLINE",
    "LEADLINE_KEYS",
    "UNUSABLE_NAMES",
    "Presence",
    "RenderError",
    "check_template",
    "escape",
    "expand",
    "render",
    "text_of",
]
