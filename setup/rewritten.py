"""Compile the tests as pytest does, which writes its own account of a failing assertion into them: once, ahead of its
workers. Each of them would do it again, a third of a minute of processor time in all."""

from pathlib import Path

from _pytest.assertion.rewrite import PYC_TAIL, _read_pyc, _rewrite_test, _write_pyc, get_cache_dir

TESTS = Path(__file__).resolve().parent.parent / "tests"


def main() -> None:
    """Write what is not there or of another source."""
    for path in (*TESTS.rglob("test_*.py"), *TESTS.rglob("conftest.py")):
        kept = get_cache_dir(path) / (path.name.removesuffix(".py") + PYC_TAIL)
        if _read_pyc(path, kept) is None:
            kept.parent.mkdir(exist_ok=True)
            source, code = _rewrite_test(path, None)
            _write_pyc(None, code, source, kept)


if __name__ == "__main__":
    main()
