"""Conditions and reasons: the table that decides, and what its words mean."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.api import names
from leadline.api.names import ConditionType, GroupState, Reason
from leadline.api.status import Condition, GroupStatus
from leadline.problems import Problem
from leadline.reconcile.conditions import Situation, conditions
from leadline.reconcile.decide import decide
from leadline.reconcile.history import History
from leadline.reconcile.observed import Group, Observed
from reference.sentences import sentences_of
from reference.tables import table


def condition_reference() -> str:
    """Each state of a group with its six conditions; first the one state that has two rows."""
    rows = [_row("Stalled", _refused(), "The spec can't be carried out: reason InvalidSpec.")]
    for state in GroupState:
        stated = conditions(Situation(state, "", ""), (), 1, 0.0)
        sentence = _sentence(GroupState, state.name)
        rows.append(_row(state, stated, "A wait is past its deadline." if state == "Stalled" else sentence))
    return table(("state", *ConditionType, "when"), sorted(rows, key=lambda row: _order(row[0])))


def _refused() -> tuple[Condition, ...]:
    """What decide() says of a group with a mistake in it."""
    mistake = Problem("spec.matrix", "is wrong")
    group = Group("g", "ns", "uid", 1, 0.0, None, GroupStatus(), (mistake,))
    status = decide(Observed(group, {}, {}, History()), 0.0).status
    assert status is not None
    assert status.state == GroupState.STALLED
    return status.conditions


def _row(state: str, stated: Iterable[Condition], when: str) -> tuple[str, ...]:
    statuses = {condition.type: condition.status for condition in stated}
    return (f"`{state}`", *(statuses[kind] for kind in ConditionType), when)


def _order(cell: str) -> int:
    return [f"`{state}`" for state in GroupState].index(cell)


def reason_reference() -> str:
    """Each reason with its sentence."""
    return table(
        ("reason", "meaning"), [(f"[`{r}`](#{r.lower()})", _sentence(Reason, r.name)) for r in Reason]
    )


def _sentence(cls: type, member: str) -> str:
    return sentences_of(names, cls.__name__)[member]
