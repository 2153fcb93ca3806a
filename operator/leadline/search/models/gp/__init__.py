"""A Gaussian process over encoded points: kernel, fit, prediction."""
