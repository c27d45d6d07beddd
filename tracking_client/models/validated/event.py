"""An event whose duration is always validated."""

from __future__ import annotations

from typing import Any

from ...argument_errors import ApiValueError
from ..event import Event


class ValidatedEvent(Event, init=False):
    """An `Event` whose duration must be an int, whatever ``client_side_validation`` says.

    Raises:
        ApiValueError: the duration is not an int; see also `Event`.
    """

    __slots__ = ()

    @Event.duration.setter  # type: ignore[attr-defined,misc,untyped-decorator]
    def duration(self, duration: Any) -> None:
        if not isinstance(duration, int) or isinstance(duration, bool):
            raise ApiValueError("duration must be an integer")
        Event.duration.fset(self, duration)  # type: ignore[attr-defined]
