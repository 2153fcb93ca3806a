"""From what is observed to what is to be done: pure functions, shared by the cluster, the laptop and the fake clock.

``decide(observed, now)`` is the whole behaviour of Leadline; see ``decide.py``.
"""
