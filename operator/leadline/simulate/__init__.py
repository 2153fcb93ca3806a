"""The fake body: the whole loop on a fake clock, against an objective and a duration that are written down."""
