"""What the service says when it answers with an error."""

from __future__ import annotations

from typing import Optional

from .model import Model, Validation


class Error(Model):
    """The body of an error answer. Equal to another with the same fields.

    Args:
        code: a number for the kind of error; the service uses the HTTP status.
        message: what went wrong, for a person to read.
        local_vars_configuration: a `Configuration` whose ``client_side_validation`` decides on the checks.

    Raises:
        ApiValueError: a field is None.
        ApiTypeError: a field is of another type.
    """

    __slots__ = ("_code", "_message")

    openapi_types = {"code": "int", "message": "str"}
    attribute_map = {"code": "code", "message": "message"}

    def __init__(
        self,
        code: Optional[int] = None,
        message: Optional[str] = None,
        local_vars_configuration: Optional[Validation] = None,
    ) -> None:
        super().__init__(local_vars_configuration)
        self._code: int = self._checked("code", code)
        self._message: str = self._checked("message", message)

    @property
    def code(self) -> int:
        """A number for the kind of error; the service uses the HTTP status."""
        return self._code

    @code.setter
    def code(self, code: int) -> None:
        self._code = self._checked("code", code)

    @property
    def message(self) -> str:
        """What went wrong, for a person to read."""
        return self._message

    @message.setter
    def message(self, message: str) -> None:
        self._message = self._checked("message", message)
