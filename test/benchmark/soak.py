"""A soak test: threads register, look up, list and delete files while connections are cut at random.

``python test/benchmark/soak.py [--threads 16] [--calls 5000] [--cut 0.02]`` prints figures, and exits with 0 only
if no result was wrong, no registration was lost, and memory use stayed flat.

The embedded service runs in one process, and the proxy that cuts connections in another.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tracking_client
from tracking_client import ApiConnectionError, File, NotFoundException

SERVE = "import sys, tracking_client.cli.main as c; sys.exit(c.main())"


async def cutter(port: int, share: float) -> None:
    """Forward connections to a local port, and cut them at this share of the blocks."""

    async def forward(reader: asyncio.StreamReader, *writers: asyncio.StreamWriter) -> None:
        try:
            while block := await reader.read(65536):
                if random.random() < share:
                    # Before, within or after the block; with FIN or RST.
                    writers[0].write(block[: random.randint(0, len(block))])
                    if random.random() < 0.5:
                        await writers[0].drain()
                        await asyncio.sleep(0.001)
                    for writer in writers:
                        writer.transport.abort() if random.random() < 0.5 else writer.close()
                    return
                writers[0].write(block)
                await writers[0].drain()
        except OSError:
            pass
        for writer in writers:
            with contextlib.suppress(OSError):
                writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_service = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(forward(reader, to_service[1], writer), forward(to_service[0], writer, to_service[1]))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def resident() -> float:
    """Return the memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


class Worker:
    """The calls of a thread, which compares each result with what it knows about its own files."""

    def __init__(self, api: tracking_client.FileApi, number: int, sample_id: str) -> None:
        self.api = api
        self.sample_id = sample_id
        self.number = number
        self.random = random.Random(number)
        self.files: dict[str, File] = {}
        self.uncertain: set[str] = set()
        self.figures: Counter[str] = Counter()

    def call(self, number: int) -> None:
        """Make one call. After a write whose outcome is unknown, its file may be there or not."""
        known = [md5sum for md5sum in self.files if md5sum not in self.uncertain]
        kind = self.random.choice(["post", "get", "get", "get of sample", "delete", "missing"])
        if not known and kind not in ("post", "missing"):
            kind = "post"
        md5sum = f"{self.number}-{number}" if kind in ("post", "missing") else self.random.choice(known)
        try:
            right = getattr(self, kind.replace(" ", "_"))(md5sum)
        except ApiConnectionError as error:
            self.figures["no response"] += 1
            if error.outcome_unknown:
                self.figures["outcome unknown"] += 1
                self.uncertain.add(md5sum)
        else:
            self.figures["right" if right else "WRONG"] += 1

    def post(self, md5sum: str) -> bool:
        file = File(md5sum, f"{md5sum}.fastq.gz", "fastq")
        added = self.api.samples_id_files_post(self.sample_id, file)
        self.files[md5sum] = file
        return added == file

    def get(self, md5sum: str) -> bool:
        return self.api.files_md5sum_get(md5sum) == self.files[md5sum]

    def get_of_sample(self, md5sum: str) -> bool:
        return self.api.samples_id_files_md5sum_get(self.sample_id, md5sum) == self.files[md5sum]

    def delete(self, md5sum: str) -> bool:
        self.api.samples_id_files_md5sum_delete(self.sample_id, md5sum)
        del self.files[md5sum]
        return True

    def missing(self, md5sum: str) -> bool:
        try:
            self.api.files_md5sum_get(md5sum)
        except NotFoundException:
            return True
        return False

    def lost(self, api: tracking_client.FileApi) -> int:
        """Return how many files are not on the service as this thread left them."""
        kept = {file.md5sum: file for file in api.samples_id_files_get(self.sample_id)}
        expected = {md5sum: file for md5sum, file in self.files.items() if md5sum not in self.uncertain}
        return sum(kept.get(md5sum) != file for md5sum, file in expected.items()) + len(
            kept.keys() - expected.keys() - self.uncertain
        )


def soak(threads: int, calls: int, share: float) -> bool:
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())

        def start(*arguments: str) -> str:
            process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            assert process.stdout is not None
            return process.stdout.readline().strip()

        host = start("-c", SERVE, "serve", "--port", "0", "--database", f"{directory}/soak.sqlite")
        port = host.split(":")[2].partition("/")[0]
        cut_port = start(__file__, "--cutter", port, "--cut", str(share))

        straight = stack.enter_context(tracking_client.ApiClient(tracking_client.Configuration(host=host)))
        cut_configuration = tracking_client.Configuration(host=host.replace(port, cut_port))
        cut = stack.enter_context(tracking_client.ApiClient(cut_configuration))
        workers = []
        for number in range(threads):
            sample = straight.call_api("/samples", "POST", body={}, response_type="object")[0]
            workers.append(Worker(tracking_client.FileApi(cut), number, sample["id"]))

        memory = [resident()]
        done = threading.Event()

        def watch() -> None:
            while not done.wait(1):
                memory.append(resident())

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        began = time.monotonic()
        with ThreadPoolExecutor(threads) as pool:
            for running in [pool.submit(lambda w: [w.call(n) for n in range(calls)], worker) for worker in workers]:
                running.result()
        took = time.monotonic() - began
        done.set()
        watcher.join()
        memory.append(resident())

        figures = sum((worker.figures for worker in workers), Counter())
        figures["lost or left over"] = sum(worker.lost(tracking_client.FileApi(straight)) for worker in workers)
        early, late = max(memory[: len(memory) // 3 + 1]), max(memory)
        print(f"{threads} threads x {calls} calls in {took:.0f} s, {share:.0%} of blocks cut: {dict(figures)}")
        print(f"memory: {early:.1f} MiB at most in the first third, {late:.1f} MiB at most in all")
        # A short run ends before all memory that is allocated once has been allocated.
        flat = len(memory) < 5 or late - early < 5 + sum(len(worker.files) for worker in workers) / 1000
        return not figures["WRONG"] and not figures["lost or left over"] and flat


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--cut", type=float, default=0.02)
    parser.add_argument("--cutter", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cutter:
        asyncio.run(cutter(options.cutter, options.cut))
    sys.exit(not soak(options.threads, options.calls, options.cut))
