"""What the API repeats of other parts, since they may not know each other, is the same there."""

from __future__ import annotations

import re
from typing import get_args, get_type_hints

from leadline.api import names
from leadline.api.matrix import Matrix, Metric
from leadline.api.parameter import FORMS, GREATEST_NUM, NAME, PARAMETER_KINDS
from leadline.api.status import Condition
from leadline.metrics import MAX_PATTERN, Optimization, Strategy
from leadline.search.registry import ALGORITHMS
from leadline.search.space import kinds
from leadline.template import LEADLINE, UNUSABLE_NAMES


def test_every_algorithm_of_the_search_can_be_asked_for_and_no_other() -> None:
    assert set(get_args(get_type_hints(Matrix)["kind"])) == set(ALGORITHMS)


def test_the_forms_of_a_parameter_are_those_that_the_search_reads() -> None:
    ours = {
        kind: kinds.Kind(form.keys, form.optional, form.instead, form.colon, form.unused)
        for kind, form in FORMS.items()
    }

    assert ours == {kind: syntax for kind, syntax in kinds.KINDS.items() if syntax.keys}
    assert set(PARAMETER_KINDS) == set(kinds.KINDS)
    assert GREATEST_NUM == kinds.GREATEST_NUM


def test_the_names_of_parameters_are_those_that_search_and_templates_take() -> None:
    assert f"^{kinds.NAME_PATTERN}$" == NAME
    assert names.YAML_BOOLEANS == kinds.YAML_BOOLEANS
    assert {*names.RESERVED_PARAMETERS, *names.YAML_BOOLEANS} == UNUSABLE_NAMES
    assert names.RESERVED_PARAMETER == LEADLINE


def test_the_ways_to_compare_trials_are_those_that_metrics_know() -> None:
    hints = get_type_hints(Metric)

    assert hints["optimization"] == Optimization
    assert hints["strategy"] == Strategy


def test_a_pattern_may_be_as_long_as_metrics_take_it() -> None:
    assert names.MAX_PATTERN == MAX_PATTERN


def test_states_and_conditions_are_kubernetes_words() -> None:
    for word in (*names.TrialState, *names.GroupState, *names.ConditionType, *names.Reason):
        assert re.fullmatch(r"([A-Z][a-z]+)+", word)
    assert set(get_args(get_type_hints(Condition)["status"])) == {"True", "False", "Unknown"}
