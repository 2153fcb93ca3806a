"""What every test gets: quick, repeatable property tests, and more of them on demand (HYPOTHESIS_PROFILE=thorough), or fewer (quick)."""

from __future__ import annotations

import os

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
