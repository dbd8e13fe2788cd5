"""A plan of many servers over HTTP: the real client, the real planner, a latency for every answer.

N requests, C at a time, cannot take less than N / C times the latency. The stack declares disks and
power, so the plan has to ask every server for both; all else comes with the lists.
"""

import asyncio
import json
import sys
import time
from statistics import median
from typing import Any

from benchmarks import inputs
from benchmarks.account_spec import Spec
from benchmarks.answering import answering, measure_latency_ms
from benchmarks.process import ask_program
from benchmarks.table import Row
from ccloud_apply.api.client import Client, Connection
from ccloud_apply.clock import SystemClock
from ccloud_apply.plan.matching.select import PlanOptions
from ccloud_apply.workflows.planning.plan import plan_read, read_live

TITLE = "reading: a no-change plan over HTTP, against requests / concurrency x latency"
TARGET = 1.3
LATENCY_MS = 20.0
COUNT = 1_000
CONCURRENCY = 16


def measure(*, count: int = COUNT, latency_ms: float = LATENCY_MS, repeats: int = 5) -> list[Row]:
    """Medians over so many processes, each with connections of its own.

    The bound is that of the latency as a bare socket sees it, which is a little more than asked.
    """
    runs, real_ms = _run(count, latency_ms, repeats)
    swift, _ = _run(count, 0, repeats)
    requests, concurrency = runs[0]["requests"], runs[0]["concurrency"]
    bound_s = requests / concurrency * real_ms / 1000
    read_s, plan_s = (median(run[name] for run in runs) for name in ("read_s", "plan_s"))
    cpu_ms = median(run["read_cpu_s"] for run in swift) * 1000 / requests
    note = f"{requests:,} requests, {concurrency} at a time, {real_ms:.1f} ms each"
    return [
        Row(
            what=f"{count:,} servers: read and plan",
            measured=median(run["read_s"] + run["plan_s"] for run in runs),
            unit="s",
            bound=bound_s,
            target=TARGET,
            note=note,
        ),
        Row(
            what=f"{count:,} servers: read",
            measured=read_s,
            unit="s",
            bound=bound_s,
            note=f"and {plan_s:.2f} s to plan; {runs[0]['steps']} steps",
        ),
        Row(
            what=f"{count:,} servers: read without latency",
            measured=median(run["read_s"] for run in swift),
            unit="s",
            note=f"{cpu_ms:.2f} ms of the processor per request",
        ),
    ]


def _run(count: int, latency_ms: float, repeats: int) -> tuple[list[dict[str, Any]], float]:
    """The measurements, and the latency that there really was."""
    with answering(Spec(servers=count, latency_ms=latency_ms)) as endpoint:
        real_ms = measure_latency_ms(endpoint)
        program = ["-m", "benchmarks.reading", endpoint, str(count)]
        return [ask_program(program) for _ in range(repeats)], real_ms


async def read_and_plan(endpoint: str, count: int) -> dict[str, Any]:
    """One measurement, in this process."""
    stacks = [inputs.load(inputs.write_stack(count))]
    connection = Connection(endpoint=endpoint, token="token", concurrency=CONCURRENCY)
    async with Client(connection, clock=SystemClock()) as client:
        cpu, begin = time.process_time(), time.perf_counter()
        matched = await read_live(client, stacks, PlanOptions())
        read_cpu, read = time.process_time(), time.perf_counter()
        plan = plan_read(matched, PlanOptions())
        planned = time.perf_counter()
        return {
            "read_s": read - begin,
            "plan_s": planned - read,
            "read_cpu_s": read_cpu - cpu,
            "requests": client.requests,
            "concurrency": CONCURRENCY,
            "steps": sum(len(stack.steps) for stack in plan.stacks),
        }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(read_and_plan(sys.argv[1], int(sys.argv[2])))))
