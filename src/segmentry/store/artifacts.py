"""Folders that are whole or absent: written aside, forced to disk, then renamed.

Source of the method: write, fsync each file, fsync the folder, rename, fsync the parent (promise 13). A process killed
anywhere leaves the old folder or the new one, and a temporary folder that the next run sweeps. Where two folders cannot change
places in one step (see `exchange`), an older folder of the same name is moved away first, and a kill exactly then loses it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from segmentry.engines.scratch import claim
from segmentry.errors import UsageError
from segmentry.store.exchange import exchange

_PREFIX = ".segmentry-unfinished-"


@contextlib.contextmanager
def publication(parent: Path) -> Iterator[Publication]:
    """Give a temporary folder inside `parent`; it is removed unless `Publication.publish` was called.

    Raises
    ------
    UsageError
        When the folder cannot be made or written.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = claim(parent, _PREFIX)
        (made.folder / "run").mkdir(mode=0o755)
    except OSError as error:
        raise UsageError(f"cannot write to {parent}: {error.strerror}. Give --out a folder you may write to.") from None
    try:
        yield Publication(made.folder / "run", parent)
    finally:
        made.release()


class Publication:
    """A folder in the making."""

    def __init__(self, folder: Path, parent: Path) -> None:
        self.folder = folder
        self._parent = parent

    def publish(self, name: str) -> Path:
        """Force everything to disk and rename the folder to `name`, in place of an older one."""
        for path in sorted(self.folder.rglob("*")):
            _fsync(path)
        _fsync(self.folder)
        final = self._parent / name
        if not os.path.lexists(final):
            self.folder.rename(final)
        elif not exchange(self.folder, final):
            final.rename(self.folder.with_name("old"))
            self.folder.rename(final)
        # The older folder is now in the temporary one, which is removed only after the new name is on disk.
        _fsync(self._parent)
        return final


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
