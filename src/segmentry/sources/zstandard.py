"""Whether a Zstandard file is whole, from the lengths its blocks declare (RFC 8878, section 3.1); nothing is unpacked.

Needed because an engine's own reader takes a file that was cut off for one that ends there.
"""

from __future__ import annotations

import os
from typing import BinaryIO

MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"


def is_whole(file: BinaryIO) -> bool:
    """Return whether a file is a row of complete frames and nothing else.

    Parameters
    ----------
    file : BinaryIO
        Seekable, at its start; left anywhere.

    Examples
    --------
    >>> import io
    >>> frame = MAGIC + bytes([0x20, 1]) + bytes([9, 0, 0]) + b"a"  # one segment of one byte, in one last raw block
    >>> is_whole(io.BytesIO(frame)), is_whole(io.BytesIO(frame + frame)), is_whole(io.BytesIO(frame[:-1]))
    (True, True, False)
    """
    size = file.seek(0, os.SEEK_END)
    place = 0
    while place < size:
        end = _end_of_frame(file, place)
        if end is None or end > size:
            return False
        place = end
    return size > 0


def _end_of_frame(file: BinaryIO, start: int) -> int | None:
    """Return where the frame that starts at a place ends by its own account; None when it is no frame."""
    file.seek(start)
    head = file.read(8)
    if len(head) == 8 and head[0] & 0xF0 == 0x50 and head[1:4] == _SKIPPABLE:
        return start + 8 + int.from_bytes(head[4:], "little")
    if head[:4] != MAGIC or len(head) < 5:
        return None
    descriptor = head[4]
    single = descriptor >> 5 & 1
    content = (single, 2, 4, 8)[descriptor >> 6]
    dictionary = (0, 1, 2, 4)[descriptor & 3]
    place = start + 5 + (1 - single) + dictionary + content
    last = False
    while not last:
        file.seek(place)
        header = file.read(3)
        if len(header) < 3:
            return None
        word = int.from_bytes(header, "little")
        last, kind, length = bool(word & 1), word >> 1 & 3, word >> 3
        if kind == 3:
            return None
        place += 3 + (1 if kind == 1 else length)
    return place + (4 if descriptor >> 2 & 1 else 0)
