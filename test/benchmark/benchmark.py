"""The client side by side with what a user would take instead, as ratios in one run.

``python test/benchmark/benchmark.py`` prints a table. Every figure is the median of many short rounds, in which all
peers take turns, with the quarter below and above it; the ratio is to ``urllib3.PoolManager`` and `json.loads`.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import urllib3

import tracking_client

HERE = Path(__file__).parent
ID = "00000000-0000-0000-0000-{:012d}"
MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"
BASE = "urllib3"

Calls = dict[str, Callable[[], Any]]


@contextlib.contextmanager
def canned_service() -> Iterator[str]:
    command = [sys.executable, str(HERE / "canned_service.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/api/v1"
        process.terminate()


def calls_of(host: str, count: int) -> dict[str, Calls]:
    """For each row, what each peer does."""
    manager = urllib3.PoolManager()
    api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=host)))
    file = tracking_client.File(MD5SUM, "isolate_R1.fastq.gz", "fastq")
    body = {"md5sum": MD5SUM, "filename": "isolate_R1.fastq.gz", "file-type": "fastq"}
    json_headers = {"Content-Type": "application/json"}
    id_, many = ID.format(0), ID.format(count)
    rows: dict[str, Calls] = {
        "GET": {
            BASE: lambda: json.loads(manager.request("GET", f"{host}/files/{MD5SUM}").data),
            "tracking_client": lambda: api.files_md5sum_get(MD5SUM),
        },
        "POST": {
            BASE: lambda: json.loads(
                manager.request(
                    "POST", f"{host}/samples/{id_}/files", body=json.dumps(body).encode(), headers=json_headers
                ).data
            ),
            "tracking_client": lambda: api.samples_id_files_post(id_, file),
        },
        "DELETE": {
            BASE: lambda: manager.request("DELETE", f"{host}/samples/{id_}/files/{MD5SUM}").data,
            "tracking_client": lambda: api.samples_id_files_md5sum_delete(id_, MD5SUM),
        },
        f"list of {count:,}": {
            BASE: lambda: json.loads(manager.request("GET", f"{host}/samples/{many}/files").data),
            "tracking_client": lambda: api.samples_id_files_get(many),
        },
        "cold": {BASE: lambda: cold_urllib3(host), "tracking_client": lambda: cold_client(host)},
    }
    with contextlib.suppress(ImportError):
        import requests

        session = requests.Session()
        rows["GET"]["requests"] = lambda: session.get(f"{host}/files/{MD5SUM}").json()
        rows[f"list of {count:,}"]["requests"] = lambda: session.get(f"{host}/samples/{many}/files").json()
    with contextlib.suppress(ImportError):
        import httpx

        client = httpx.Client()
        rows["GET"]["httpx"] = lambda: client.get(f"{host}/files/{MD5SUM}").json()
        rows[f"list of {count:,}"]["httpx"] = lambda: client.get(f"{host}/samples/{many}/files").json()
    return rows


def cold_urllib3(host: str) -> None:
    with urllib3.PoolManager() as manager:
        json.loads(manager.request("GET", f"{host}/files/{MD5SUM}").data)


def cold_client(host: str) -> None:
    with tracking_client.ApiClient(tracking_client.Configuration(host=host)) as api_client:
        tracking_client.FileApi(api_client).files_md5sum_get(MD5SUM)


def measured(calls: Calls, rounds: int, repeats: int) -> dict[str, list[float]]:
    """Seconds per call of each peer, a figure a round, the peers in turn."""
    figures: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            for _ in range(repeats):
                call()
            if number:  # the first round warms up
                figures[name].append((time.perf_counter() - began) / repeats)
    return figures


def kept_bytes(make: Callable[[], Any], count: int) -> float:
    """The bytes that each entry of a list keeps, the list's own included."""
    make()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    kept = make()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(kept) == count
    return (after - before) / count


def import_seconds(module: str) -> float:
    """The processor time of an import, in a process of its own."""
    script = f"import time; t = time.process_time(); import {module}; print(time.process_time() - t)"
    return float(subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    print(f"Python {sys.version.split()[0]}, urllib3 {urllib3.__version__}\n")
    print("row | peer | median | quarters | ratio\n--- | --- | --- | --- | ---")
    with canned_service() as host:
        for row, calls in calls_of(host, 1000).items():
            repeats = 5 if row.startswith("list") else 50
            figures = measured(calls, 40, repeats)
            base = statistics.median(figures[BASE])
            for name, values in figures.items():
                low, median, high = statistics.quantiles(values, n=4)
                spread = f"{low * 1e6:.0f} to {high * 1e6:.0f}"
                print(f"{row} | {name} | {median * 1e6:.0f} µs | {spread} | {median / base:.2f}")
        for name, call in calls_of(host, 1000)["list of 1,000"].items():
            print(f"bytes kept per file | {name} | {kept_bytes(call, 1000):.0f} | |")
    imports: dict[str, list[float]] = {"urllib3": [], "tracking_client": []}
    for _ in range(15):
        for module, values in imports.items():
            values.append(import_seconds(module))
    base = statistics.median(imports["urllib3"])
    for module, values in imports.items():
        low, median, high = statistics.quantiles(values, n=4)
        print(f"import | {module} | {median * 1e3:.1f} ms | {low * 1e3:.1f} to {high * 1e3:.1f} | {median / base:.2f}")


if __name__ == "__main__":
    main()
