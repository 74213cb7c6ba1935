"""One thread for sums that must have the same bits everywhere, as models have it: see `evaluation.threads`."""

from segmentry.evaluation.threads import one_thread

__all__ = ["one_thread"]
