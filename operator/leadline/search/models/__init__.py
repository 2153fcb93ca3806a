"""Models of the objective that algorithms learn from results: how points become numbers, and what is predicted of them.

Needs numpy and scipy; imported only when a search that learns is built.
"""
