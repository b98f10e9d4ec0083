"""The place of a trial: a folder, ports in a row, and the processes that were started, ended by their numbers."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from config import env, postgres


class Room:
    """Starts programs as the unprivileged owner of the databases, or (our own servers) as ourselves."""

    def __init__(self, base: Path, port: int) -> None:
        self.base, self.port = base, port
        self.base.mkdir(parents=True, exist_ok=True)
        self.base.chmod(0o755)
        self.who = postgres.owner(base / "a" / "data")
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, words: list[str], apart: bool = True, where: Path = env.ROOT, **variables: str) -> None:
        """Start a program in a session of its own, as the owner of the databases or (not apart) as ourselves."""
        lowered = {"user": self.who.uid, "group": self.who.gid} if self.who.switch and apart else {}
        with (self.base / f"{name.replace(' ', '-')}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                words,
                cwd=where,
                env=environment(**variables),
                stdout=log,
                stderr=log,
                start_new_session=True,
                **lowered,
            )

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> None:
        """End a program with its children, and wait for it."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            if how is signal.SIGTERM:
                process.terminate()
            else:
                os.killpg(process.pid, how)
        process.wait(60)

    def leave(self) -> None:
        """End whatever runs, the newest first."""
        for name in reversed(list(self.processes)):
            self.end(name)


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without our variables, plus `variables`."""
    return {name: value for name, value in os.environ.items() if name not in env.NAMES} | variables


def manage(*words: str, where: Path = env.ROOT, python: str = sys.executable, **variables: str) -> None:
    """Run a command of ours, or of the release in another folder, to its end."""
    done = subprocess.run(
        [python, "manage.py", *words],
        cwd=where,
        env=environment(**variables),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]}: {done.stderr.strip()[-600:]}")
