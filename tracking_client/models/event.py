"""An event: a processing step of a sample."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, overload

from ._field import REQUIRED, Field
from ._model import Model

if TYPE_CHECKING:
    from ._model import Validation


class EventName:
    """The processing steps."""

    DE_CONTAMINATION = "de-contamination"
    QC = "QC"
    VARIANT_CALLING = "variant-calling"
    PREDICTION = "prediction"
    BIGSI_BUILDING = "bigsi-building"
    DISTANCE_CALCULATION = "distance-calculation"


def _milliseconds(duration: timedelta) -> int:
    return round(duration / timedelta(milliseconds=1))


class Event(Model):
    """A processing step that a sample went through.

    Raises:
        ApiValueError: a required field is None, or the name is not one of `EventName`.
        ApiTypeError: a field has another type.
    """

    id: Annotated[int | None, Field("The id of the event, which the service assigns.")] = None
    name: Annotated[str, Field("The processing step, one of `EventName`.", values=EventName)] = REQUIRED
    software: Annotated[str, Field("The name of the software.")] = REQUIRED
    software_version: Annotated[str, Field("The version of the software.", key="software-version")] = REQUIRED
    start_time: Annotated[
        float,
        Field(
            "When the step began, in seconds since the epoch (`time.time()`). A `datetime` is converted; one without a "
            "time zone is local time.",
            key="start-time",
            conversion=(datetime, datetime.timestamp),
        ),
    ] = REQUIRED
    duration: Annotated[
        int,
        Field(
            "How long the step took, in milliseconds. A `timedelta` is converted, and rounded.",
            conversion=(timedelta, _milliseconds),
        ),
    ] = REQUIRED
    command: Annotated[str, Field("The command that was run.")] = REQUIRED

    if TYPE_CHECKING:
        # As in the generated client, the optional `id` comes first. Type checkers derive no signature that has required
        # parameters after it. Both forms together are what the constructor accepts.
        @overload
        def __init__(
            self,
            id: int | None,
            name: str,
            software: str,
            software_version: str,
            start_time: float | datetime,
            duration: int | timedelta,
            command: str,
            local_vars_configuration: Validation | None = None,
        ) -> None: ...
        @overload
        def __init__(
            self,
            *,
            id: int | None = None,
            name: str,
            software: str,
            software_version: str,
            start_time: float | datetime,
            duration: int | timedelta,
            command: str,
            local_vars_configuration: Validation | None = None,
        ) -> None: ...
        def __init__(self, *args: Any, **kwargs: Any) -> None: ...
