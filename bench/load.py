"""The load: wrk over a fixed list of tiles, everything it counted as one value."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

CLIENTS = 16
THREADS = 2

SCRIPT = """
local paths = {}
for line in io.lines(os.getenv("BENCH_PATHS")) do paths[#paths + 1] = line end
local turn, threads = 0, 0
function setup(thread) thread:set("shift", threads * tonumber(os.getenv("BENCH_STRIDE"))); threads = threads + 1 end
function request()
  turn = turn + 1
  return wrk.format("GET", paths[(turn + shift) % #paths + 1], {["Accept-Encoding"] = "gzip"})
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"micros":%d,"bytes":%d,"failures":%d,"p50":%d,"p95":%d,"p99":%d}\\n',
    summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Result:
    """Requests a second, milliseconds, bytes an answer with its headers, failures."""

    rate: float
    p50: float
    p95: float
    p99: float
    size: float
    failures: int


def drive(address: str, paths: list[str], seconds: int, folder: Path, stride: int = 67) -> Result:
    """Ask for the paths in turn, over and over, as ``CLIENTS`` do at once."""
    script, listed = folder / "load.lua", folder / "paths.txt"
    script.write_text(SCRIPT)
    listed.write_text("\n".join(paths) + "\n")
    words = ["wrk", "-t", f"{THREADS}", "-c", f"{CLIENTS}", "-d", f"{seconds}s", "-s", str(script), address]
    chosen = {"BENCH_PATHS": str(listed), "BENCH_STRIDE": str(stride), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(words, env=chosen, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    requests = max(found["requests"], 1)
    p50, p95, p99 = (found[name] / 1000 for name in ("p50", "p95", "p99"))
    return Result(requests / found["micros"] * 1e6, p50, p95, p99, found["bytes"] / requests, found["failures"])


def middle(results: list[Result]) -> Result:
    """The round with the median rate, with the failures of all rounds."""
    chosen = sorted(results, key=lambda result: result.rate)[len(results) // 2]
    return Result(
        chosen.rate, chosen.p50, chosen.p95, chosen.p99, chosen.size, sum(result.failures for result in results)
    )
