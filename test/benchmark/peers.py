"""What a user could use instead of this client: the calls of each peer, written as in its documentation."""

from __future__ import annotations

import http.client
import importlib
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3
from canned_service import MD5SUM

FILENAME = "isolate_R1.fastq.gz"
SESSIONS = {"requests": "Session", "httpx": "Client"}
BODY = {"md5sum": MD5SUM, "filename": FILENAME, "file-type": "fastq"}


def sample_id(count: int) -> str:
    """Return the id of the canned service's sample that has that many files."""
    return f"00000000-0000-0000-0000-{count:012d}"


class Peer(NamedTuple):
    """A client of the service.

    Attributes:
        get: look up a file.
        post: register a file.
        delete: delete a file.
        list_of: list the files of a sample that has that many.
        cold: create a client, look up a file, and close the client.
    """

    get: Callable[[], Any]
    post: Callable[[], Any]
    delete: Callable[[], Any]
    list_of: Callable[[int], list[Any]]
    cold: Callable[[], Any]


def peer_of(module: str, host: str) -> Peer:
    """Return the peer for a module.

    Raises:
        Exception: the module cannot be imported.
    """
    imported = importlib.import_module(module)
    if module == "urllib3":
        return by_urllib3(host)
    if module == "http.client":
        return by_http_client(host)
    if module in SESSIONS:
        return by_session(host, getattr(imported, SESSIONS[module]))
    return by_client(host, imported)


def by_http_client(host: str) -> Peer:
    """Return the fastest peer: one connection without a pool. Once the service has closed it, a call fails."""
    parts = urlsplit(host)
    files = f"{parts.path}/samples/{sample_id(0)}/files"
    headers = {"Content-Type": "application/json"}

    def connect() -> http.client.HTTPConnection:
        return http.client.HTTPConnection(parts.hostname or "", parts.port)

    kept = connect()

    def request(connection: http.client.HTTPConnection, method: str, path: str, *body_and_headers: Any) -> bytes:
        connection.request(method, path, *body_and_headers)
        return connection.getresponse().read()

    def cold() -> Any:
        connection = connect()
        file = json.loads(request(connection, "GET", f"{parts.path}/files/{MD5SUM}"))
        connection.close()
        return file

    return Peer(
        get=lambda: json.loads(request(kept, "GET", f"{parts.path}/files/{MD5SUM}")),
        post=lambda: json.loads(request(kept, "POST", files, json.dumps(BODY).encode(), headers)),
        delete=lambda: request(kept, "DELETE", f"{files}/{MD5SUM}"),
        list_of=lambda count: json.loads(request(kept, "GET", f"{parts.path}/samples/{sample_id(count)}/files")),
        cold=cold,
    )


def by_urllib3(host: str, maxsize: int = 1) -> Peer:
    manager = urllib3.PoolManager(maxsize=maxsize)
    headers = {"Content-Type": "application/json"}
    files = f"{host}/samples/{sample_id(0)}/files"

    def cold() -> Any:
        with urllib3.PoolManager() as manager:
            return json.loads(manager.request("GET", f"{host}/files/{MD5SUM}").data)

    return Peer(
        get=lambda: json.loads(manager.request("GET", f"{host}/files/{MD5SUM}").data),
        post=lambda: json.loads(
            manager.request("POST", files, body=json.dumps(BODY).encode(), headers=headers).data,
        ),
        delete=lambda: manager.request("DELETE", f"{files}/{MD5SUM}").data,
        list_of=lambda count: json.loads(manager.request("GET", f"{host}/samples/{sample_id(count)}/files").data),
        cold=cold,
    )


def by_session(host: str, make: Callable[[], Any]) -> Peer:
    """Return a peer with the interface of requests."""
    session = make()
    files = f"{host}/samples/{sample_id(0)}/files"

    def cold() -> Any:
        with make() as session:
            return session.get(f"{host}/files/{MD5SUM}").json()

    return Peer(
        get=lambda: session.get(f"{host}/files/{MD5SUM}").json(),
        post=lambda: session.post(files, json=BODY).json(),
        delete=lambda: session.delete(f"{files}/{MD5SUM}").content,
        list_of=lambda count: session.get(f"{host}/samples/{sample_id(count)}/files").json(),
        cold=cold,
    )


def by_client(host: str, module: ModuleType, maxsize: int | None = None) -> Peer:
    """Return a peer for this package, or for a client that was generated for the same API."""
    configuration = module.Configuration(host=host)
    if maxsize is not None:
        configuration.connection_pool_maxsize = maxsize
    api = module.FileApi(module.ApiClient(configuration))
    file = module.File(md5sum=MD5SUM, filename=FILENAME, file_type="fastq")
    empty = sample_id(0)

    def cold() -> Any:
        with module.ApiClient(module.Configuration(host=host)) as api_client:
            return module.FileApi(api_client).files_md5sum_get(MD5SUM)

    return Peer(
        get=lambda: api.files_md5sum_get(MD5SUM),
        post=lambda: api.samples_id_files_post(empty, file),
        delete=lambda: api.samples_id_files_md5sum_delete(empty, MD5SUM),
        list_of=lambda count: api.samples_id_files_get(sample_id(count)),
        cold=cold,
    )
