"""Many calls at the same time while requests are lost, cut and turned away: no outcome is told wrongly."""

from __future__ import annotations

import json
import os
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from clients import client_for
from endpoints import ID
from scripted_server import Connection, http_response, scripted_server

from tracking_client import ApiException, ConflictException, File, FileApi, NotFoundException

NOT_FOUND = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
CONFLICT = http_response(b'{"code": 409, "message": "Already existed"}', "409 CONFLICT")
FAULTS = ["before", "after", "cut", "unavailable"]
"""A request is lost before or after it is processed, its response is cut, or it is turned away."""

NO_CONTENT = b"HTTP/1.1 204 NO CONTENT\r\n\r\n"
UNAVAILABLE = http_response(b"", "503 Service Unavailable", "Retry-After: 0")


class Service:
    """A service with one sample, which loses three of ten requests in some way.

    Args:
        seed: the seed of what is lost.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.files: dict[str, bytes] = {}

    def __call__(self, connection: Connection) -> None:
        """Respond to requests until one is lost, before or after it is processed, or its response is cut."""
        while request := connection.request():
            with self._lock:
                fault = self._random.choice(FAULTS) if self._random.random() < 0.3 else None
                response = UNAVAILABLE if fault == "unavailable" else b""
                if fault in ("after", "cut", None):
                    response = self._process(request, connection.body)
                cut = self._random.randrange(len(response) + 1)
            if fault in ("before", "after"):
                return
            if fault == "cut":
                connection.send(response[:cut])
                return
            connection.send(response)

    def _process(self, request: bytes, body: bytes) -> bytes:
        method, path, _ = request.decode().split(" ", 2)
        md5sum = json.loads(body)["md5sum"] if method == "POST" else path.rpartition("/")[2]
        if method == "POST":
            if md5sum in self.files:
                return CONFLICT
            self.files[md5sum] = body
            return http_response(body, "201 CREATED")
        if md5sum not in self.files:
            return NOT_FOUND
        if method == "DELETE":
            del self.files[md5sum]
            return NO_CONTENT
        return http_response(self.files[md5sum])


def check(api: FileApi, service: Service, number: int) -> list[str]:
    """Register, look up and delete one file, which no other call uses; return what was told wrongly."""
    file = File(f"{number:032x}", f"{number}.vcf", "vcf")
    wrong = []
    for method, call in (
        ("POST", lambda: api.samples_id_files_post(ID, file)),
        ("GET", lambda: api.samples_id_files_md5sum_get(ID, file.md5sum)),
        ("DELETE", lambda: api.samples_id_files_md5sum_delete(ID, file.md5sum)),
    ):
        was_there = file.md5sum in service.files
        try:
            call()
            told = {"POST": True, "GET": True, "DELETE": False}[method]
        except (NotFoundException, ConflictException) as error:
            told = isinstance(error, ConflictException)
            if method != "GET" and told != was_there:
                wrong.append(f"{method} of {number}: {error.status}, but before it was {was_there}")
        except ApiException as error:
            if error.outcome_unknown or method == "GET":
                continue
            told = was_there
        if told != (file.md5sum in service.files):
            wrong.append(f"{method} of {number}: told {told}")
    return wrong


@pytest.mark.parametrize("seed", [int(seed) for seed in os.environ.get("RANDOM_FAULTS_SEEDS", "1 2 3").split()])
def test_no_outcome_is_told_wrongly(delays, seed):
    """The seed of a failure is in the name of the test. RANDOM_FAULTS_SEEDS sets others."""
    service = Service(seed)
    with scripted_server(service) as server, client_for(server.host) as client, ThreadPoolExecutor(4) as threads:
        results = threads.map(lambda number: check(FileApi(client), service, number), range(100))
        wrong = [line for lines in results for line in lines]
    assert wrong == [], f"seed {seed}"
