"""What every test gets: repeatable property tests; HYPOTHESIS_PROFILE=thorough for more of them, quick for fewer."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, Phase, settings

pytest_plugins = ["cluster.plugin"]

settings.register_profile(
    "default", max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile(
    "thorough", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "quick",
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],  # a failure is told as it was found
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# A suite that was started in the background of a shell inherits that Ctrl-C is ignored, and so would everything that
# it starts: commands whose tests press Ctrl-C would run for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
