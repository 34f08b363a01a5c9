"""Libraries of others that talk on standard error, kept quiet while they are asked something."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def libraries_silenced() -> Iterator[None]:
    """Nothing that is written to descriptor 2 meanwhile is seen; what matters is raised."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
