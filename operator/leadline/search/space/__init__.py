"""Search spaces: from what a person writes under ``params`` to points."""

from leadline.search.space.conditions import Condition
from leadline.search.space.parameters import Parameter
from leadline.search.space.parse import check_names, parse_space
from leadline.search.space.space import Space

__all__ = ["Condition", "Parameter", "Space", "check_names", "parse_space"]
