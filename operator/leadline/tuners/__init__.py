"""Asks tuners that are no part of this process: over HTTP, or as the body that runs the group runs programs."""
