"""The machine's switch is as it was when a bench ends, however it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import turns


@pytest.fixture
def switch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in place of the kernel's."""
    file = tmp_path / "sched_autogroup_enabled"
    file.write_text("1\n")
    monkeypatch.setattr(turns, "SWITCH", file)
    return file


def test_it_is_set_back_though_the_bench_breaks_off(switch: Path) -> None:
    with pytest.raises(ZeroDivisionError), turns.one_by_one(), turns.one_by_one():
        assert switch.read_text() == "0"
        1 / 0  # noqa: B018  the bench
    assert switch.read_text() == "1\n"


def test_who_may_not_set_it_is_told(
    switch: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "write_text", refused)
    with turns.one_by_one():
        pass
    assert "docs/operator.md" in capsys.readouterr().out


def test_a_kernel_without_it_is_left_alone(switch: Path) -> None:
    switch.unlink()
    with turns.one_by_one():
        assert not switch.exists()
