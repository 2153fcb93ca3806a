"""What can go wrong with a test cluster.

ClusterError
├── NotAvailable     this machine lacks something; the tests that need it are reported as not run
├── RefusedContext   the kubeconfig leads to a cluster that nobody said is for tests
├── StartFailed      a component did not come up; quotes the end of its log
├── TimedOut         something waited for did not happen
└── ApiError         the API server answered with a Status of failure
"""

from __future__ import annotations

from collections.abc import Sequence


class ClusterError(Exception):
    """Base of everything the test cluster raises on purpose."""


class NotAvailable(ClusterError):
    """This machine lacks something a cluster needs; says what, and each way to get it."""

    def __init__(self, reason: str, remedies: Sequence[str] = ()) -> None:
        super().__init__("; or ".join([reason, *remedies]))
        self.reason = reason
        self.remedies = tuple(remedies)


class RefusedContext(ClusterError):
    """The current context of the given kubeconfig is not known to be a test cluster."""


class StartFailed(ClusterError):
    """A component of the cluster ended, or did not become ready in time."""


class TimedOut(ClusterError):
    """A condition that was waited for did not come true in time."""


class ApiError(ClusterError):
    """The API server refused a request.

    `status` is the HTTP status, `reason` the machine-readable word of the answer ("NotFound"), `body` the
    whole Status object (an empty dict where the answer was not JSON).
    """

    def __init__(self, status: int, reason: str, message: str, body: dict[str, object]) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.body = body
