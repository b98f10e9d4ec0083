"""Sums of many threads lose nothing, while they add, and after they have ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

from tiles.tally import Tally


def test_what_many_threads_add_is_all_there() -> None:
    tally, together = Tally[int](), Barrier(9)

    def add() -> None:
        together.wait(10)
        for number in range(2000):
            tally.add(number % 7, 2)

    threads = [Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    together.wait(10)
    seen = [sum(tally.sums().values()) for _ in range(50)]
    for thread in threads:
        thread.join()
    assert seen == sorted(seen), "a sum never becomes less"
    assert sum(tally.sums().values()) == 8 * 2000 * 2
    assert set(tally.sums()) == set(range(7))


def test_threads_that_have_ended_leave_their_sums_and_no_more() -> None:
    tally = Tally[str]()
    for _ in range(30):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(tally.add, "key").result(10)
    assert tally.sums() == {"key": 30}
    assert len(tally._living) <= 1
