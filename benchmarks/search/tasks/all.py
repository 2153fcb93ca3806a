"""All tasks by name. A new one is a ``Task`` in one of the files here, named in that file's list of them."""

from __future__ import annotations

from benchmarks.search.tasks import conditional, curves, synthetic, tabulated
from benchmarks.search.tasks.task import Task

ALL: dict[str, Task] = {
    task.name: task for task in (*synthetic.TASKS, *conditional.TASKS, *tabulated.tasks())
}
"""What is searched with the whole of each trial's training."""

CURVES: dict[str, Task] = {task.name: task for task in (*curves.TASKS, *tabulated.curve_tasks())}
"""What is searched with a budget of epochs."""
