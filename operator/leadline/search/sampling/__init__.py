"""Where random numbers come from: never from a generator with a state, always from a seed and a number."""
