"""What the operator can be told, each with unit, default and why; read from flags and LEADLINE_* by ``main``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one operator process."""

    namespaces: tuple[str, ...] = ()
    """Namespaces to watch; none means the whole cluster, which takes a ClusterRole."""

    lease_namespace: str = ""
    """Namespace of the Lease; empty means the one the operator runs in."""
    lease_name: str = "leadline"
    """Two installations side by side need two names."""
    leader_election: bool = True
    """Off only where a person watches: two operators are safe, but they are in each other's way."""

    workers: int = 8
    """Groups worked on at the same moment; one slow group then holds up one worker, not all."""
    width: int = 32
    """Requests of one group at once."""
    qps: float = 500.0
    """Requests a second over time: eighty trials a second at six writes each. The API server's own priority and
    fairness comes on top."""
    burst: int = 1000
    """Requests at once after a rest."""

    connections: int = 128
    """Requests in flight at once, over all groups."""

    port: int = 8080
    """Port of /metrics, /healthz and /readyz on all addresses; 0 serves nothing."""
    stuck_after: float = 180.0
    """Seconds without any progress of the loop after which /healthz fails and the kubelet restarts the operator."""
    resync: float = 600.0
    """Seconds after which every group is looked at without an event: a watch can go silent (kopf issues 957, 1276)."""

    http_tuners: bool = True
    """Whether groups may have their tuner asked by HTTP: the operator then sends requests to URLs that users write."""

    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_format: str = "json"
    """json for machines, text for people."""
