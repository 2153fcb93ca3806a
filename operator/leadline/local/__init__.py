"""The laptop body: trials as processes of this machine, their objects in one SQLite file.

Knows nothing of Kubernetes' API and nothing of the other bodies.
"""
