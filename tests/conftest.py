"""What holds for every test: hypothesis sets no deadline, for machines differ and share their cores."""

from hypothesis import settings

pytest_plugins = ["tests.parity.pairs"]

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")
