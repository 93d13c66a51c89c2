"""The root of everything that memory refuses or cannot do."""


class StoreError(Exception):
    """What memory cannot keep or find, in one line that says what to do."""
