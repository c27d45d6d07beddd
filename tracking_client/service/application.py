"""The embedded service as a WSGI application: routing, the order of checks, and errors.

Statuses, bodies, content types and ``Location`` headers are those of the real tracking service;
``docs/embedded-service.md`` lists the differences.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wsgi import get_input_stream

from ._logging import logger, printable
from ._operations import schemas
from ._operations.endpoint import BASE_PATH, Call, Endpoint
from ._operations.responses import (
    AlreadyExists,
    NotFound,
    Problem,
    Response,
    bad_request,
    error_response,
    html_response,
    options,
    redirect,
    status_line,
)
from ._operations.routes import ENDPOINTS
from ._operations.samples import require_sample
from ._storage.database import Database
from ._wsgi import StartResponse, WSGIEnvironment

MAX_BODY = 16 * 1024 * 1024
"""The maximum size of a request body, in bytes. A typical `File` takes a few hundred."""

OVERLAPS = "tracking_client.overlaps"
"""The key of a WSGI environment that says whether the request overlaps with a PUT of the same resource."""

# Host headers that are copied into an absolute Location. For any other Host header, Location is a relative reference.
_SAFE_HOST = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]*)?", re.ASCII)

_ROUTES = Map(
    [
        Rule(BASE_PATH + re.sub(r"\{(\w+)\}", r"<\1>", path), endpoint=path, methods=[*endpoints, "OPTIONS"])
        for path, endpoints in ENDPOINTS.items()
    ]
)
_ROOT = "http://service"
_ADAPTER = _ROUTES.bind("service")


class TrackingService:
    """The tracking service as a WSGI application with its own database.

    >>> application = TrackingService("tracking.sqlite")  # for any WSGI server

    Args:
        database: The path of the SQLite file. The file is created if it does not exist, and migrated if an older
            version has written it.

    Raises:
        OSError: The file cannot be used as a database, or a newer version has written it.
    """

    def __init__(self, database: str | os.PathLike[str]) -> None:
        self._database = Database(database)

    def close(self) -> None:
        """Close the database file."""
        self._database.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request, as WSGI (PEP 3333) defines it.

        An unexpected exception is logged with its traceback, and the response has status 500. Nothing is stored then: a
        transaction is committed only when its response is complete. Each request is logged at DEBUG.
        """
        request = printable(f"{environ['REQUEST_METHOD']} {_path(environ)}")
        started = time.monotonic()
        try:
            response = self._respond(environ)
        except Exception:
            logger.exception("%s: internal error", request)
            response = html_response(500, "The server encountered an internal error.")
        reason = "" if response.problem is None else f": {printable(response.problem)}"
        logger.debug("%s: %d in %.0f ms%s", request, response.status, (time.monotonic() - started) * 1000, reason)
        start_response(status_line(response.status), response.headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]

    def _respond(self, environ: WSGIEnvironment) -> Response:
        """Run the operation that the request is for and return the response, which may be an error response."""
        method = environ["REQUEST_METHOD"]
        try:
            route, arguments = _ADAPTER.match(_path(environ), method, query_args=environ.get("QUERY_STRING", ""))
            endpoints = ENDPOINTS[route]
            if method == "OPTIONS":
                return options(_allow(endpoints))
            name = "GET" if method == "HEAD" else method
            if name not in endpoints:  # a method in lower case: methods are case-sensitive (RFC 9110, section 9.1)
                raise MethodNotAllowed(endpoints)
            return self._run(endpoints[name], arguments, environ)
        except NotFound:
            return error_response(404, "Not found")
        except AlreadyExists:
            return error_response(409, "Already existed")
        except Problem as problem:
            return problem.response()
        except RequestRedirect as error:
            return redirect(_root(environ) + error.new_url.removeprefix(_ROOT))
        except MethodNotAllowed as error:
            return Problem(405, error.description, allow=_allow(error.valid_methods or ())).response()
        except HTTPException as error:
            return Problem(error.code or 500, error.description).response()

    def _run(self, endpoint: Endpoint, path: Mapping[str, str], environ: WSGIEnvironment) -> Response:
        """Validate the request in the order of the real service, and run the operation.

        The order is: media type, JSON, schema of the body, id of the sample, existence of the sample, the rest.
        """
        given = {} if endpoint.body is None else schemas.validate(endpoint.body, _read_json(environ))
        if "id" in path:
            schemas.sample_id(path["id"])
        query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
        writes = environ["REQUEST_METHOD"] not in ("GET", "HEAD")
        with self._database.transaction() if writes else self._database.connection() as connection:
            call = Call(connection, path, query, {}, _root(environ), environ.get(OVERLAPS, False))
            if "id" in path:
                require_sample(call)
            if endpoint.body is not None:
                call = call._replace(body=schemas.storable(endpoint.body, given))
            try:
                return endpoint.respond(call)
            except sqlite3.IntegrityError as error:
                raise AlreadyExists from error


def _path(environ: WSGIEnvironment) -> str:
    """Return the path of a request, decoded."""
    return str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")


def _read_json(environ: WSGIEnvironment) -> Any:
    """Return the value in the request body, None for no body.

    Raises:
        Problem: The media type is not JSON, or the body is not JSON.
        RequestEntityTooLarge: The body is larger than `MAX_BODY`.
    """
    data = get_input_stream(environ, max_content_length=MAX_BODY).read()
    if not data:
        return None
    content_type = environ.get("CONTENT_TYPE", "")
    if not _is_json(content_type):
        raise Problem(415, None, title=f"Invalid Content-type ({content_type}), expected JSON data")
    value = None
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(data)
    if value is None:
        # The framework of the real service cannot tell null from invalid JSON.
        raise bad_request("Request body is not valid JSON")
    return value


def _is_json(content_type: str) -> bool:
    """Return whether the first media type in a Content-Type header is JSON."""
    media_type = re.split("[;,]", content_type)[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


def _root(environ: WSGIEnvironment) -> str:
    """Return the scheme and host of the request, and the path below which the service is mounted.

    Without a usable Host header, scheme and host are left out: a URL with this root is then a relative reference.
    """
    host = environ.get("HTTP_HOST")
    if host is None:
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    origin = f"{environ['wsgi.url_scheme']}://{host}" if _SAFE_HOST.fullmatch(host) else ""
    return origin + quote(environ.get("SCRIPT_NAME", "").encode("latin-1"))


def _allow(methods: Iterable[str]) -> str:
    """Return the value of the header Allow."""
    allowed = {*methods, "OPTIONS"}
    if "GET" in allowed:
        allowed.add("HEAD")
    return ", ".join(sorted(allowed))
