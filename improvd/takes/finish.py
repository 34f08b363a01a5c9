"""What jams have left over becomes takes: `python -m improvd.takes.finish FOLDER`.

A process of its own, as a jam of hours takes seconds of work and a hundred megabytes for a moment,
which whoever plays shall not notice. What is wrong is said in one line on standard error.
"""

import os
import sys
from pathlib import Path

from improvd.errors import DataError
from improvd.takes import shelf

_BEHIND = 10  # others: how nice it is


def main(folder: Path) -> None:
    """Ends with 1 where a take could not be made."""
    os.nice(_BEHIND)
    try:
        shelf.finish(folder)
    except OSError as fault:
        sys.exit(f"{folder}: {fault.strerror}")
    except DataError as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
