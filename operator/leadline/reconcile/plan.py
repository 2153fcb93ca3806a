"""What is to be done next: the only thing a decision gives out.

A body carries a plan out in this order (the launch protocol, docs/architecture.md):
reads and confirmations → trial_writes → status (one compare-and-swap; stop if it fails) → launches → releases → ends
→ events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from leadline.api.status import GroupStatus
from leadline.api.trial import TrialStatus
from leadline.reconcile.observed import Ask, AttemptKey, Tune
from leadline.search import New


@dataclass(frozen=True, slots=True)
class TrialWrite:
    """Store this status of a trial. Idempotent: writing it twice changes nothing."""

    number: int
    status: TrialStatus


@dataclass(frozen=True, slots=True)
class Launch:
    """Create one claimed attempt, held: nothing of the user's runs yet.

    new: the suggestion, where the trial's record has to be created before. seen: results it had seen.
    """

    number: int
    attempt: int
    new: New | None = None
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Release:
    """Let a held attempt run: this one, by its uid, and only after the swap that opened its claim."""

    number: int
    attempt: int
    uid: str


@dataclass(frozen=True, slots=True)
class End:
    """Remove an attempt. ``keep`` seconds it stays readable after its record was stored (a Job's ttl)."""

    number: int
    attempt: int
    uid: str
    keep: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person may want to know; about the group, or about one of its trials."""

    type: Literal["Normal", "Warning"]
    reason: str
    message: str
    trial: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer of ``decide``. ``status`` is None where nothing in it changed: at rest nothing is written.

    confirm_trials, confirm_attempts: what to look up by a live read, since the cache says it is gone.
    reads: ended attempts whose output must be read before they can be recorded.
    ask: a question for the search engine; decide again with its answer.
    tune: have the group's tuner asked, in the background and once, and come back with what it says. Whoever is asking
        something else, or asks though nothing is wished, gives that up.
    earlier: groups of this namespace whose trials have to be read first; decide again with them.
    urgent: the status carries claims or results; otherwise it may wait a second to be written with others.
    requeue_after: seconds until this group should be looked at again, whatever happens; None: only on a change.
    """

    status: GroupStatus | None = None
    urgent: bool = False
    trial_writes: tuple[TrialWrite, ...] = ()
    launches: tuple[Launch, ...] = ()
    releases: tuple[Release, ...] = ()
    ends: tuple[End, ...] = ()
    events: tuple[Event, ...] = ()
    reads: frozenset[AttemptKey] = field(default=frozenset())
    confirm_trials: frozenset[int] = field(default=frozenset())
    confirm_attempts: frozenset[AttemptKey] = field(default=frozenset())
    ask: Ask | None = None
    tune: Tune | None = None
    earlier: tuple[str, ...] = ()
    requeue_after: float | None = None

    @property
    def at_rest(self) -> bool:
        """Whether carrying this plan out would write nothing."""
        return self.status is None and not (
            self.trial_writes or self.launches or self.releases or self.ends or self.events
        )
