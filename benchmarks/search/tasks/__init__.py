"""All tasks by name. A new one is a ``Task`` in one of the files here, named in that file's ``TASKS``."""

from __future__ import annotations

from benchmarks.search.tasks import synthetic
from benchmarks.search.tasks.task import Curves, Params, Task, active, scattered

ALL: dict[str, Task] = {task.name: task for task in (*synthetic.TASKS,)}

__all__ = ["ALL", "Curves", "Params", "Task", "active", "scattered"]
