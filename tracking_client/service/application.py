"""The embedded service as a WSGI application: routing, request validation and responses.

Statuses, bodies, content types and ``Location`` headers are those of the real tracking service. If a sample or file
is missing or already exists, the response is an `Error` as ``application/json``. If the request itself is invalid,
it is ``application/problem+json`` (RFC 9457).
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
"""The maximum size of a request body, in bytes. A typical `File` takes a few hundred."""

_SAMPLE_ID = r"^[0-9a-fA-F]{8}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{12}$"
# Host headers that can be copied into an absolute Location. For any other Host header, Location is a relative URL.
_SAFE_HOST = re.compile(
    r"(?!.*xn--)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*(:[0-9]+)?|\[[0-9a-f:.]+\](:[0-9]+)?", re.I | re.A
)

_FILE_TYPES = ["fastq", "vcf"]


class _Md5sumConverter(BaseConverter):
    """Match any non-empty text, including slashes, because the service accepts any string as an md5sum."""

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
    converters={"md5sum": _Md5sumConverter},
    merge_slashes=False,
)


class TrackingService:
    """The tracking service as a WSGI application with its own database.

    >>> application = TrackingService("tracking.sqlite")  # for any WSGI server

    Args:
        database: The path of the SQLite file. The file is created if it does not exist.

    Raises:
        OSError: The file cannot be used as a database.
    """

    def __init__(self, database: Union[str, os.PathLike[str]]) -> None:
        self._database = Database(database)

    def close(self) -> None:
        """Close the database file."""
        self._database.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request, as WSGI (PEP 3333) defines it.

        An unexpected exception is logged, and the response has status 500.
        """
        request = Request(environ)
        request.max_content_length = MAX_BODY
        try:
            response = self._respond(request)
        except Exception:
            _logger.exception("%s %s", request.method, request.path)
            response = Response.force_type(InternalServerError().get_response(environ))
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        """Validate the request, run its endpoint and return the response, which may be an error response."""
        try:
            endpoint, values = _ROUTES.bind("").match(request.path, request.method)
            arguments = {name: _PATH_VALIDATORS[name](value) for name, value in values.items()}
            response: Response = getattr(self, f"_{endpoint}")(request, **arguments)
        except NotFound:
            return _error_response(404, "Not found")
        except AlreadyExists:
            return _error_response(409, "Already existed")
        except HTTPException as error:
            return _problem_response(error, request)
        return response

    def _files_md5sum_get(self, request: Request, md5sum: str) -> Response:
        return _json_response(self._database.file(md5sum))

    def _samples_get(self, request: Request) -> Response:
        return _json_response(self._database.samples(request.args.get("experiment_id"), request.args.get("isolate_id")))

    def _samples_post(self, request: Request) -> Response:
        names = _string_properties(_read_json_object(request), required=(), optional=("experiment-id", "isolate-id"))
        sample = self._database.add_sample(names.get("experiment-id"), names.get("isolate-id"))
        return _created_response(request, sample, f"/samples/{sample['id']}")

    def _samples_id_get(self, request: Request, id: str) -> Response:
        return _json_response(self._database.sample(id))

    def _samples_id_delete(self, request: Request, id: str) -> Response:
        self._database.delete_sample(id)
        return _deleted_response()

    def _samples_id_files_get(self, request: Request, id: str) -> Response:
        return _json_response(self._database.files(id))

    def _samples_id_files_post(self, request: Request, id: str) -> Response:
        file = _string_properties(_read_json_object(request), required=("md5sum", "filename", "file-type"))
        if file["file-type"] not in _FILE_TYPES:
            raise BadRequest(f"{file['file-type']!r} is not one of {_FILE_TYPES} - 'file-type'")
        added = self._database.add_file(id, file["md5sum"], file["filename"], file["file-type"])
        return _created_response(request, added, f"/samples/{id}/files/{quote(added['md5sum'], safe='')}")

    def _samples_id_files_md5sum_get(self, request: Request, id: str, md5sum: str) -> Response:
        return _json_response(self._database.file(md5sum, sample_id=id))

    def _samples_id_files_md5sum_delete(self, request: Request, id: str, md5sum: str) -> Response:
        self._database.delete_file(id, md5sum)
        return _deleted_response()


def _validate_sample_id(id: str) -> str:
    """Return a valid SampleID in lower case, the form in which a UUID is stored (RFC 9562, section 4).

    Raises:
        BadRequest: The text is not a UUID.
    """
    if not re.fullmatch(_SAMPLE_ID[1:-1], id):
        raise BadRequest(f"{id!r} does not match {_SAMPLE_ID!r} - 'id'")
    return id.lower()


def _validate_text(value: object, name: str) -> str:
    """Return the value of the property or parameter `name` if it is a string that UTF-8 can encode.

    A JSON escape can produce a lone surrogate, which cannot be encoded and therefore not stored.

    Raises:
        BadRequest: The value is not a string, or cannot be encoded.
    """
    if not isinstance(value, str):
        raise BadRequest(f"{_excerpt(value)} is not of type 'string' - {name!r}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadRequest(f"{_excerpt(value)} is not Unicode text - {name!r}") from error
    return value


_PATH_VALIDATORS: Mapping[str, Callable[[str], str]] = {
    "id": _validate_sample_id,
    "md5sum": lambda md5sum: _validate_text(md5sum, "md5sum"),
}


def _read_json_object(request: Request) -> Mapping[str, Any]:
    """Return the JSON object in the request body.

    Raises:
        BadRequest: The content type is not JSON, or the body is not a JSON object.
        RequestEntityTooLarge: The body is larger than `MAX_BODY`.
    """
    if request.mimetype != "application/json":
        raise BadRequest(f"Invalid Content-type ({request.mimetype}), expected JSON data (application/json)")
    try:
        body = json.loads(request.get_data(), parse_constant=_reject_constant)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"Request body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequest(f"{_excerpt(body)} is not of type 'object'")
    return body


def _reject_constant(name: str) -> None:
    """Raise ValueError for NaN, Infinity and -Infinity, which `json.loads` accepts by default."""
    raise ValueError(f"{name} is not JSON (RFC 8259, section 6)")


def _string_properties(
    body: Mapping[str, Any], required: Iterable[str], optional: Iterable[str] = ()
) -> dict[str, str]:
    """Return the named properties of a request body. Unknown properties are ignored.

    Raises:
        BadRequest: A required property is missing, or a value is not a valid string.
    """
    for name in required:
        if name not in body:
            raise BadRequest(f"{name!r} is a required property")
    return {name: _validate_text(body[name], name) for name in (*required, *optional) if name in body}


def _excerpt(value: object) -> str:
    """Return the value in ASCII for an error message, truncated to 100 characters."""
    text = ascii(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _json_response(
    value: object,
    status: int = 200,
    mimetype: str = "application/json",
    headers: Optional[Mapping[str, str]] = None,
) -> Response:
    return Response(json.dumps(value), status, headers, mimetype)


def _created_response(request: Request, value: object, path: str) -> Response:
    """Return a 201 response whose Location is `path` below the base path."""
    host = request.headers.get("Host", "")
    origin = f"{request.scheme}://{host}" if _SAFE_HOST.fullmatch(host) else ""
    return _json_response(value, 201, headers={"Location": f"{origin}{BASE_PATH}{path}"})


def _deleted_response() -> Response:
    # The framework of the real service sends a content type here too, although the response has no body.
    return Response(status=204, content_type="application/json")


def _error_response(status: int, message: str) -> Response:
    return _json_response({"code": status, "message": message}, status)


def _problem_response(error: HTTPException, request: Request) -> Response:
    """Return the response to an invalid request: problem details (RFC 9457), and Allow if the status requires it."""
    status = error.code or 500
    problem = {"type": "about:blank", "title": error.name, "status": status, "detail": error.description}
    headers = {name: value for name, value in error.get_headers(request.environ) if name == "Allow"}
    return _json_response(problem, status, "application/problem+json", headers)
