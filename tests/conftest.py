"""What holds for all tests: no example is timed, since machines are slow at times."""

from hypothesis import settings

settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")
