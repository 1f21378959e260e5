"""How property tests behave on a machine that is busy with something else: slow is not wrong.

To be imported before any test makes settings of its own, which take over what they do not say themselves.
"""

from hypothesis import HealthCheck, settings

SLOW_IS_FINE = [HealthCheck.too_slow]
FIXTURES_STAY = [*SLOW_IS_FINE, HealthCheck.function_scoped_fixture]
"""For tests whose fixtures may be the same ones for all examples."""

settings.register_profile("busy", deadline=None, suppress_health_check=SLOW_IS_FINE)
settings.load_profile("busy")
