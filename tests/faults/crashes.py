"""An operator that is killed at each kind of write, one after another."""

from __future__ import annotations

from collections.abc import Mapping

from faults.proxy import Fault, FaultProxy, Matcher
from operator_process import OperatorProcess

_COMES_WITHIN = 90.0


def kill_at_each(
    writes: Mapping[str, Matcher], moment: str, proxy: FaultProxy, operator: OperatorProcess, nth: int = 1
) -> None:
    """Kill and start it again at the ``nth`` request of each kind, by name: ``before`` the server has it, or
    ``after`` the server has answered, which the operator never learns."""
    for name, matches in writes.items():
        kill = operator.kill
        fault = Fault(
            matches,
            nth=nth,
            before=kill if moment == "before" else None,
            after=kill if moment == "after" else None,
        )
        proxy.add(fault)
        assert fault.hit.wait(_COMES_WITHIN), f"no {name} came to be killed at"
        proxy.clear()
        operator.start()
