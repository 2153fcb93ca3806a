"""Leadline searches hyper-parameters on Kubernetes, on a laptop and on a fake clock, with one brain.

Importing the package costs nothing: every part is imported by whoever needs it.
"""

__version__ = "0.1.0"
