"""One thread while a model learns, and for sums that must have the same bits everywhere: on two, sums are added in another order and the bits differ.

threadpoolctl comes with scikit-learn.
"""

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which numpy, scipy and scikit-learn use one thread.

    Examples
    --------
    >>> with one_thread():
    ...     1 + 1
    2
    """
    # Only libraries that are loaded already are limited: scikit-learn brings its own.
    import sklearn.cluster
    import sklearn.ensemble
    import sklearn.linear_model
    import sklearn.metrics  # noqa: F401
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    limits: AbstractContextManager[object] = threadpool_limits(limits=1)
    return limits
