"""The family's two ways to tell a solo: as a line over chords, or as musical values."""

from collections.abc import Callable
from typing import Any


def either(of_lines: Callable[..., Any], of_values: Callable[..., Any]) -> Callable[..., Any]:
    """The one of both that the configuration, their first argument, calls for."""

    def told(configuration: Any, *others: Any) -> Any:
        return (of_values if configuration.tokens_of else of_lines)(configuration, *others)

    return told
