"""Spread a function over items: the one scheduler seam, a local pool today, a cluster later.

The stages hand over pure functions of one item, so that the same function can run on a thread, a process, a
Spark task or a Ray task. Results come back in the order of the items, whatever finished first.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int, *, ahead: int = 1
) -> Iterator[Result]:
    """Yield `function(item)` in order, with at most `threads` + `ahead` items in flight: memory stays bounded.

    Nothing `ahead` suits items that are large and take alike, and are made in a fraction of that time.
    Threads suffice locally: hashing, polars, Arrow and DuckDB work outside the interpreter lock.
    """
    if threads <= 1:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= threads + ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
