"""Everything that can go wrong between us and the API server, as one tree.

    KubeError                    anything below
    ├── ConfigError              no usable login; the text says what to change
    ├── NotSerializable          our own object is no JSON (NaN, infinity, a set …); also a ValueError
    ├── ApiError                 the server refused, so nothing was changed
    │   ├── BadRequest           400  the request itself is wrong
    │   ├── Unauthorized         401  the credentials are not accepted, not even after reading them again
    │   ├── Forbidden            403  a role, quota or namespace does not allow it
    │   ├── NotFound             404
    │   ├── Conflict             409  a precondition (uid, resourceVersion) no longer holds: read again
    │   ├── AlreadyExists        409  the name is taken: read who holds it
    │   ├── Gone                 410  a list's continuation or resourceVersion is too old: list again
    │   ├── TooLarge             413  or a limit of ours or etcd's: sending it again can't help
    │   ├── Invalid              422  `causes` names the fields
    │   ├── TooManyRequests      429  still so after every retry that the deadline allowed
    │   └── ServerError          5xx  in answer to a read; nothing was changed since reads change nothing
    └── TransportError           no usable answer
        ├── NotSent              no connection, or no turn before the deadline: surely not done
        ├── NoReply              a read got no whole, readable answer
        └── OutcomeUnknown       a write was sent and then lost, or answered with 5xx: done or not, read again

Conflict and AlreadyExists are siblings because their remedies differ. A caller that handles `OutcomeUnknown`
by reading again handles every way in which a write can be half done. Nothing here knows HTTP: `replies` maps it.
"""

from __future__ import annotations

from dataclasses import dataclass


class KubeError(Exception):
    """Base of every error of this package; `call` says what was asked: ``create jobs default/x-1-1``."""

    def __init__(self, message: str, *, call: str = "") -> None:
        super().__init__(f"{call}: {message}" if call else message)
        self.message = message
        self.call = call


class ConfigError(KubeError):
    """There is no usable login; the message says what to change."""


class NotSerializable(KubeError, ValueError):
    """An object of ours can't be sent as JSON; the message names the field."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry of a Status's ``details.causes``: a field's path (may be empty), a reason and a message."""

    field: str
    reason: str
    message: str


class ApiError(KubeError):
    """The server refused a request.

    status: the HTTP status.
    reason: the Status's CamelCase reason; empty where the answer was no Status, as for an unknown kind.
    retry_after: seconds the server asks us to wait, if it does.
    causes: what is wrong in detail, mostly with Invalid.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        call: str = "",
        retry_after: float | None = None,
        causes: tuple[Cause, ...] = (),
    ) -> None:
        super().__init__(f"{status}{f' {reason}' if reason else ''}: {message}", call=call)
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after
        self.causes = causes

    def has_cause(self, reason: str) -> bool:
        """Whether a cause of this reason is given, such as ``NamespaceTerminating`` with a 403."""
        return any(cause.reason == reason for cause in self.causes)


class BadRequest(ApiError):
    """The request itself is wrong: a malformed body, an unknown field under strict validation."""


class Unauthorized(ApiError):
    """The credentials are not accepted, not even after they were read again."""


class Forbidden(ApiError):
    """A role, a quota, an admission rule or a namespace being deleted does not allow it."""


class NotFound(ApiError):
    """There is no such object; with an empty reason, not even such a kind of object."""


class Conflict(ApiError):
    """A precondition on uid or resourceVersion does not hold any more."""


class AlreadyExists(ApiError):
    """The name is taken."""


class Gone(ApiError):
    """A list's continuation, or the resourceVersion it asks for, is too old."""


class TooLarge(ApiError):
    """The object is larger than we send, or than the server or etcd takes; or an answer larger than we read."""


class Invalid(ApiError):
    """The object breaks a rule of its kind; `causes` names the fields."""


class TooManyRequests(ApiError):
    """The server asks us to slow down, and went on asking until the deadline."""


class ServerError(ApiError):
    """The server could not answer a read."""


class TransportError(KubeError):
    """There was no usable answer."""


class NotSent(TransportError):
    """The request never left: it is surely not done."""


class NoReply(TransportError):
    """A read got no whole, readable answer."""


class OutcomeUnknown(TransportError):
    """A write may or may not have been done: read again before anything else.

    status: the 5xx status of the answer, 0 where there was none.
    """

    def __init__(self, message: str, *, call: str = "", status: int = 0) -> None:
        super().__init__(message, call=call)
        self.status = status
