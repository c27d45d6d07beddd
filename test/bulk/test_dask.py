"""Look-up and registration on a real Dask cluster with processes: the results are the same as here."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("distributed", reason="dask[distributed] is not installed")

# In a process of its own, because Dask starts threads and an event loop, and its imports warn.
SCRIPT = """
import sys
from pathlib import Path
import tracking_client
from dask.distributed import Client, LocalCluster
from tracking_client.bulk import look_up, register
from tracking_client.service import running_service

def main(folder):
    paths = [folder / f"isolate_{number}.fastq" for number in range(230)]
    for path in paths:
        path.write_text(path.name)
    items = [*paths, folder / "missing.vcf", "nan", "0" * 32]
    with running_service() as host, LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster:
        configuration = tracking_client.Configuration(host=host)
        with Client(cluster) as dask, tracking_client.ApiClient(configuration) as api_client:
            sample = tracking_client.SampleApi(api_client).samples_post({})
            executor = dask.get_executor()
            for status in ("created", "existing"):
                results = register(api_client, paths[:150], sample_id=sample.id, executor=executor)
                assert results.counts == {status: 150}, results
            there = list(look_up(api_client, iter(items), executor=executor))
            here = list(look_up(api_client, items))
            assert [(each.item, each.as_row()) for each in there] == [(each.item, each.as_row()) for each in here]
            assert len(there) == len(items)
    print("the same")

if __name__ == "__main__":
    main(Path(sys.argv[1]))
"""

LOST = """
import os, signal, dask, tracking_client
from dask.distributed import Client, LocalCluster
from tracking_client.bulk import iter_look_up, look_up
from tracking_client.service import running_service

def main():
    items = [f"{number:032x}" for number in range(4000)]
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with running_service() as host, LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        configuration = tracking_client.Configuration(host=host)
        with Client(cluster) as dask_client, tracking_client.ApiClient(configuration) as api_client:
            executor = dask_client.get_executor()
            seen = []
            try:
                for result in iter_look_up(api_client, items, executor=executor):
                    seen.append(result.item)
                    if len(seen) == 300:
                        os.kill(next(iter(dask_client.run(os.getpid).values())), signal.SIGKILL)
            except tracking_client.WorkerLostError as error:
                left = [entry.md5sum for entry in error.left]
            assert 300 <= len(seen) < 4000, len(seen)
            assert sorted(seen + left) == items
            dask_client.wait_for_workers(2)
            rest = look_up(api_client, left, executor=executor)
            assert [result.item for result in rest] == left
            assert not [result for result in rest if result.error is not None]
    print("told")

if __name__ == "__main__":
    main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_worker_of_dask_that_is_killed_ends_the_run_and_a_second_run_finishes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(LOST)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stdout) == (0, "told\n"), done.stderr


def test_dask_gives_the_same_results(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    (tmp_path / "reads").mkdir()
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "reads")], capture_output=True, text=True, timeout=240, check=False
    )
    assert (done.returncode, done.stdout) == (0, "the same\n"), done.stderr
