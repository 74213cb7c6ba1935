"""Scratch folders that live as long as their process: private, and swept by a later run when their owner was killed.

An owner holds a lock on its folder; the system lets go of it when the process ends, however it ends. So a folder that can be locked
is a leftover, also after numbers of processes were used again or in a container where every process has the same number.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Claim:
    """A folder of this process, mode 0700, until `release`.

    Parameters
    ----------
    folder : Path
        Its name is the prefix, the number of the process and a random part.
    handle : int
        Open file descriptor that holds the lock.
    """

    folder: Path
    handle: int

    def release(self) -> None:
        """Remove the folder, if it is still there under this name, and let go of the lock."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self.handle)


def claim(parent: Path, prefix: str) -> Claim:
    """Sweep what killed processes left in `parent` and make a folder of this process there.

    Raises
    ------
    OSError
        When the folder cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     mine = claim(Path(parent), "work-")
    ...     oct(mine.folder.stat().st_mode & 0o777), mine.folder.name.startswith(f"work-{os.getpid()}-")
    ...     mine.release()
    ('0o700', True)
    """
    sweep(parent, prefix)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=parent))
        handle = _opened(folder)
        if handle is None:
            continue
        with contextlib.suppress(OSError):  # a file system without locks: nobody can sweep there either
            fcntl.flock(handle, fcntl.LOCK_EX)
        # Between making and locking it, another process may have taken it for a leftover.
        if folder.exists():
            return Claim(folder, handle)
        os.close(handle)


def sweep(parent: Path, prefix: str) -> None:
    """Remove this user's folders of a prefix that no running process holds."""
    for folder in _own(parent, prefix):
        handle = _opened(folder)
        if handle is None:
            continue
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _own(parent: Path, prefix: str) -> list[Path]:
    """Return this user's folders that `claim` made, by their names."""
    made = re.compile(re.escape(prefix) + "[0-9]+-")
    try:
        with os.scandir(parent) as entries:
            return [
                Path(entry.path)
                for entry in entries
                if made.match(entry.name) and entry.is_dir(follow_symlinks=False) and entry.stat().st_uid == os.getuid()
            ]
    except OSError:
        return []


def _opened(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
