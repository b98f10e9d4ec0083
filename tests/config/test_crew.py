"""The threads for what may wait: few are awake, none is lost, and whoever comes too late for one waits its turn."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Barrier, Event

import pytest

from config.crew import Crew

PATIENCE_S = 20.0


def told(crew: Crew, call: Callable[[], object]) -> object:
    """What a call gives when the crew makes it."""
    heard: SimpleQueue[object] = SimpleQueue()
    crew.do(lambda: heard.put(call()))
    return heard.get(timeout=PATIENCE_S)


def settled(crew: Crew, threads: int) -> None:
    """Until so many threads of a crew are there, and all idle."""
    clock = Event()
    for _ in range(2000):
        if (crew._working, len(crew._idle)) == (threads, threads):
            return
        clock.wait(0.01)
    raise AssertionError(f"{crew._working} threads, {len(crew._idle)} idle")


def test_one_after_another_are_done_by_one_thread() -> None:
    crew, names = Crew(4), set()
    for _ in range(20):
        names.add(told(crew, threading.get_ident))
        settled(crew, 1)
    assert len(names) == 1


def test_as_many_at_once_as_there_may_be_and_the_others_in_turn() -> None:
    crew, together, order = Crew(3), Barrier(4), SimpleQueue[int]()

    def work() -> None:
        together.wait(PATIENCE_S)
        together.wait(PATIENCE_S)

    for _ in range(3):
        crew.do(work)
    for number in range(5):
        crew.do(partial(order.put, number))
    together.wait(PATIENCE_S)  # three are at work, and nobody else
    assert order.empty()
    together.wait(PATIENCE_S)
    assert sorted(order.get(timeout=PATIENCE_S) for _ in range(5)) == [0, 1, 2, 3, 4]
    settled(crew, 3)


def test_a_task_that_fails_costs_no_thread(caplog: pytest.LogCaptureFixture) -> None:
    crew = Crew(1)
    crew.do(lambda: int("not a number") and None)
    assert told(crew, lambda: "next") == "next"
    assert "not a number" in caplog.text


def test_who_has_nothing_to_do_goes_home_and_is_replaced() -> None:
    crew = Crew(2, idle_s=0.05)
    for _ in range(3):
        assert told(crew, lambda: "done") == "done"
        settled(crew, 0)


def test_nothing_is_lost_where_tasks_come_as_threads_end() -> None:
    crew, heard = Crew(3, idle_s=0.0005), SimpleQueue[int]()
    for number in range(400):
        crew.do(partial(heard.put, number))
        Event().wait(0.0005)
    assert sorted(heard.get(timeout=PATIENCE_S) for _ in range(400)) == list(range(400))
