"""Searches whose suggestions come from outside: what a tuner is told, what its answer must be, plug-ins in Python."""
