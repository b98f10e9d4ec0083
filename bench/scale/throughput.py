"""How many tiles a second: one node, both by nginx, kept ones and ones that nobody asked for before."""

import random

from bench import load
from bench.scale.city import NODES
from bench.scale.map import different
from bench.scale.trials import Lines, Trials

SECONDS = 4


def throughput(trials: Trials) -> Lines:
    """wrk, two threads, sixteen connections, four seconds each, everything on the same machine."""
    folder = trials.city.room.base
    kept = [place.path(16) for place in trials.places]
    fresh = different(trials.places)
    random.Random(1).shuffle(fresh)
    share = len(fresh) // 3
    lists = [fresh[part * share : (part + 1) * share] for part in range(3)]
    one, front = trials.city.address(NODES[0]), trials.city.front
    lines: Lines = []
    for title, root, paths in (
        ("kept tiles, one node, no nginx", one, kept),
        ("kept tiles, nginx, two nodes", front, kept),
        ("tiles never asked for, one node, no nginx", one, lists[0]),
        ("tiles never asked for, nginx, two nodes", front, lists[1]),
    ):
        load.drive(root, paths[:8], 1, folder)
        result = load.drive(root, paths, SECONDS, folder, stride=len(paths) // 2)
        lines.append(
            (
                title,
                f"{result.rate:,.0f}/s, p50 {result.p50:.1f} ms, p99 {result.p99:.1f} ms, {result.failures} failures",
            )
        )
    trials.city.kill_node(NODES[1])
    result = load.drive(front, lists[2], SECONDS, folder, stride=share // 2)
    lines.append(
        (
            "tiles never asked for, nginx, one node",
            f"{result.rate:,.0f}/s, p50 {result.p50:.1f} ms, p99 {result.p99:.1f} ms",
        )
    )
    result = load.drive(front, kept, SECONDS, folder)
    lines.append(
        ("kept tiles, nginx, one node", f"{result.rate:,.0f}/s, p50 {result.p50:.1f} ms, p99 {result.p99:.1f} ms")
    )
    trials.city.start_node(NODES[1])
    return lines
