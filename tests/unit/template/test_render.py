from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leadline.template import RenderError, expand, render, text_of

from .pods import container, pod

nasty = st.text() | st.text(alphabet="{}%$()'\"\\\n\r #AB", max_size=30)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | nasty,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(nasty, inner, max_size=4),
    max_leaves=8,
)

TEMPLATE: dict[str, Any] = {
    "metadata": {
        "labels": {"app": "x", "of": "{{ leadline.group }}"},
        "annotations": {"note": "$(LEFT) alone"},
    },
    "spec": {
        "terminationGracePeriodSeconds": 30,
        "containers": [
            {
                "name": "train",
                "command": ["python", "train.py"],
                "args": ["--plain", "--value={{ v }}", "{{ v }}", "$(LEADLINE_PARAM_V)", "$$(KEPT)"],
                "env": [{"name": "VALUE", "value": "{{ v }}"}, {"name": "N", "value": "1"}],
                "stdin": False,
            }
        ],
        "nodeSelector": {"disk": "ssd"},
    },
}
NAMES = {"leadline": {"trial": "g-0", "group": "g", "namespace": "ml", "number": 0, "attempt": 1}}


@given(nasty)
@example("$(HOME) $$ $ {{ v }} {% raw %}")
@example("(A)")
@example("é$é\u202e\ufffe")
def test_any_text_reaches_the_program_as_it_is_and_changes_nothing_else(value: str) -> None:
    env = {"HOME": "leaked", "A": "leaked", "LEADLINE_PARAM_V": value, "KEPT": "lost"}
    before = copy.deepcopy(TEMPLATE)

    rendered = render(TEMPLATE, {"v": value}, NAMES)

    train = container(rendered)
    assert [expand(item, env) for item in train["args"]] == [
        "--plain",
        f"--value={value}",
        value,
        value,
        "$(KEPT)",
    ]
    assert expand(train["env"][0]["value"], env) == value
    train["args"], train["env"][0]["value"] = container(TEMPLATE)["args"], "{{ v }}"
    rendered["metadata"]["labels"]["of"] = "{{ leadline.group }}"
    assert rendered == TEMPLATE == before


@given(json_values)
def test_any_value_keeps_its_type_where_the_place_is_no_text(value: Any) -> None:
    rendered = render(
        {"spec": {"terminationGracePeriodSeconds": "{{ v }}", "new": ["{{ v }}"]}}, {"v": value}
    )

    expected = {"spec": {"terminationGracePeriodSeconds": value, "new": [value]}}
    assert rendered == expected
    assert json.dumps(rendered) == json.dumps(expected)  # 1, 1.0 and true are equal, but not the same


@given(json_values)
def test_any_value_becomes_its_text_where_kubernetes_wants_text(value: Any) -> None:
    template = pod(args=["{{ v }}", "{{ v }}!"], workingDir="{{ v }}") | {
        "metadata": {"labels": {"v": "{{ v }}"}}
    }

    rendered = render(template, {"v": value})

    text = text_of(value)
    assert [expand(item, {}) for item in container(rendered)["args"]] == [text, f"{text}!"]
    assert container(rendered)["workingDir"] == text
    assert rendered["metadata"]["labels"]["v"] == text


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none() | st.lists(st.text())))
def test_strings_without_expressions_are_left_alone(template: dict[str, Any]) -> None:
    if any("{{" in json.dumps(template, ensure_ascii=False) or "{%" in key for key in template):
        return
    if "{%" in json.dumps(template, ensure_ascii=False):
        return

    assert render(template, {"v": 1}) == template


@given(nasty, nasty)
def test_no_value_is_read_a_second_time(first: str, second: str) -> None:
    rendered = render(
        {"metadata": {"labels": {"a": "{{ a }}{{ b }}"}}}, {"a": "{{ b }}" + first, "b": second}
    )

    assert rendered["metadata"]["labels"]["a"] == "{{ b }}" + first + second


def test_the_result_shares_nothing_with_template_or_params() -> None:
    template = {"spec": {"kept": [1], "filled": "{{ v }}", "again": "{{ v }}"}}
    params = {"v": [1, {"a": []}]}

    rendered = render(template, params)
    rendered["spec"]["kept"].append(2)
    rendered["spec"]["filled"][1]["a"].append(2)
    assert rendered["spec"]["again"] == [1, {"a": []}]

    assert template == {"spec": {"kept": [1], "filled": "{{ v }}", "again": "{{ v }}"}}
    assert params == {"v": [1, {"a": []}]}


def test_numbers_and_booleans_keep_their_type_in_number_fields() -> None:
    template = {
        "spec": {
            "terminationGracePeriodSeconds": "{{ 2 * n }}",
            "hostNetwork": "{{ flag }}",
            "containers": [
                {
                    "name": "a",
                    "ports": [{"containerPort": "{{ n }}"}],
                    "securityContext": {"runAsUser": "{{ n }}"},
                },
            ],
        }
    }

    assert render(template, {"n": 8080, "flag": False}) == {
        "spec": {
            "terminationGracePeriodSeconds": 16160,
            "hostNetwork": False,
            "containers": [
                {"name": "a", "ports": [{"containerPort": 8080}], "securityContext": {"runAsUser": 8080}}
            ],
        }
    }


def test_numbers_become_text_in_text_fields() -> None:
    template = pod(
        resources={"limits": {"cpu": "{{ n }}", "nvidia.com/gpu": "{{ n }}"}},
        env=[{"name": "N", "value": "{{ n }}"}, {"name": "F", "value": "{{ flag }}"}],
        image="train:{{ n }}",
    )

    train = container(render(template, {"n": 2, "flag": True}))

    assert train["resources"] == {"limits": {"cpu": "2", "nvidia.com/gpu": "2"}}
    assert train["env"] == [{"name": "N", "value": "2"}, {"name": "F", "value": "true"}]
    assert train["image"] == "train:2"


def test_a_whole_list_or_map_is_fitted_to_its_place_too() -> None:
    template = pod(env="{{ env }}", args="{{ args }}") | {"metadata": {"labels": "{{ labels }}"}}
    params = {"env": [{"name": "A", "value": 1}], "args": ["--n", 2, "$(X)"], "labels": {"a": True}}

    rendered = render(template, params)

    assert container(rendered)["env"] == [{"name": "A", "value": "1"}]
    assert container(rendered)["args"] == ["--n", "2", "$$(X)"]
    assert rendered["metadata"]["labels"] == {"a": "true"}


def test_references_written_in_the_template_stay_references() -> None:
    args = ["$(LEADLINE_PARAM_LR)", "$(A){{ v }}$(B)", "$(A$$", "$({{ v }})", "${{ v }}", "{{ v }}$"]

    rendered = container(render(pod(args=args), {"v": "x"}))["args"]

    assert rendered == ["$(LEADLINE_PARAM_LR)", "$(A)x$(B)", "$(A$$", "$$(x)", "$$x", "x$"]


def test_dollars_are_doubled_only_where_the_kubelet_expands() -> None:
    template = pod(
        args=["{{ v }}"],
        workingDir="{{ v }}",
        lifecycle={"preStop": {"exec": {"command": ["{{ v }}"]}}},
        livenessProbe={"exec": {"command": ["{{ v }}"]}},
        volumeMounts=[{"name": "a", "subPath": "{{ v }}", "subPathExpr": "{{ v }}"}],
    )

    train = container(render(template, {"v": "$(A)"}))

    assert train["args"] == ["$$(A)"]
    assert train["workingDir"] == "$(A)"
    assert train["lifecycle"]["preStop"]["exec"]["command"] == ["$(A)"]
    assert train["livenessProbe"]["exec"]["command"] == ["$$(A)"]
    assert train["volumeMounts"] == [{"name": "a", "subPath": "$(A)", "subPathExpr": "$$(A)"}]


def test_line_ends_and_white_space_stay_as_they_are() -> None:
    script = "set -e\n\ttrain --lr={{ lr }}  \n{% if x %}\n  --x\n{% endif %}\n"

    assert render({"at": script}, {"lr": 0.1, "x": True})["at"] == "set -e\n\ttrain --lr=0.1  \n\n  --x\n\n"


def test_an_error_says_where_and_what_to_do() -> None:
    with pytest.raises(RenderError) as caught:
        render(pod(args=["{{ lr }}", "{{ momentun }}"]), {"lr": 0.1, "momentum": 0.9})

    assert str(caught.value) == (
        'spec.containers[0].args[1]: unknown name "momentun"; did you mean "momentum"?'
    )
    assert caught.value.problem.path == "spec.containers[0].args[1]"


def test_leadlines_own_names_win_over_params() -> None:
    assert render({"at": "{{ leadline.number }}"}, {"leadline": "mine"}, NAMES) == {"at": 0}
