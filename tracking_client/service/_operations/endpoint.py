"""What every operation of the embedded service gets and returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from . import schemas
from .responses import NotFound, Response, location_path

BASE_PATH = "/api/v1"


class Call(NamedTuple):
    """A validated request to an operation.

    Attributes:
        connection: The connection to the database; within a transaction, unless the method is GET or HEAD.
        path: The path parameters, as spelled in the path.
        query: The query parameters. Of a repeated one, the last.
        body: The properties of the request body, ready to be stored; None for one that is not given.
        root: What comes before the base path in a URL of this service; without scheme and host if the request has no
            usable Host header.
        overlaps: Whether the request overlaps with a PUT of the same resource, so that it adds a row. Only
            `tracking_client.testing` has such requests.
    """

    connection: sqlite3.Connection
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    root: str
    overlaps: bool = False

    @property
    def sample_id(self) -> str:
        """The id of the sample, in lower case, as it is stored."""
        return self.path["id"].lower()

    @property
    def md5sum(self) -> str:
        """The md5sum in the path.

        Raises:
            Problem: PostgreSQL cannot compare it.
        """
        return schemas.text(self.path["md5sum"], "md5sum")

    def select_one(self, query: str, *parameters: object) -> sqlite3.Row:
        """Return the row that a query finds.

        Raises:
            NotFound: It finds none.
        """
        row: sqlite3.Row | None = self.connection.execute(query, parameters).fetchone()
        if row is None:
            raise NotFound
        return row

    def location(self, path: str) -> str:
        """Return the URL of a path below the base path, for the header Location."""
        return self.root + location_path(BASE_PATH + path)


class Endpoint(NamedTuple):
    """An operation: how to validate its request, and the function that processes it.

    Attributes:
        respond: Reads or writes the database and returns the response. A transaction is committed after it returns.
        body: The schema of the request body; None if the operation has none.
    """

    respond: Callable[[Call], Response]
    body: schemas.Schema | None = None


def as_json(row: sqlite3.Row) -> dict[str, Any]:
    """Return a row as the JSON object of a response, without the columns that are NULL."""
    return {key: value for key, value in dict(row).items() if value is not None}
