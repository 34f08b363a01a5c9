"""The faults that a user can mend; everything else is a bug and may show a traceback.

A message is one line: what is wrong, where, the allowed range, and the cure.
"""

_LONGEST = 200  # characters of what somebody else says of a fault


def in_short(fault: object) -> str:
    """What somebody else says of a fault: one short line without what a terminal would obey."""
    line = next(iter(str(fault).splitlines()), "")[:_LONGEST]
    return "".join(letter if letter.isprintable() else "?" for letter in line)


class ImprovdError(Exception):
    """A fault to be told in one line; `exit_code` is what the command ends with."""

    exit_code = 1


class ConfigError(ImprovdError):
    """The configuration says what it may not say; all its faults are in `faults`."""

    exit_code = 2

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class PortError(ImprovdError):
    """No MIDI system, a name that is taken, a port that cannot be opened."""


class ModelError(ImprovdError):
    """A model file that is absent, broken, foreign, or of another version."""

    exit_code = 2  # as of a configuration: to start again does not mend it


class DataError(ImprovdError):
    """A music file or data folder that holds nothing usable."""
