"""The values of each of the sixteen kinds, from each form they can be written in."""

from __future__ import annotations

from math import e, exp, log
from typing import Any

import pytest

from leadline.search import Parameter, Space, parse_space


def parse(kind: str, value: Any) -> Parameter:
    return space(p={"kind": kind, "value": value}).parameters["p"]


def space(**params: Any) -> Space:
    parsed, problems = parse_space(params)
    assert parsed is not None, problems
    return parsed


def values(kind: str, value: Any) -> list[Any]:
    listed = parse(kind, value).values
    assert listed is not None
    return list(listed)


def typed(items: list[Any]) -> list[tuple[type, Any]]:
    return [(type(item), item) for item in items]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        # reference vectors of the original's behaviour
        ("range", [1, 10, 2], [1, 3, 5, 7, 9]),
        ("range", "1:10:2", [1, 3, 5, 7, 9]),
        ("range", {"start": 1, "stop": 10, "step": 2}, [1, 3, 5, 7, 9]),
        ("linspace", "0.001:0.1:5", [0.001, 0.02575, 0.0505, 0.07525, 0.1]),
        ("linspace", [0, 1, 1], [0]),
        ("logspace", "1:4:4:2", [2, 4, 8, 16]),
        ("logspace", "-5:-1:5", [1e-05, 0.0001, 0.001, 0.01, 0.1]),
        ("daterange", ["2019-06-22", "2019-06-25", 1], ["2019-06-22", "2019-06-23", "2019-06-24"]),
        (
            "datetimerange",
            {"start": "2019-06-22T21:00:00", "stop": "2019-06-23T01:00:00", "step": 3600},
            ["2019-06-22T21:00:00", "2019-06-22T22:00:00", "2019-06-22T23:00:00", "2019-06-23T00:00:00"],
        ),
        # clean decimals, and whole numbers where everything was written whole
        ("range", [0, 1, 0.1], [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]),
        ("range", [1, 1.3, 0.1], [1.0, 1.1, 1.2]),
        ("range", [0, 0.30000000000000004, 0.1], [0.0, 0.1, 0.2]),
        ("range", [0, 0.3001, 0.1], [0.0, 0.1, 0.2, 0.3]),
        ("range", "-0.2:0.2:0.1", [-0.2, -0.1, 0.0, 0.1]),
        ("range", [0, 1, 10**12], [0]),
        ("range", "1e-5:4e-5:1e-5", [1e-05, 2e-05, 3e-05]),
        ("linspace", [0, 10, 6], [0, 2, 4, 6, 8, 10]),
        ("linspace", [0, 1, 3], [0.0, 0.5, 1.0]),
        ("linspace", [0.0, 10, 6], [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
        ("logspace", [0, 3, 4], [1, 10, 100, 1000]),
        ("logspace", [0, 3, 4, 2.0], [1.0, 2.0, 4.0, 8.0]),
        ("logspace", {"start": 0, "stop": 1, "num": 3}, [1.0, 3.1622776601683795, 10.0]),
        ("logspace", {"start": 1, "stop": 3, "num": 3, "base": 0.5}, [0.5, 0.25, 0.125]),
        ("geomspace", [1, 1000, 4], [1, 10, 100, 1000]),
        ("geomspace", [4, 9, 3], [4, 6, 9]),
        ("geomspace", [1, 10, 3], [1.0, 3.1622776601683795, 10.0]),
        ("geomspace", [-100, -1, 3], [-100, -10, -1]),
        ("geomspace", [2, 8, 1], [2]),
        (
            "choice",
            [1, 1.0, True, None, "1", [1], {"a": [1, None]}],
            [1, 1.0, True, None, "1", [1], {"a": [1, None]}],
        ),
        ("pchoice", [["a", 0.25], [True, 0], ["b", 0.75]], ["a", "b"]),
    ],
)
def test_values_are_the_written_ones_with_their_types(kind: str, value: Any, expected: list[Any]) -> None:
    assert typed(values(kind, value)) == typed(expected)


def test_geomspace_runs_between_real_values() -> None:
    assert values("geomspace", "0.01:0.1:5") == pytest.approx(
        [0.01, 0.017783, 0.031623, 0.056234, 0.1], rel=1e-4
    )
    assert values("geomspace", "0.0001:1:9")[::2] == [0.0001, 0.001, 0.01, 0.1, 1.0]


@pytest.mark.parametrize(
    ("kind", "as_list", "as_map"),
    [
        ("range", [0, 1, 0.25], {"start": 0, "stop": 1, "step": 0.25}),
        ("linspace", [0.5, 2, 4], {"start": 0.5, "stop": 2, "num": 4}),
        ("logspace", [-3, 0, 4, 2], {"start": -3, "stop": 0, "num": 4, "base": 2}),
        ("geomspace", [0.5, 8, 5], {"start": 0.5, "stop": 8, "num": 5}),
        ("uniform", [-1.5, 2], {"low": -1.5, "high": 2}),
        ("quniform", [0, 1, 0.25], {"low": 0, "high": 1, "q": 0.25}),
        ("loguniform", [-7, -1.5], {"low": -7, "high": -1.5}),
        ("qloguniform", [0, 3, 0.5], {"low": 0, "high": 3, "q": 0.5}),
        ("normal", [1, 0.5], {"loc": 1, "scale": 0.5}),
        ("qnormal", [1, 2, 0.5], {"loc": 1, "scale": 2, "q": 0.5}),
        ("lognormal", [-1, 0.5], {"loc": -1, "scale": 0.5}),
        ("qlognormal", [1, 0.25, 2], {"loc": 1, "scale": 0.25, "q": 2}),
    ],
)
def test_list_map_and_colon_string_mean_the_same(
    kind: str, as_list: list[Any], as_map: dict[str, Any]
) -> None:
    as_text = " : ".join(str(item) for item in as_list)
    described = [parse(kind, form).describe() for form in (as_list, as_map, as_text)]
    assert described[0] == described[1] == described[2]
    drawn = [
        [parse(kind, form).from_unit(u) for u in (0.01, 0.3, 0.99)] for form in (as_list, as_map, as_text)
    ]
    assert typed(drawn[0]) == typed(drawn[1]) == typed(drawn[2])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["2024-02-28", "2024-03-02", 2], ["2024-02-28", "2024-03-01"]),
        (["2024-02-28", "2024-02-29", 30.0], ["2024-02-28"]),
    ],
)
def test_days_go_by_the_calendar(value: list[Any], expected: list[str]) -> None:
    assert values("daterange", value) == expected


@pytest.mark.parametrize(
    ("start", "stop", "step", "expected"),
    [
        (
            "2024-01-01",
            "2024-01-01T00:00:01",
            0.5,
            ["2024-01-01T00:00:00.000000", "2024-01-01T00:00:00.500000"],
        ),
        ("2024-01-01T00:00:00Z", "2024-01-01T02:00:00+01:00", 3600, ["2024-01-01T00:00:00Z"]),
        ("2024-01-01 23:00+02:00", "2024-01-01T22:00Z", 3600, ["2024-01-01T23:00:00+02:00"]),
    ],
)
def test_moments_keep_the_time_zone_of_the_first(
    start: str, stop: str, step: float, expected: list[str]
) -> None:
    listed = values("datetimerange", [start, stop, step])
    assert listed[: len(expected)] == expected


def test_every_moment_before_the_stop_is_there_once() -> None:
    listed = values("datetimerange", ["2024-01-01 23:00+02:00", "2024-01-01T22:00Z", 1800])
    assert listed == ["2024-01-01T23:00:00+02:00", "2024-01-01T23:30:00+02:00"]


def test_a_range_of_a_quintillion_values_takes_no_memory() -> None:
    huge = parse("range", [0, 10**18, 1])
    assert huge.size == 10**18
    assert huge.values is not None
    assert huge.values[10**17] == 10**17
    assert huge.values[-1] == 10**18 - 1
    assert huge.describe()["values"][:3] == [0, 1, 2]
    assert huge.describe()["size"] == 10**18


@pytest.mark.parametrize("kind", ["linspace", "logspace", "geomspace"])
def test_a_hundred_thousand_values_are_all_different(kind: str) -> None:
    listed = parse(kind, [0.5, 2, 100_000]).values
    assert listed is not None
    assert len(listed) == 100_000
    assert all(
        listed[i] < listed[i + 1] for i in [*range(500), *range(500, 99_999, 99), *range(99_499, 99_999)]
    )


def test_values_can_be_sliced_and_end_like_a_list() -> None:
    listed = parse("range", "0:10:1").values
    assert listed is not None
    assert listed[2:5] == [2, 3, 4]
    with pytest.raises(IndexError):
        listed[10]
    with pytest.raises(IndexError):
        listed[-11]


@pytest.mark.parametrize(
    ("kind", "value", "low", "high", "middle"),
    [
        ("uniform", [-1, 3], -1, 3, 1),
        ("loguniform", [0, 2], 1, exp(2), e),
        ("loguniform", {"min": 1e-05, "max": 0.1}, 1e-05, 0.1, 0.001),
        ("normal", [5, 2], -11, 21, 5),
        ("lognormal", [1, 0.5], exp(-3), exp(5), e),
    ],
)
def test_a_distribution_runs_between_its_bounds(
    kind: str, value: Any, low: float, high: float, middle: float
) -> None:
    parameter = parse(kind, value)
    assert parameter.size is None
    assert parameter.values is None
    assert parameter.bounds == pytest.approx((low, high))
    assert parameter.from_unit(0.0) == parameter.bounds[0]  # type: ignore[index]
    assert parameter.from_unit(1.0) == parameter.bounds[1]  # type: ignore[index]
    assert parameter.from_unit(0.5) == pytest.approx(middle)
    described = parameter.describe()
    assert (described["kind"], described["low"], described["high"]) == (kind, *parameter.bounds)  # type: ignore[misc]


def test_shares_of_a_distribution_are_where_its_formula_says() -> None:
    assert parse("normal", [0, 1]).from_unit(0.975) == pytest.approx(1.959963984540054)
    assert log(parse("lognormal", [2, 3]).from_unit(0.975)) == pytest.approx(2 + 3 * 1.959963984540054)
    assert parse("loguniform", {"min": 1, "max": 10000}).from_unit(0.75) == pytest.approx(1000)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("quniform", [0, 1, 0.25], [0.0, 0.25, 0.5, 0.75, 1.0]),
        ("quniform", [0.1, 1, 0.25], [0.1, 0.25, 0.5, 0.75, 1.0]),
        ("quniform", [0, 0.9, 0.25], [0.0, 0.25, 0.5, 0.75, 0.9]),
        ("quniform", [0, 1, 0.1], [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("quniform", [32, 128, 32], [32, 64, 96, 128]),
        ("quniform", [-3, 3, 2], [-2, 0, 2]),
        ("quniform", [0.1, 0.2, 1], [0.1]),
        ("qloguniform", {"min": 1, "max": 6, "q": 2}, [2, 4, 6]),
        ("qloguniform", {"min": 1, "max": 7.5, "q": 2}, [2, 4, 6, 7.5]),
        ("qnormal", [0, 1, 4], [-8, -4, 0, 4, 8]),
        ("qlognormal", [0, 0.1, 1], [0, 1, 2]),
    ],
)
def test_quantised_values_are_rounded_then_clipped(kind: str, value: Any, expected: list[Any]) -> None:
    assert typed(values(kind, value)) == typed(expected)


def test_ends_that_a_half_rounds_past_are_still_reached() -> None:
    parameter = parse("quniform", [-3, 3, 2])
    # [-3, -1) rounds to -2; 3 itself, a single point, would round to 4 and is not counted.
    assert [parameter.from_unit(u) for u in (0.0, 0.34, 0.99)] == [-2, 0, 2]


def test_a_finite_parameter_gives_each_value_its_share() -> None:
    assert [parse("choice", ["a", "b", "c", "d"]).from_unit(u) for u in (0.0, 0.24, 0.25, 0.99, 1.0)] == list(
        "aabdd"
    )
    weighted = parse("pchoice", [["a", 1], ["b", 3]])
    assert [weighted.from_unit(u) for u in (0.0, 0.2499, 0.25, 1.0)] == ["a", "a", "b", "b"]
    assert weighted.describe()["probabilities"] == [0.25, 0.75]


def test_repeated_values_count_once_and_their_weights_together() -> None:
    assert values("choice", ["a", "b", "a"]) == ["a", "b"]
    assert parse("pchoice", [["a", 0.2], ["b", 0.6], ["a", 0.2]]).describe() == {
        "kind": "pchoice",
        "values": ["a", "b"],
        "probabilities": [0.4, 0.6],
    }


def test_a_drawn_list_belongs_to_the_caller() -> None:
    params = {"p": {"kind": "choice", "value": [[1, 2]]}}
    parsed, _ = parse_space(params)
    assert parsed is not None
    parsed.point(0)["p"].append(3)
    params["p"]["value"][0].append(4)  # type: ignore[attr-defined]
    assert parsed.point(0) == {"p": [1, 2]}


def test_describing_lists_a_thousand_values_at_most() -> None:
    assert parse("linspace", [0, 1, 5000]).describe()["size"] == 5000
    assert len(parse("linspace", [0, 1, 5000]).describe()["values"]) == 1000
    assert parse("quniform", [0, 10, 2]).describe() == {"kind": "quniform", "low": 0, "high": 10, "q": 2}


def test_the_last_declared_parameter_varies_fastest() -> None:
    grid = space(b={"kind": "choice", "value": [1, 2]}, a={"kind": "choice", "value": ["x", "y"]})
    assert grid.names == ("b", "a")
    assert [tuple(grid.point(i).values()) for i in range(4)] == [(1, "x"), (1, "y"), (2, "x"), (2, "y")]


def test_a_grid_of_a_quintillion_points_is_counted_and_indexed_at_once() -> None:
    grid = space(**{f"p{i}": {"kind": "linspace", "value": [0, 1, 1000]} for i in range(6)})
    assert grid.size == 10**18
    assert grid.point(10**18 - 1) == {f"p{i}": 1.0 for i in range(6)}


def test_points_outside_the_space_are_refused() -> None:
    with pytest.raises(IndexError):
        space(p={"kind": "choice", "value": [1]}).point(1)
    with pytest.raises(ValueError, match="continuous"):
        space(p={"kind": "uniform", "value": [0, 1]}).point(0)
