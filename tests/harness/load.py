"""Requests that never stop coming, over connections that stay open, while something is changed."""

import threading
from concurrent.futures import ThreadPoolExecutor

from harness.http import connect, encode, read

ANSWERS_BEFORE = 3
ANSWERS_AFTER = 3


def under_load(address, requests, change):
    """Runs `change` while each request comes over and over on a connection of its own, and has been answered.

    Gives what `change` gave, and for each request two lists: the answers before the change was begun, and those to
    requests that were sent after it was answered. What was under way in between may have been decided either way.
    """
    begun, answered = threading.Event(), threading.Event()
    warm = threading.Barrier(len(requests) + 1)

    def hammer(request):
        data, before, after = encode(request), [], []
        with connect(address) as connection:
            while len(after) < ANSWERS_AFTER:
                # Looked at before the request is sent: nothing that is sent later may see the old state.
                early, late = not begun.is_set(), answered.is_set()
                connection.sendall(data)
                answer = read(connection)
                if late:
                    after.append(answer)
                elif early and len(before) < ANSWERS_BEFORE:
                    before.append(answer)
                    if len(before) == ANSWERS_BEFORE:
                        warm.wait()
        return before, after

    with ThreadPoolExecutor(len(requests)) as threads:
        hammering = [threads.submit(hammer, request) for request in requests]
        try:
            warm.wait(timeout=60)
            begun.set()
            result = change()
        finally:
            begun.set()
            answered.set()
        return result, [done.result() for done in hammering]
