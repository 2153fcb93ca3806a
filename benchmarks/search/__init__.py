"""How well Leadline searches: its algorithms beside Optuna's, Ax's and Hyperopt's, on tasks of our own making.

    make bench-search                    # 4 tasks, 3 seeds, at most 15 minutes
    make bench-search-full               # everything; may be stopped at any time, and goes on where it was

Both install the peers of ``peers.txt`` into ``.venv-bench`` first. Options go into ``ARGS``, for instance
``make bench-search-full ARGS="--methods bayes optuna-gp --seeds 5 --minutes 60"``; ``--help`` lists them. Runs are kept
in ``results``: the peers' under their versions, ours under a hash of the search's sources (comments and docstrings do
not count), all of them under a hash of the task, so that only what has changed is run again. While you work on an
algorithm, keep its runs elsewhere: ``--ours /tmp/mine``. The short run keeps nothing. ``--prune`` drops what no
report will use again.

What is measured:

- tasks (``tasks``): functions, shifted and most of them rotated; real models of scikit-learn on its own data sets,
  evaluated beforehand on a grid (``tabulate`` makes the tables) and interpolated; conditional parameters, declared and
  not; failing regions; learning curves that cross;
- runs (``runner``, ``fidelity``): 200 trials one after another, or on eight workers of unequal speed on a made-up
  clock; and, on tasks with learning curves, 20 whole trainings' worth of epochs on one worker or eight;
- figures (``stats``): normalised regret, 0 for the best known loss and 1 for the median of random search after as many
  trials, its mean over tasks and seeds, and paired differences with standard errors;
- cost (``cost``): seconds and memory of one suggestion after 100 to 10,000 trials.

Every method gets the space in its best native form (``methods.dimensions``): logarithmic and whole numbers as such,
grids as ordered places, conditional parameters by run (Optuna's TPE), nested (Hyperopt) or flattened, with values of
inactive ones ignored (Optuna's GP and CMA-ES, Ax). Libraries run with their defaults.

A new task is a ``Task`` in one of the files of ``tasks``, named in that file's list: a name, ``params`` as in a matrix,
a loss that is the same every time, and the smallest loss there is. For a table, declare a ``Grid`` in
``tasks.tabulated`` and add its maker to ``tabulate.__main__``. A new method is a class with ``ask`` and ``tell`` and
an ``Entry`` (``methods.method``; with rungs, ``methods.rungs``). Nothing here is part of the operator.
"""
