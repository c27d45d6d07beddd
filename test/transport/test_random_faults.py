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

from tracking_client import (
    ApiClient,
    ApiException,
    ConflictException,
    File,
    FileApi,
    NotFoundException,
    QcResult,
    QcResultApi,
)

NOT_FOUND = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
CONFLICT = http_response(b'{"code": 409, "message": "Already existed"}', "409 CONFLICT")
FAULTS = [
    *("before", "after", "cut", "503", "429", "403", "500 before", "500 after", "502 before", "502 after", "504 after")
]
"""A request is lost before or after it is processed, its response is cut, it is turned away by the service or by a
gateway, or its response is an error."""

NO_CONTENT = b"HTTP/1.1 204 NO CONTENT\r\n\r\n"


def response_of_a_gateway(status: str) -> bytes:
    return http_response(b"<html>", f"{status} x", "Content-Type: text/html", "Retry-After: 0")


class Service:
    """A service of files and QC results, which loses three of ten requests in some way.

    Args:
        seed: the seed of what is lost.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.stored: dict[str, bytes] = {}

    def __call__(self, connection: Connection) -> None:
        """Respond to requests until one is lost, before or after it is processed, or its response is cut."""
        while request := connection.request():
            with self._lock:
                fault = self._random.choice(FAULTS) if self._random.random() < 0.3 else ""
                is_processed = fault in ("", "cut") or fault.endswith("after")
                response = self._process(request, connection.body) if is_processed else b""
                cut = self._random.randrange(len(response) + 1)
            if fault in ("before", "after"):
                return
            if fault == "cut":
                connection.send(response[:cut])
                return
            connection.send(response_of_a_gateway(fault[:3]) if fault else response)

    def _process(self, request: bytes, body: bytes) -> bytes:
        method, path, _ = request.decode().split(" ", 2)
        path = path.removeprefix("/api/v1")
        if method == "POST":
            path += "/" + json.loads(body)["md5sum"]
            if path in self.stored:
                return CONFLICT
        if method in ("POST", "PUT"):
            self.stored[path] = body
            return http_response(body, "201 CREATED" if method == "POST" else "200 OK")
        if path not in self.stored:
            return NOT_FOUND
        if method == "DELETE":
            del self.stored[path]
            return NO_CONTENT
        return http_response(self.stored[path])


def check(client: ApiClient, service: Service, number: int) -> list[str]:
    """Write, read and delete what no other call uses; return what was told wrongly."""
    files, results = FileApi(client), QcResultApi(client)
    file, result = File(f"{number:032x}", f"{number}.vcf", "vcf"), QcResult(number, number, "passed")
    file_path, result_path = f"/samples/{ID}/files/{file.md5sum}", f"/samples/{ID[:-4]}{number:04}/qc-result"
    wrong = []
    for path, is_stored_by, call in (
        (file_path, True, lambda: files.samples_id_files_post(ID, file)),
        (file_path, None, lambda: files.samples_id_files_md5sum_get(ID, file.md5sum)),
        (file_path, False, lambda: files.samples_id_files_md5sum_delete(ID, file.md5sum)),
        (result_path, True, lambda: results.samples_id_qc_result_put(result_path.split("/")[2], result)),
        (result_path, False, lambda: results.samples_id_qc_result_delete(result_path.split("/")[2])),
    ):
        before = path in service.stored
        try:
            call()
            told = True if is_stored_by is None else is_stored_by
        except NotFoundException:
            told = False
            wrong += [f"404 of {path}, which was there"] if before else []
        except ConflictException:
            told = True
            wrong += [] if before else [f"409 of {path}, which was not there"]
        except ApiException as error:
            if error.outcome_unknown or is_stored_by is None:
                continue
            told = before
        if told != (path in service.stored):
            wrong.append(f"{path} was told to be {told}")
    return wrong


@pytest.mark.parametrize("seed", [int(seed) for seed in os.environ.get("RANDOM_FAULTS_SEEDS", "9 10 14 18 31").split()])
def test_no_outcome_is_told_wrongly(delays, seed):
    """The seed of a failure is in the name of the test. RANDOM_FAULTS_SEEDS sets others."""
    service = Service(seed)
    with scripted_server(service) as server, client_for(server.host) as client, ThreadPoolExecutor(4) as threads:
        results = threads.map(lambda number: check(client, service, number), range(100))
        wrong = [line for lines in results for line in lines]
    assert wrong == [], f"seed {seed}"
