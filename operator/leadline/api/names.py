"""Every name, label, state, reason and limit of the API, with a sentence each.

Constants and two name builders only: nothing here knows how the names are used.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

# --- the API group and its resources ---

GROUP: Final = "leadline.dev"
"""API group of every resource, and prefix of every label and annotation."""
VERSION: Final = "v1alpha1"
"""The one served and stored version."""
API_VERSION: Final = f"{GROUP}/{VERSION}"
"""What a document's ``apiVersion`` says."""

GROUP_KIND: Final = "OptimizationGroup"
"""Kind of a search: what a user writes."""
GROUP_PLURAL: Final = "optimizationgroups"
"""Its name in URLs and roles."""
GROUP_SHORT: Final = "og"
"""Its short name for kubectl."""
TRIAL_KIND: Final = "Trial"
"""Kind of one configuration and its results: what the operator writes."""
TRIAL_PLURAL: Final = "trials"
"""Its name in URLs and roles."""
TRIAL_SHORT: Final = "ogt"
"""Its short name for kubectl."""
CATEGORY: Final = "leadline"
"""``kubectl get leadline`` lists every resource of ours."""

# --- labels, carried by Trials, Jobs and pods ---

LABEL_GROUP_UID: Final = f"{GROUP}/group-uid"
"""Uid of the owning group: what the operator selects by, since a name can come back."""
LABEL_GROUP: Final = f"{GROUP}/group"
"""Name of the owning group: what people select by."""
LABEL_TRIAL: Final = f"{GROUP}/trial"
"""Number of the trial within its group."""
LABEL_ATTEMPT: Final = f"{GROUP}/attempt"
"""Number of the attempt, from 1, on Jobs and pods."""
LABEL_RECORDED: Final = f"{GROUP}/recorded"
"""On a Job whose result is stored in its Trial: it may be deleted."""

LABEL_TUNER: Final = f"{GROUP}/tuner"
"""On the Job of a group's tuner and on its pod: a mark of what the tuner's spec was. They have no label of a trial."""

ENV_PREFIX: Final = "LEADLINE_"
"""Prefix of every environment variable given to a trial."""
RESERVED_PARAMETER: Final = "leadline"
"""The name through which templates read ``leadline.trial``, ``leadline.group`` and the like."""
RESERVED_PARAMETERS: Final = (RESERVED_PARAMETER, "none", "None", "True", "False", "not")
"""Names no parameter may have: templates read them otherwise."""
YAML_BOOLEANS: Final = ("true", "false")
"""What YAML makes of a parameter named n, no, off, y, yes or on; no parameter may have these names either."""


# --- states ---


class TrialState(StrEnum):
    """Where a trial is in its life. An empty state reads as Pending."""

    PENDING = "Pending"
    """Created; its Job is not released yet, or waits for a node or an image."""
    RUNNING = "Running"
    """Its container runs."""
    PAUSED = "Paused"
    """Reached its rung; may be promoted; holds no slot."""
    SUCCEEDED = "Succeeded"
    """Ended with a value of the objective."""
    FAILED = "Failed"
    """Ended without one, its retries used up."""
    STOPPED = "Stopped"
    """Ended by a user, or because it was hopeless, or because its group was stopped."""
    SKIPPED = "Skipped"
    """Deleted by a user: counted, not run again."""


FINAL_STATES: Final = frozenset(
    {TrialState.SUCCEEDED, TrialState.FAILED, TrialState.STOPPED, TrialState.SKIPPED}
)
"""States that a trial never leaves."""


class GroupState(StrEnum):
    """The one word that ``kubectl get og`` shows; conditions tell the whole story."""

    PENDING = "Pending"
    """Accepted; nothing started yet."""
    SEARCHING = "Searching"
    """Trials run."""
    WAITING = "Waiting"
    """Waits for something that may be put right, within its deadline; the message says for what."""
    SUSPENDED = "Suspended"
    """Starts nothing new until ``spec.suspend`` is false again; what runs goes on."""
    STOPPING = "Stopping"
    """``spec.stop`` is set and trials still run."""
    SUCCEEDED = "Succeeded"
    """Came to its end with at least one good trial."""
    FAILED = "Failed"
    """Came to its end without one."""
    STALLED = "Stalled"
    """Can't go on until the spec is changed; the message says how."""


class ConditionType(StrEnum):
    """Types of conditions; Ready, Reconciling and Stalled are the ones that kstatus reads."""

    READY = "Ready"
    """The group does what its spec says."""
    RECONCILING = "Reconciling"
    """Not there yet, and expected to get there by itself."""
    STALLED = "Stalled"
    """Needs a person."""
    SUSPENDED = "Suspended"
    """``spec.suspend`` is honoured."""
    FINISHED = "Finished"
    """Nothing more will happen by itself: ended well, ended badly or can't go on."""
    SUCCEEDED = "Succeeded"
    """True or False once finished, Unknown before."""


class Reason(StrEnum):
    """Why a condition or a trial is what it is."""

    ACCEPTED = "Accepted"
    """The group was read and nothing is started yet."""
    SEARCHING = "Searching"
    """Trials run or are about to."""
    SUSPENDED = "Suspended"
    """``spec.suspend`` is true."""
    STOPPING = "Stopping"
    """``spec.stop`` is set; running trials come to their end first."""
    INVALID_SPEC = "InvalidSpec"
    """The spec can't be carried out as it stands; the message names the field and the remedy."""
    BUDGET_REACHED = "BudgetReached"
    """As many trials as asked for."""
    SPACE_EXHAUSTED = "SpaceExhausted"
    """Every point of the space was tried."""
    NOTHING_SUGGESTED = "NothingSuggested"
    """The search proposes nothing more, and nothing runs."""
    TUNER_DONE = "TunerDone"
    """The group's tuner said that it is done, and the trials of its last round have ended."""
    TUNER_FAILED = "TunerFailed"
    """The group's tuner could not be asked: it raised, ended badly, or did not answer in time. It is asked again."""
    TUNER_ANSWER_INVALID = "TunerAnswerInvalid"
    """What the group's tuner answered can't be used: an unknown parameter, a value out of range. It is asked again."""
    TUNER_NOT_FOUND = "TunerNotFound"
    """No plug-in of the name in ``spec.matrix.tuner.entryPoint`` is installed where the search runs."""
    STOPPING_RULE_FAILED = "StoppingRuleFailed"
    """A rule of ``spec.matrix.earlyStopping`` is not installed where the search runs, or failed. It is asked again."""
    STOPPED_BY_USER = "StoppedByUser"
    """``spec.stop`` was set."""
    NO_GOOD_TRIAL = "NoGoodTrial"
    """Every trial failed or was stopped."""
    REOPENED = "Reopened"
    """An edit raised the budget or cleared ``spec.stop`` after the end."""
    METRIC_MISSING = "MetricMissing"
    """The trial ended well but never reported the objective."""
    METRIC_NOT_FINITE = "MetricNotFinite"
    """The trial reported the objective only as NaN or infinity."""
    COMPLETED = "Completed"
    """The trial ended well."""
    RUNG_REACHED = "RungReached"
    """The trial reached its rung and was not promoted: it ended well."""
    STOPPED_AT_RUNG = "StoppedAtRung"
    """The trial reached a rung while it ran and was not among the best there: the search ended it."""
    STOPPED_EARLY = "StoppedEarly"
    """A rule of ``spec.matrix.earlyStopping`` was against going on with the trial, by what it had reported so far."""
    EXIT_CODE = "ExitCode"
    """The trial's container ended with another exit code than 0."""
    OUT_OF_MEMORY = "OutOfMemory"
    """The trial's container was killed at its memory limit."""
    TIMED_OUT = "TimedOut"
    """The trial ran longer than ``spec.termination.timeout``."""
    KILLED = "Killed"
    """The trial's process got SIGKILL from somebody else; on a laptop."""
    CANNOT_START = "CannotStart"
    """The trial's process can't be created for now; on a laptop."""
    INTERRUPTED = "Interrupted"
    """``leadline run`` was ended while the trial ran: the next one starts it again."""
    TEMPLATE_ERROR = "TemplateError"
    """The template can't be rendered with these parameters, or the API server refuses the result."""
    PENDING_DEADLINE = "PendingDeadline"
    """The trial did not start within ``spec.termination.pendingDeadline``; its slot was freed."""
    ATTEMPT_LOST = "AttemptLost"
    """The trial's Job is gone: deleted by hand, or its launch was cut short."""
    DISRUPTED = "Disrupted"
    """The cluster ended the trial's pod: eviction, preemption, drain or a lost node."""
    TOO_MANY_DISRUPTIONS = "TooManyDisruptions"
    """The cluster ended more attempts of the trial than its budget for that allows."""
    UNSCHEDULABLE = "Unschedulable"
    """No node fits the trial's pod."""
    IMAGE_PULL = "ImagePull"
    """An image of the trial can't be pulled."""
    CONTAINER_CONFIG = "ContainerConfig"
    """The trial's container can't be set up: a missing ConfigMap, Secret or volume, most often."""
    POD_REFUSED = "PodRefused"
    """The API server refuses the trial's pod: quota, service account, Pod Security or an admission policy."""
    JOB_REFUSED = "JobRefused"
    """The API server refuses the trial's Job."""
    NAME_TAKEN = "NameTaken"
    """Another object holds the name that a trial or Job of this group needs."""


# --- limits ---

MAX_GROUP_NAME: Final = 46
"""Characters of a group's name: with number and attempt a Job's name stays within 63."""
MAX_CONCURRENCY: Final = 1000
"""Trials at once; bounds ``status.active``."""
MAX_TRIALS: Final = 1_000_000
"""Greatest ``numRuns``."""
MAX_NUMBER: Final = 999_999_999
"""Greatest number of a trial: nine digits in its name."""
MAX_ATTEMPT: Final = 99_999
"""Greatest number of an attempt: five digits in a Job's name."""
MAX_PARAMETERS: Final = 64
"""Parameters of one search space."""
MAX_CHOICES: Final = 1000
"""Items of one parameter's list."""
MAX_VALUES: Final = 2000
"""Entries of a mapping's ``values``."""
MAX_WARM_POINTS: Final = 200
"""Points of ``spec.warmStart``."""
MAX_WARM_GROUPS: Final = 16
"""Earlier groups of ``spec.warmStart``."""
MAX_WARM_RESULTS: Final = 100
"""Results of earlier groups that a group's status keeps."""
MAX_TOP: Final = 10
"""Best trials kept in a group's status."""
MAX_RESULTS: Final = 100
"""Results (one per rung and attempt) kept in a trial's status."""
MAX_LOST_ATTEMPTS: Final = 10
"""Attempts without a result of which a trial's status tells; older ones are only counted."""
MAX_ATTEMPT_MESSAGE: Final = 256
"""Characters of what is told of each of them."""
MAX_RUNGS: Final = 50
"""Rungs of one trial; a retry of it reports them anew."""
MAX_STOPPING_RULES: Final = 5
"""Rules of ``earlyStopping``."""
MAX_METRICS: Final = 100
"""Metrics summarised in a trial's status."""
MAX_CURVE: Final = 200
"""Points of the objective's curve kept in a trial's status."""
MAX_PATTERN: Final = 512
"""Characters of one of a user's own patterns for metrics."""
MAX_LOG_TAIL: Final = 1024
"""Characters of a failed trial's log kept in its status."""
MAX_MESSAGE: Final = 4096
"""Characters of a message in a status."""
MAX_SAFE_INTEGER: Final = 2**53 - 1
"""Greatest integer that every JSON reader keeps exactly."""


def tuner_name(group: str, iteration: int) -> str:
    """Name of the Job that asks a group's tuner for one round: ``<group>-tuner-<iteration>``."""
    return f"{group}-tuner-{iteration}"


def trial_name(group: str, number: int) -> str:
    """Name of a trial: ``<group>-<number>``, numbers from 0."""
    return f"{group}-{number}"


def trial_number(trial: str) -> int:
    """Number of a trial by its name."""
    return int(trial.rpartition("-")[2])


def job_name(group: str, number: int, attempt: int) -> str:
    """Name of one attempt's Job: ``<group>-<number>-<attempt>``, attempts from 1."""
    return f"{group}-{number}-{attempt}"
