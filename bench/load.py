"""The load: wrk over a fixed list of tiles, everything it counted as one value."""

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

CLIENTS = 16
THREADS = 2
STRIDE = 67  # each thread begins elsewhere in the list
PATIENCE_S = 20

SCRIPT = """
local requests = {}
local turn, threads = 0, 0
local beside = os.getenv("BENCH_BESIDE")
function setup(thread)
  thread:set("shift", threads * tonumber(os.getenv("BENCH_STRIDE")))
  if beside and threads % 2 == 1 then thread.addr = wrk.lookup("127.0.0.1", beside)[1] end
  threads = threads + 1
end
function init()
  local headers = {["Accept-Encoding"] = "gzip", ["Cookie"] = os.getenv("BENCH_COOKIE")}
  for path in io.lines(os.getenv("BENCH_PATHS")) do requests[#requests + 1] = wrk.format("GET", path, headers) end
end
function request()
  turn = turn + 1
  return requests[(turn + shift) % #requests + 1]
end
local think = tonumber(os.getenv("BENCH_THINK_MS"))
if think then function delay() return think end end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"micros":%d,"bytes":%d,"failures":%d,"refused":%d,"p50":%d,"p95":%d,"p99":%d}\\n',
    summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.timeout, e.status,
    latency:percentile(50), latency:percentile(95), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Result:
    """Requests a second, milliseconds, bytes an answer with its headers, failures, of them refused with a status."""

    rate: float
    p50: float
    p95: float
    p99: float
    size: float
    failures: int
    refused: int


def drive(
    address: str,
    paths: list[str],
    seconds: int,
    folder: Path,
    *,
    stride: int = STRIDE,
    clients: int = CLIENTS,
    think_ms: int = 0,
    cookie: str = "",
    beside: str = "",
) -> Result:
    """Ask for the paths in turn, over and over, as many clients at once, who think a while before each; every other one
    asks the server ``beside``, where there is a second."""
    script, listed = folder / "load.lua", folder / f"paths-{clients}.txt"
    script.write_text(SCRIPT)
    listed.write_text("\n".join(paths) + "\n")
    words = ["wrk", "-t", f"{THREADS}", "-c", f"{clients}", "-d", f"{seconds}s", "--timeout", f"{PATIENCE_S}s"]
    words += ["-s", str(script), address]
    chosen = {"BENCH_PATHS": str(listed), "BENCH_STRIDE": str(stride), "PATH": "/usr/bin:/bin"}
    chosen |= {"BENCH_THINK_MS": str(think_ms)} if think_ms else {}
    chosen |= {"BENCH_COOKIE": cookie} if cookie else {}
    chosen |= {"BENCH_BESIDE": beside.rpartition(":")[2]} if beside else {}
    done = subprocess.run(words, env=chosen, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    requests = max(found["requests"], 1)
    p50, p95, p99 = (found[name] / 1000 for name in ("p50", "p95", "p99"))
    failures, refused = found["failures"] + found["refused"], found["refused"]
    return Result(requests / found["micros"] * 1e6, p50, p95, p99, found["bytes"] / requests, failures, refused)


def middle(results: list[Result]) -> Result:
    """The round with the median rate, with the failures of all rounds."""
    chosen = sorted(results, key=lambda result: result.rate)[len(results) // 2]
    failures, refused = sum(result.failures for result in results), sum(result.refused for result in results)
    return replace(chosen, failures=failures, refused=refused)
