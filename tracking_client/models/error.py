"""The body of an error response."""

from __future__ import annotations

from typing import Annotated

from ._field import Field
from ._model import Model


class Error(Model):
    """The body of an error response.

    Raises:
        ApiValueError: a field is None.
        ApiTypeError: a field has another type.
    """

    code: Annotated[int, Field("The kind of error; the service uses the HTTP status.")]
    message: Annotated[str, Field("What went wrong, for a person to read.")]
