"""Makes the tables of ``tasks``: every point of each grid, real models, cross-validated, one core, minutes each.

    python -m benchmarks.search.tabulate [FILE ...]

All of them use a fixed part of a data set and fixed folds, so that a table comes out the same but for the last digits
of another version of scikit-learn. Losses: the share of wrong classes, or where said otherwise the mean negative log
likelihood (of classes) or the root of the mean squared error in units of the target's deviation (of numbers).
"""
