"""Names that have a value in some trials only, and whether a template asks for them where they have none.

A parameter may be active for some values of others only. What a template's own tests say is followed as far as it
goes: inside ``{% if optimizer == 'sgd' %}`` the parameters of sgd are there, and inside ``{% if x is defined %}`` x is.
Where that is not enough to be sure, the use is refused: better before the first trial than in the tenth.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from leadline.template.errors import Fault
from leadline.template.evaluate import Evaluator
from leadline.template.expansion import references
from leadline.template.limits import Budget
from leadline.template.syntax import analyse

if TYPE_CHECKING:
    from jinja2 import nodes


@dataclass(frozen=True, slots=True)
class Presence:
    """When names have a value.

    needs: for each name that does not always have one, the names above it and the indices of their values for which
    it has one; all of them together. values: every value of names above, where they are few enough to be listed.
    variables: the environment variables that exist only where a name has a value.
    """

    needs: Mapping[str, Mapping[str, frozenset[int]]] = field(default_factory=dict)
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)


def unguarded(body: Sequence[nodes.Node], presence: Presence, expanded: bool) -> list[str]:
    """Names, and ``$(VARIABLES)``, that a string uses where they may have no value, each once.

    expanded: whether Kubernetes replaces ``$(VARIABLES)`` here.
    """
    return list(dict.fromkeys(_in_body(body, _Known(presence, Budget(), expanded))))


def unguarded_variables(text: str, presence: Presence) -> list[str]:
    """The ``$(VARIABLES)`` among the above that a text without expressions refers to."""
    return [variable for variable in presence.variables if variable in references(text)]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is certain at one place of a template.

    there: names that have a value. allowed: for names above others, the values that they can have here. bound: names
    that a loop has taken for itself.
    """

    presence: Presence
    budget: Budget
    expanded: bool
    there: frozenset[str] = frozenset()
    allowed: Mapping[str, frozenset[int]] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()

    def surely(self, name: str) -> bool:
        """Whether a name has a value here in every trial."""
        needs = self.presence.needs.get(name)
        if needs is None or name in self.there:
            return True
        return all(self._is_met(parent, wanted) for parent, wanted in needs.items())

    def learn(self, test: Any, truth: bool) -> _Known:
        """What is certain where a test has come out true, or false."""
        kind = type(test).__name__
        if kind == "Not":
            return self.learn(test.node, not truth)
        if kind == ("And" if truth else "Or"):
            return self.learn(test.left, truth).learn(test.right, truth)
        names = analyse([test]).names
        if len(names) != 1 or names & self.bound:
            return self
        (name,) = names
        if kind == "Test":
            return self._with(name) if truth == (test.name == "defined") else self._without(name)
        return self._by_values(name, test, truth)

    def binding(self, name: str) -> _Known:
        """The same inside a loop with this variable."""
        return replace(self, bound=self.bound | {name})

    def _is_met(self, parent: str, wanted: frozenset[int]) -> bool:
        allowed = self.allowed.get(parent, self._every(parent))
        return allowed is not None and allowed <= wanted and self.surely(parent)

    def _every(self, name: str) -> frozenset[int] | None:
        values = self.presence.values.get(name)
        return None if values is None else frozenset(range(len(values)))

    def _with(self, name: str) -> _Known:
        """Where this name has a value, and so everything above it is as it needs it."""
        known = replace(self, there=self.there | {name})
        for parent, wanted in self.presence.needs.get(name, {}).items():
            known = known._with(parent)._narrowed(parent, wanted)
        return known

    def _without(self, name: str) -> _Known:
        """Where this name has no value: the one name above it that can be the reason has no value it needs."""
        needs = self.presence.needs.get(name, {})
        reasons = [parent for parent, wanted in needs.items() if not self._is_met(parent, wanted)]
        if len(reasons) != 1 or not self.surely(reasons[0]):
            return self
        every = self._every(reasons[0])
        return self if every is None else self._narrowed(reasons[0], every - needs[reasons[0]])

    def _narrowed(self, name: str, indices: frozenset[int]) -> _Known:
        left = self.allowed[name] & indices if name in self.allowed else indices
        return replace(self, allowed={**self.allowed, name: left})

    def _by_values(self, name: str, test: nodes.Expr, truth: bool) -> _Known:
        """By trying the test with every value of its only name, and without one."""
        known = self
        if not self.surely(name) and self._outcome(test, {}) != truth:
            known = known._with(name)
        values = self.presence.values.get(name)
        if values is not None and known.surely(name):
            fitting = (i for i, value in enumerate(values) if self._outcome(test, {name: value}) == truth)
            known = known._narrowed(name, frozenset(fitting))
        return self if self.budget.is_spent else known

    def _outcome(self, test: nodes.Expr, scope: Mapping[str, Any]) -> bool | None:
        """None where it has none: then nothing after it is reached."""
        try:
            return Evaluator(scope, self.budget).truth(test)
        except Fault:
            return None


def _in_body(body: Sequence[Any], known: _Known) -> Iterator[str]:
    for node in body:
        kind = type(node).__name__
        if kind == "TemplateData":
            yield from _in_text(node.data, known)
        elif kind == "Output":
            yield from _in_body(node.nodes, known)
        elif kind == "If":
            yield from _in_if(node, known)
        elif kind == "For":
            yield from _in_expression(node.iter, known)
            yield from _in_body(node.body, known.binding(node.target.name))
            yield from _in_body(node.else_, known)
        else:
            yield from _in_expression(node, known)


def _in_text(text: str, known: _Known) -> Iterator[str]:
    if known.expanded:
        for variable in unguarded_variables(text, known.presence):
            if not known.surely(known.presence.variables[variable]):
                yield f"$({variable})"


def _in_if(node: Any, known: _Known) -> Iterator[str]:
    for branch in (node, *node.elif_):
        yield from _in_expression(branch.test, known)
        yield from _in_body(branch.body, known.learn(branch.test, True))
        known = known.learn(branch.test, False)
    yield from _in_body(node.else_, known)


def _in_expression(node: Any, known: _Known) -> Iterator[str]:
    kind = type(node).__name__
    if kind == "Name":
        if node.name not in known.bound and not known.surely(node.name):
            yield str(node.name)
    elif kind in ("And", "Or"):
        yield from _in_expression(node.left, known)
        yield from _in_expression(node.right, known.learn(node.left, kind == "And"))
    elif kind == "CondExpr":
        yield from _in_expression(node.test, known)
        yield from _in_expression(node.expr1, known.learn(node.test, True))
        yield from _in_expression(node.expr2, known.learn(node.test, False))
    elif kind != "Test":
        with_default = kind == "Filter" and node.name == "default"
        for child in (*node.args, *node.kwargs) if with_default else node.iter_child_nodes():
            yield from _in_expression(child, known)
