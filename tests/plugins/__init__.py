"""A package of searchers of one's own, as a user would write it, and how a test installs it."""
