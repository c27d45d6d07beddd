"""The body of an error response."""

from __future__ import annotations

from ._field import field
from ._model import Model


class Error(Model):
    """The body of an error response.

    Raises:
        ApiValueError: a field is None.
        ApiTypeError: a field has another type.
    """

    code: int = field("The kind of error; the service uses the HTTP status.")
    message: str = field("What went wrong, for a person to read.")
