"""What processes do in `test_batches.py`; in a module that they can import cheaply."""

from __future__ import annotations

import os


def doubled(number: int) -> tuple[int, int]:
    """This function will return twice a number and who computed it; 13 kills its process."""
    if number % 100 == 13:
        os._exit(9)
    return 2 * number, os.getpid()
