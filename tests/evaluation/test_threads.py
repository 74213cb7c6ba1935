"""One thread while a model learns."""

from __future__ import annotations

from threadpoolctl import threadpool_info

from segmentry.evaluation.threads import one_thread


def test_inside_there_is_one_thread_and_afterwards_as_before() -> None:
    with one_thread():
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
        before = [pool["num_threads"] for pool in threadpool_info()]
    assert len(before) == len(threadpool_info())
