"""The embedded service as a WSGI application: routes, the checks of the API's schema, and answers.

Statuses, bodies, content types and ``Location`` are those of the real tracking service: an `Error` as
``application/json`` where a sample or file is missing or taken, ``application/problem+json`` (RFC 9457) where the
request itself is wrong.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, Union
from urllib.parse import quote

from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError
from werkzeug.routing import BaseConverter, Map, Rule, Submount
from werkzeug.wrappers import Request, Response

from .database import AlreadyExists, Database, NotFound

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_logger = logging.getLogger(__name__)

BASE_PATH = "/api/v1"

MAX_BODY = 1024 * 1024
"""The largest request body that is read, in bytes. A `File` is some hundred."""

_SAMPLE_ID = r"^[0-9a-fA-F]{8}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{12}$"
# A Host that can go into an absolute Location as it is; after any other, the Location is relative.
_PLAIN_HOST = re.compile(
    r"(?!.*xn--)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*(:[0-9]+)?|\[[0-9a-f:.]+\](:[0-9]+)?", re.I | re.A
)

_FILE_TYPES = ["fastq", "vcf"]


class _Md5sum(BaseConverter):
    """Any text, a slash too: the service takes any string as an md5sum."""

    regex = r"(?s:.+)"
    part_isolating = False


_ROUTES = Map(
    [
        Submount(
            BASE_PATH,
            [
                Rule("/files/<md5sum:md5sum>", methods=["GET"], endpoint="files_md5sum_get"),
                Rule("/samples", methods=["GET"], endpoint="samples_get"),
                Rule("/samples", methods=["POST"], endpoint="samples_post"),
                Rule("/samples/<id>", methods=["GET"], endpoint="samples_id_get"),
                Rule("/samples/<id>", methods=["DELETE"], endpoint="samples_id_delete"),
                Rule("/samples/<id>/files", methods=["GET"], endpoint="samples_id_files_get"),
                Rule("/samples/<id>/files", methods=["POST"], endpoint="samples_id_files_post"),
                Rule("/samples/<id>/files/<md5sum:md5sum>", methods=["GET"], endpoint="samples_id_files_md5sum_get"),
                Rule(
                    "/samples/<id>/files/<md5sum:md5sum>", methods=["DELETE"], endpoint="samples_id_files_md5sum_delete"
                ),
            ],
        )
    ],
    converters={"md5sum": _Md5sum},
    merge_slashes=False,
)


class TrackingService:
    """The tracking service, a WSGI application over a database of its own.

    >>> application = TrackingService("tracking.sqlite")  # for any WSGI server

    Args:
        database: the SQLite file, made if it is not there.

    Raises:
        OSError: the file can't be used as a database.
    """

    def __init__(self, database: Union[str, os.PathLike[str]]) -> None:
        self._database = Database(database)

    def close(self) -> None:
        """Closes the database file."""
        self._database.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = MAX_BODY
        try:
            response = self._answer(request)
        except Exception:
            _logger.exception("%s %s", request.method, request.path)
            response = Response.force_type(InternalServerError().get_response(environ))
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        try:
            endpoint, values = _ROUTES.bind("").match(request.path, request.method)
            checked = {name: _PATH_CHECKS[name](value) for name, value in values.items()}
            response: Response = getattr(self, f"_{endpoint}")(request, **checked)
        except NotFound:
            return _error(404, "Not found")
        except AlreadyExists:
            return _error(409, "Already existed")
        except HTTPException as error:
            return _problem(error, request)
        return response

    def _files_md5sum_get(self, request: Request, md5sum: str) -> Response:
        return _json(self._database.file(md5sum))

    def _samples_get(self, request: Request) -> Response:
        return _json(self._database.samples(request.args.get("experiment_id"), request.args.get("isolate_id")))

    def _samples_post(self, request: Request) -> Response:
        names = _strings(_body(request), required=(), optional=("experiment-id", "isolate-id"))
        sample = self._database.add_sample(names.get("experiment-id"), names.get("isolate-id"))
        return _created(request, sample, f"/samples/{sample['id']}")

    def _samples_id_get(self, request: Request, id: str) -> Response:
        return _json(self._database.sample(id))

    def _samples_id_delete(self, request: Request, id: str) -> Response:
        self._database.delete_sample(id)
        return _deleted()

    def _samples_id_files_get(self, request: Request, id: str) -> Response:
        return _json(self._database.files(id))

    def _samples_id_files_post(self, request: Request, id: str) -> Response:
        file = _strings(_body(request), required=("md5sum", "filename", "file-type"))
        if file["file-type"] not in _FILE_TYPES:
            raise BadRequest(f"{file['file-type']!r} is not one of {_FILE_TYPES} - 'file-type'")
        added = self._database.add_file(id, file["md5sum"], file["filename"], file["file-type"])
        return _created(request, added, f"/samples/{id}/files/{quote(added['md5sum'], safe='')}")

    def _samples_id_files_md5sum_get(self, request: Request, id: str, md5sum: str) -> Response:
        return _json(self._database.file(md5sum, sample_id=id))

    def _samples_id_files_md5sum_delete(self, request: Request, id: str, md5sum: str) -> Response:
        self._database.delete_file(id, md5sum)
        return _deleted()


def _sample_id(id: str) -> str:
    """A SampleID in lower case, as a UUID column gives it back (RFC 9562, section 4)."""
    if not re.fullmatch(_SAMPLE_ID[1:-1], id):
        raise BadRequest(f"{id!r} does not match {_SAMPLE_ID!r} - 'id'")
    return id.lower()


_PATH_CHECKS: Mapping[str, Callable[[str], str]] = {"id": _sample_id, "md5sum": lambda md5sum: _text(md5sum, "md5sum")}


def _body(request: Request) -> Mapping[str, Any]:
    """The JSON object that a request carries."""
    if request.mimetype != "application/json":
        raise BadRequest(f"Invalid Content-type ({request.mimetype}), expected JSON data (application/json)")
    try:
        body = json.loads(request.get_data(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"Request body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequest(f"{_shown(body)} is not of type 'object'")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON (RFC 8259, section 6)")


def _strings(body: Mapping[str, Any], required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, str]:
    """The properties of a schema, all of them strings, from a body; others are passed over."""
    for name in required:
        if name not in body:
            raise BadRequest(f"{name!r} is a required property")
    return {name: _text(body[name], name) for name in (*required, *optional) if name in body}


def _text(value: object, name: str) -> str:
    """A string that can be kept as UTF-8: a lone surrogate, which JSON can spell, can not."""
    if not isinstance(value, str):
        raise BadRequest(f"{_shown(value)} is not of type 'string' - {name!r}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadRequest(f"{_shown(value)} is not Unicode text - {name!r}") from error
    return value


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _json(
    value: object,
    status: int = 200,
    mimetype: str = "application/json",
    headers: Optional[Mapping[str, str]] = None,
) -> Response:
    return Response(json.dumps(value), status, headers, mimetype)


def _created(request: Request, value: object, path: str) -> Response:
    host = request.headers.get("Host", "")
    origin = f"{request.scheme}://{host}" if _PLAIN_HOST.fullmatch(host) else ""
    return _json(value, 201, headers={"Location": f"{origin}{BASE_PATH}{path}"})


def _deleted() -> Response:
    # The real service's framework names a content type here too, although no content follows.
    return Response(status=204, content_type="application/json")


def _error(status: int, message: str) -> Response:
    return _json({"code": status, "message": message}, status)


def _problem(error: HTTPException, request: Request) -> Response:
    """The answer to a request that is wrong in itself: problem details, with what else that status carries."""
    status = error.code or 500
    problem = {"type": "about:blank", "title": error.name, "status": status, "detail": error.description}
    kept = {name: value for name, value in error.get_headers(request.environ) if name == "Allow"}
    return _json(problem, status, "application/problem+json", kept)
