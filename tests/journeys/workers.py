"""What processes do in `test_batches.py`; in a module that they can import cheaply."""

from __future__ import annotations

import os
import time
from pathlib import Path


def doubled(number: int) -> tuple[int, int]:
    """This function will return twice a number and who computed it; 13 kills its process."""
    if number % 100 == 13:
        os._exit(9)
    return 2 * number, os.getpid()


def sleeping(folder: str) -> None:
    """This function will say who works, and go on until its process is ended."""
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(600)
