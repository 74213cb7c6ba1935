"""Two folders change places in one step, where the system can do that.

Linux renames with ``RENAME_EXCHANGE`` (`renameat2(2)`, since kernel 3.15, on ext4, xfs, btrfs, tmpfs and others): whoever looks sees
the one or the other under a name, and never neither. Elsewhere, and on file systems without it, nothing happens and the answer is no;
then two renames are needed, and a process killed exactly between them leaves the name empty.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_WORKING_FOLDER = -100
_EXCHANGE = 2


def exchange(first: Path, second: Path) -> bool:
    """Swap what two paths name, both of which exist, on one file system; False where the system cannot, and nothing was changed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     exchange(Path(folder, "missing"), Path(folder))
    False
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library without it
        return False
    rename.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    rename.restype = ctypes.c_int
    return bool(rename(_WORKING_FOLDER, os.fsencode(first), _WORKING_FOLDER, os.fsencode(second), _EXCHANGE) == 0)
