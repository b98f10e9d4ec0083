"""`make scale`: start all machines on this one, try what can befall them, print a table; `up` leaves them for you."""

import os
import sys
import time
from pathlib import Path

from bench.scale.city import City
from bench.scale.room import Room
from bench.scale.throughput import throughput
from bench.scale.trials import Lines, Trials

PORT = 8140


def main(words: list[str]) -> None:
    """Everything that is started is ended, whatever happens."""
    base = Path(os.environ.get("VAR", "var")).resolve() / "scale"
    city = City(Room(base, int(os.environ.get("SCALE_PORT", PORT))))
    began = time.monotonic()
    try:
        city.build()
        print(
            f"{city.front}/map — {time.monotonic() - began:.0f} s to build; load {os.getloadavg()[0]:.1f}", flush=True
        )
        if words == ["up"]:
            print("Ctrl-C 结束 / ends it", flush=True)
            while True:
                time.sleep(3600)
        if broken := tell(city, set(words)):
            sys.exit(broken)
    except KeyboardInterrupt:
        pass
    finally:
        city.leave()


def tell(city: City, wanted: set[str]) -> str:
    """Run the trials, or the named ones, print their lines as they come; what was broken, or nothing."""
    trials = Trials(city)
    steps = {
        "lag": trials.lag,
        "storm": trials.storm,
        "node": trials.node_loss,
        "redis": trials.redis_loss,
        "upgrade": trials.upgrade,
        "backup": lambda: trials.backup(city.b.home),
        "rate": lambda: throughput(trials),
        "failover": trials.failover,
        "follow": trials.follow,
    }
    print("| what | seen |\n|---|---|")
    began = time.monotonic()
    for name, step in steps.items():
        if not wanted or name in wanted:
            show(step())
    print(f"\n{time.monotonic() - began:.0f} s; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return "\n".join(("", "未守诺 / Broken:", *trials.broken)) if trials.broken else ""


def show(lines: Lines) -> None:
    """Rows of the table."""
    for what, seen in lines:
        print(f"| {what} | {seen} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
