"""Processes that do the same at the same time, forked from one that has loaded the site."""

import multiprocessing
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError

from django.db import connections

_FORK = multiprocessing.get_context("fork")
PATIENCE_SECONDS = 120

Work = Callable[[int, Callable[[], object]], Counter[str]]
"""Is told its number, and given what to wait with until all the others have come as far."""


def at_once(count: int, work: Work) -> Counter[str]:
    """The sum of what they counted. Raises RuntimeError if one of them came to no good end."""
    connections.close_all()  # no connection is to be shared with a child
    barrier = _FORK.Barrier(count, timeout=PATIENCE_SECONDS)
    pipes = [_FORK.Pipe(duplex=False) for _ in range(count)]
    children = [
        _FORK.Process(target=_child, args=(number, work, barrier, writer), daemon=True)
        for number, (_, writer) in enumerate(pipes)
    ]
    for child in children:
        child.start()
    for _, writer in pipes:
        writer.close()  # so that a pipe ends with the children
    counts = [_received(reader) for reader, _ in pipes]
    for child in children:
        child.join()
    if None in counts:
        raise RuntimeError("a process came to no good end; its own words are above")
    return sum((each for each in counts if each is not None), Counter())


def _child(number: int, work: Work, barrier: Barrier, writer: Connection) -> None:
    try:
        writer.send(work(number, barrier.wait))
    except BrokenBarrierError:
        pass  # another one has failed, and says why
    except Exception:
        print(f"process {number}:\n{traceback.format_exc()}", file=sys.stderr, flush=True)
        barrier.abort()
    finally:
        connections.close_all()


def _received(reader: Connection) -> Counter[str] | None:
    try:
        counted: Counter[str] = reader.recv()
    except EOFError:
        return None
    return counted
