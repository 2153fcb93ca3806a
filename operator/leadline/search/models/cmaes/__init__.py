"""Covariance matrix adaptation, with margins for integers and a distribution of categories."""
