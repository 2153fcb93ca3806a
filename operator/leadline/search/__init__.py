"""Search spaces and search algorithms: a library that knows nothing of Kubernetes."""

from leadline.search.interface import (
    Answer,
    Completed,
    Done,
    New,
    Outcome,
    Params,
    Promote,
    Running,
    Searcher,
)

__all__ = ["Answer", "Completed", "Done", "New", "Outcome", "Params", "Promote", "Running", "Searcher"]
