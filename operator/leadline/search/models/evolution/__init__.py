"""Regularised evolution: mutations of the best of a few of the latest results."""
