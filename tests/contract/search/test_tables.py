"""The search and the API know the same kinds of parameter, though neither imports the other."""

from __future__ import annotations

from leadline.api.kinds import OF_RESOURCE as OF_RESOURCE_TO_THE_API
from leadline.api.matrix import Matrix
from leadline.api.names import MAX_RUNGS
from leadline.api.parameter import FORMS, NAME, PARAMETER_KINDS
from leadline.api.parameter import GREATEST_NUM as GREATEST_NUM_OF_THE_API
from leadline.api.schema import schema_of
from leadline.search.algorithms.asha import VARIANTS
from leadline.search.algorithms.auto import OF_RESOURCE
from leadline.search.rungs.fields import MOST_CONFIGURATIONS, MOST_ITERATIONS, MOST_RUNGS
from leadline.search.sampling.samplers import SAMPLERS
from leadline.search.space.kinds import GREATEST_NUM, KINDS, NAME_PATTERN
from leadline.search.stopping.fields import CUSTOM, MOST_LOOKS, MOST_REPORTS, MOST_RULES


def test_the_schema_and_the_search_have_the_same_kinds() -> None:
    assert set(PARAMETER_KINDS) == set(KINDS)


def test_the_schema_and_the_search_have_the_same_samplers_variants_and_limits() -> None:
    fields = schema_of(Matrix).properties or {}
    assert set(fields["sampler"].enum) == set(SAMPLERS)
    assert set(fields["variant"].enum) == set(VARIANTS)
    assert fields["maxIterations"].maximum == MOST_ITERATIONS
    assert fields["brackets"].maximum == MOST_RUNGS == MAX_RUNGS
    assert fields["numRuns"].maximum == MOST_CONFIGURATIONS


def test_the_schema_and_the_search_have_the_same_stopping_rules_and_limits() -> None:
    rules = (schema_of(Matrix).properties or {})["earlyStopping"]
    fields = (rules.items.properties if rules.items else None) or {}
    assert rules.max_items == MOST_RULES
    assert fields["kind"].enum == (CUSTOM,)
    assert fields["evaluationInterval"].maximum == fields["minInterval"].maximum == MOST_REPORTS
    assert MOST_LOOKS == MAX_RUNGS, "the values at both are kept in the same field of a trial's status"


def test_the_schema_and_the_search_want_the_same_fields_beside_a_resource() -> None:
    assert OF_RESOURCE == OF_RESOURCE_TO_THE_API


def test_the_policy_and_the_search_want_the_same_keys() -> None:
    of_the_api = {
        kind: (form.keys, form.optional, form.instead, form.unused, form.colon)
        for kind, form in FORMS.items()
    }
    of_the_search = {
        name: (kind.keys, kind.optional, kind.instead, kind.ignored, kind.colon)
        for name, kind in KINDS.items()
        if kind.keys
    }
    assert of_the_api == of_the_search


def test_the_schema_and_the_search_have_the_same_names_and_limits() -> None:
    assert f"^{NAME_PATTERN}$" == NAME
    assert GREATEST_NUM == GREATEST_NUM_OF_THE_API
