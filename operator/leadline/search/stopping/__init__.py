"""Rules that end trials which are not worth going on with."""
