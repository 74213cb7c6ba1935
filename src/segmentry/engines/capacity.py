"""How much of this machine an engine may take: memory, threads."""

from __future__ import annotations

import os


def memory_limit() -> int:
    """Return the bytes an engine may hold before it spills: a quarter of the machine, between 512 MiB and 2 GiB."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        total = 4 * 2**30
    return max(512 * 2**20, min(2 * 2**30, total // 4))


def threads() -> int:
    """Return how many threads an engine may use: what this process is allowed, at most eight."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(8, allowed))
