"""A process of its own in which searches that learn think: numpy and scipy take more memory than the operator itself,
a fit takes longer than an event loop may stand still, and a plug-in may take down whatever process it runs in.

What is here knows how to ask that process, and starts it again where it has ended; what it thinks is ``search``'s.
"""

from leadline.modelling.searcher import make_searcher_apart, try_apart

__all__ = ["make_searcher_apart", "try_apart"]
