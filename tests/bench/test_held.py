"""A bench tells each gate once, goes on past a part that breaks off, and ends with status 1 if anything was missed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench import held


@pytest.fixture(autouse=True)
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR", str(tmp_path))
    held.begin()


def breaks(error: BaseException) -> None:
    raise error


def test_what_was_met_ends_with_no_status_and_what_was_missed_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert held.told("quick", 1.2, "<", 3, " ×")
    held.left("twenty minutes", "LONG=1")
    assert held.summary() == 0
    assert not held.told("light", 305.6, "<", 3, " ×")
    capsys.readouterr()
    assert held.summary() == 1
    assert capsys.readouterr().out.split("gates\n")[1].splitlines() == [
        "met     quick: 1.20 ×, promised < 3 ×",
        "left    twenty minutes: LONG=1",
        "MISSED  light: 306 ×, promised < 3 ×",
    ]


@pytest.mark.parametrize("error", [ValueError("no such\npond"), SystemExit("no such pond")])
def test_a_part_that_breaks_off_is_told_as_missed_and_the_next_one_runs(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    with held.part("pixels"):
        breaks(error)
    held.told("fresh", 0, "=", 0)
    assert held.summary() == 1
    assert f"BROKE   pixels: {type(error).__name__}: no such pond\nmet     fresh" in capsys.readouterr().out


def test_who_ends_the_bench_by_hand_ends_it() -> None:
    with pytest.raises(KeyboardInterrupt), held.part("pixels"):
        breaks(KeyboardInterrupt())


@pytest.mark.parametrize(
    ("script", "end"),
    [("", []), ("held.told('old tiles', 1, '=', 0); exit(1)", ["MISSED"]), ("held.nothing", ["BROKE"])],
    ids=["well", "missed", "broke"],
)
def test_a_part_that_is_a_process_breaks_off_where_it_ends_with_a_status_and_has_told_nothing(
    script: str, end: list[str], tmp_path: Path, part: Callable[[str], str]
) -> None:
    held.process(part(f"from bench import held\n{script}"))
    lines = (tmp_path / "bench" / "gates.txt").read_text(encoding="utf-8").splitlines()
    assert [line.split()[0] for line in lines] == end


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Write a module that another process finds."""

    def write(text: str) -> str:
        (tmp_path / "one_part.py").write_text(text, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return "one_part"

    return write
