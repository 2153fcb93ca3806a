"""How well Leadline searches: its algorithms beside Optuna, Ax and Hyperopt, on tasks of our own making.

Nothing here is part of the operator. ``python -m benchmarks.search --help`` says how to run it.
"""
