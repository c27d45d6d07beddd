"""An event whose duration is always validated."""

from __future__ import annotations

from typing import Any

from ...argument_errors import ApiValueError
from ..event import Event

_DURATION = next(each for each in Event._fields if each.name == "duration")


class ValidatedEvent(Event, init=False):
    """An `Event` whose duration must be an int or a `timedelta`, whatever ``client_side_validation`` says.

    Raises:
        ApiValueError: the duration is neither; see also `Event`.
    """

    __slots__ = ()

    @Event.duration.setter  # type: ignore[attr-defined,misc,untyped-decorator]
    def duration(self, duration: Any) -> None:
        converted = _DURATION.convert(duration)
        if type(converted) is not int:
            raise ApiValueError("duration must be an integer")
        Event.duration.fset(self, converted)  # type: ignore[attr-defined]
