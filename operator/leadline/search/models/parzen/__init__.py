"""Tree-structured Parzen estimators: densities of good and of other configurations, and their ratio."""
