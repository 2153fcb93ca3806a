"""Objects read from mappings and written back: nothing lost, nothing made up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.api.fields import ABSENT, Schema
from leadline.api.group import GroupSpec
from leadline.api.matrix import Matrix, Metric
from leadline.api.schema import InvalidObjectError, camel_case, from_dict, schema_of, to_dict
from leadline.api.status import Best, Condition, Counts, GroupStatus, TopEntry
from leadline.api.trial import CurvePoint, MetricSummary, RungResult, TrialSpec, TrialStatus

GROUP = {
    "matrix": {
        "kind": "random",
        "numRuns": 3,
        "params": {"lr": {"kind": "choice", "value": [1, None, {"a": [None]}]}},
        "metric": {"name": "loss", "optimization": "minimize"},
    },
    "template": {"spec": {"containers": [{"name": "train", "image": "none"}]}},
    "termination": {"maxRetries": 2},
}


def test_a_group_comes_back_as_it_was_written() -> None:
    assert to_dict(from_dict(GroupSpec, GROUP)) == GROUP


def test_defaults_are_filled_in_when_read_and_left_out_when_written() -> None:
    spec = from_dict(GroupSpec, GROUP)

    assert spec.matrix.concurrency == 10
    assert spec.matrix.metric == Metric("loss", "minimize", "last")
    assert (spec.termination.max_retries, spec.termination.ttl, spec.pod_security) == (2, 3600, "baseline")
    assert (spec.suspend, spec.stop, spec.metrics.patterns) == (False, None, ())


def test_null_counts_as_absent() -> None:
    matrix = from_dict(Matrix, {"kind": "grid", "seed": None, "concurrency": None})

    assert (matrix.seed, matrix.concurrency) == (None, 10)


def test_fields_of_a_newer_version_are_left_out() -> None:
    assert from_dict(TopEntry, {"trial": "a-1", "value": 1, "rank": 3}) == TopEntry("a-1", 1.0)


def test_numbers_take_the_type_of_their_field() -> None:
    entry = from_dict(TopEntry, {"trial": "a-1", "value": 1})
    spec = from_dict(TrialSpec, {"number": 3.0, "params": {"lr": 1}, "history": 0})

    assert isinstance(entry.value, float)
    assert isinstance(spec.number, int)
    assert spec.params == {"lr": 1}


def test_counts_are_written_even_when_zero_since_a_column_shows_them() -> None:
    assert to_dict(GroupStatus())["counts"] == dict.fromkeys(to_dict(Counts()), 0)
    assert to_dict(Counts(running=2))["running"] == 2
    assert len(to_dict(Counts())) == 7


def test_states_are_written_as_plain_text() -> None:
    from leadline.api.names import TrialState

    written = to_dict(TrialStatus(state=TrialState.RUNNING))

    assert written == {"state": "Running"}
    assert type(written["state"]) is str


@pytest.mark.parametrize(
    ("cls", "data", "path"),
    [
        (GroupSpec, {"template": {}}, "matrix"),
        (GroupSpec, {"matrix": {"kind": "grid"}, "template": []}, "template"),
        (GroupSpec, {"matrix": [], "template": {}}, "matrix"),
        (Matrix, {"kind": "annealing"}, "kind"),
        (Matrix, {"kind": "grid", "numRuns": "3"}, "numRuns"),
        (Matrix, {"kind": "grid", "numRuns": 3.5}, "numRuns"),
        (Matrix, {"kind": "grid", "numRuns": True}, "numRuns"),
        (Matrix, {"kind": "mapping", "values": {"a": 1}}, "values"),
        (Matrix, {"kind": "mapping", "values": "ab"}, "values"),
        (Matrix, {"kind": "mapping", "values": [{"a": 1}, 3]}, "values[1]"),
        (Matrix, {"kind": "grid", "params": {"lr": 3}}, "params.lr"),
        (TrialStatus, {"results": [{"attempt": 1, "sequence": 0, "outcome": "lost"}]}, "results[0].outcome"),
        (TrialStatus, {"metrics": {"loss": {"count": "1"}}}, "metrics.loss.count"),
        (TrialStatus, {"value": "0.5"}, "value"),
        (TrialStatus, {"value": float("nan")}, "value"),
        (TrialStatus, {"value": float("inf")}, "value"),
        (TrialStatus, {"value": 10**400}, "value"),
        (TrialStatus, {"attempt": float("nan")}, "attempt"),
        (TrialStatus, {"attempt": float("-inf")}, "attempt"),
        (TrialStatus, {"resource": "0.5"}, "resource"),
        (TrialStatus, {"node": 5}, "node"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_path(cls: type, data: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidObjectError) as refused:
        from_dict(cls, data)
    assert refused.value.path == path
    assert str(refused.value).startswith(f"{path}: ")


finite = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
params = st.dictionaries(st.text(min_size=1, max_size=5), json_values, max_size=3)
statuses = st.builds(
    TrialStatus,
    state=st.sampled_from(["", "Running", "Failed"]),
    attempt=st.integers(0, 9),
    resource=st.none() | st.integers(1, 9) | finite,
    value=st.none() | finite,
    results=st.lists(
        st.builds(RungResult, st.integers(1, 9), st.integers(0, 9), st.sampled_from(["succeeded", "failed"]))
    ).map(tuple),
    metrics=st.dictionaries(
        st.text(max_size=5), st.builds(MetricSummary, last=st.none() | finite), max_size=3
    ),
    curve=st.lists(st.builds(CurvePoint, finite, st.none() | st.integers(0, 9)), max_size=3).map(tuple),
)
group_statuses = st.builds(
    GroupStatus,
    seed=st.none() | st.integers(0, 9),
    counts=st.builds(Counts, running=st.integers(0, 9)),
    active=st.dictionaries(st.integers(0, 99).map(str), st.integers(1, 3), max_size=3),
    best=st.none() | st.builds(Best, st.just("a-1"), st.just(1), finite, params),
    conditions=st.lists(
        st.builds(
            Condition,
            st.just("Ready"),
            st.just("True"),
            st.just("A"),
            st.text(),
            st.just(1),
            st.just("2026-01-01"),
        ),
        max_size=2,
    ).map(tuple),
)


@given(statuses | group_statuses | st.builds(TrialSpec, st.integers(0, 9), params, st.integers(0, 9), params))
def test_any_object_survives_json(thing: Any) -> None:
    assert from_dict(type(thing), json.loads(json.dumps(to_dict(thing)))) == thing


@dataclass(frozen=True, slots=True)
class Sample:
    name: Annotated[str, Schema("A name.", min_length=1)]
    mode: Annotated[Literal["fast", "slow"], Schema("A mode.")] = "fast"
    top_share: Annotated[float | int | None, Schema("A share.", minimum=0, maximum=1)] = None
    tags: Annotated[tuple[Annotated[str, Schema(max_length=9)], ...], Schema("Tags.", max_items=3)] = ()
    extra: Annotated[Mapping[str, Any], Schema("More.", max_properties=2)] = field(default_factory=dict)
    by_day: Annotated[Mapping[str, int] | None, Schema("By day.")] = None


def test_a_schema_says_what_annotations_and_defaults_say() -> None:
    schema = schema_of(Sample)
    assert schema.properties is not None

    assert schema.required == ("name",)
    assert list(schema.properties) == ["name", "mode", "topShare", "tags", "extra", "byDay"]
    assert schema.properties["mode"].enum == ("fast", "slow")
    assert schema.properties["mode"].default == "fast"
    assert schema.properties["topShare"] == Schema("A share.", type="number", minimum=0, maximum=1)
    assert schema.properties["tags"].items == Schema(type="string", max_length=9)
    assert schema.properties["tags"].default == []
    assert schema.properties["extra"].unknown_fields
    assert schema.properties["byDay"].additional == Schema(type="integer")
    assert schema.properties["name"].default is ABSENT


def test_names_outside_are_camel_case() -> None:
    assert [camel_case(field.name) for field in fields(TrialStatus)][8:10] == ["notBefore", "stopping"]
    assert camel_case("num_runs") == "numRuns"
