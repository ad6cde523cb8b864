"""What was written survives a power cut only once the system was told to bring it to the disk."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Make a file, or the names in a folder, durable. Raises ``OSError``."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
