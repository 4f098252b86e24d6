"""Threads that begin together."""

import threading
from concurrent.futures import ThreadPoolExecutor

THREADS = 32


def together(work, count=THREADS):
    """Runs `work(number)` on many threads that all begin at the same moment; gives their results."""
    barrier = threading.Barrier(count)

    def begin(number):
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begin, range(count)))
