"""A service whose responses are fixed bytes, in a separate process: so fast that it is not what is measured.

``python canned_service.py [DELAY]`` prints its port. Each response comes after a delay in seconds, by default none.
With options, some responses are late, some connections are reset, or all responses are 503 for a while.

The request line decides the response: a file for ``/files/``, a list of ``{count}`` files for
``/samples/{...-count}/files``, 201 for POST and 204 for DELETE.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import time
from functools import lru_cache

MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"


# Each isolate has two files of reads, and one of the variants called from them.
ENDINGS = [("R1.fastq.gz", "fastq"), ("R2.fastq.gz", "fastq"), ("calls.vcf.gz", "vcf")]


def file(number: int) -> dict[str, str]:
    isolate, kind = divmod(number, len(ENDINGS))
    ending, file_type = ENDINGS[kind]
    return {"md5sum": f"{number:032x}", "filename": f"isolate_{isolate:07d}_{ending}", "file-type": file_type}


def response(body: bytes, status: str = "200 OK") -> bytes:
    headers = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return headers.encode() + body


@lru_cache(maxsize=8)
def files(count: int) -> bytes:
    return response(json.dumps([file(number) for number in range(count)]).encode())


_FILE = json.dumps({**file(1), "md5sum": MD5SUM}).encode()
ONE = response(_FILE)
CREATED = response(_FILE, "201 CREATED")
DELETED = b"HTTP/1.1 204 NO CONTENT\r\n\r\n"


def response_to(request: bytes) -> bytes:
    method, path, _ = request.split(b" ", 2)
    if method == b"POST":
        return CREATED
    if method == b"DELETE":
        return DELETED
    if path.endswith(b"/files"):
        # The id of the sample ends with the number of its files.
        return files(int(path.split(b"/")[-2].rpartition(b"-")[2]))
    md5sum = path.rpartition(b"/")[2]
    return ONE.replace(MD5SUM.encode(), md5sum) if len(md5sum) == len(MD5SUM) else ONE


UNAVAILABLE = response(b"", "503 SERVICE UNAVAILABLE")


class Canned(asyncio.Protocol):
    options = argparse.Namespace()
    numbers = itertools.count(1)
    random = random.Random(1)
    first_request: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        headers, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return
        lower = headers.lower()
        if b"content-length:" in lower:
            length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0])
            if len(body) < length:
                return
        self.received = b""
        options = self.options
        if options.reset and self.random.random() < options.reset:
            self.transport.abort()  # type: ignore[attr-defined]
            return
        response = UNAVAILABLE if self.is_down() else response_to(headers)
        delay = 3.0 if options.slow_every and next(self.numbers) % options.slow_every == 0 else options.delay
        if delay:
            asyncio.get_running_loop().call_later(delay, self.transport.write, response)  # type: ignore[attr-defined]
        else:
            self.transport.write(response)  # type: ignore[attr-defined]

    def is_down(self) -> bool:
        """Return whether it is the time to respond with 503: from one second after the first request on."""
        if not self.options.down_for:
            return False
        if Canned.first_request is None:
            Canned.first_request = time.monotonic()
        return 1 <= time.monotonic() - Canned.first_request < 1 + self.options.down_for


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", Canned.options.port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("delay", nargs="?", type=float, default=0.0, help="seconds before each response")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slow-every", type=int, default=0, help="one response in so many takes 3 seconds")
    parser.add_argument("--reset", type=float, default=0.0, help="the part of requests whose connection is reset")
    parser.add_argument("--down-for", type=float, default=0.0, help="seconds of 503, from one second after the first")
    Canned.options = parser.parse_args()
    asyncio.run(main())
