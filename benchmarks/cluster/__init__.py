"""Figures of the operator on a real API server with fake nodes, each beside a baseline taken in the same run."""
