"""An event: a processing step of a sample."""

from __future__ import annotations

from ._field import REQUIRED, field
from ._model import Model


class EventName:
    """The processing steps."""

    DE_CONTAMINATION = "de-contamination"
    QC = "QC"
    VARIANT_CALLING = "variant-calling"
    PREDICTION = "prediction"
    BIGSI_BUILDING = "bigsi-building"
    DISTANCE_CALCULATION = "distance-calculation"


class Event(Model):
    """A processing step that a sample went through.

    Raises:
        ApiValueError: a required field is None, or the name is not one of `EventName`.
        ApiTypeError: a field has another type.
    """

    id: int | None = field("The id of the event, which the service assigns.", default=None)
    name: str = field("The processing step, one of `EventName`.", values=EventName, default=REQUIRED)
    software: str = field("The name of the software.", default=REQUIRED)
    software_version: str = field("The version of the software.", key="software-version", default=REQUIRED)
    start_time: float = field(
        "When the step began, in seconds since the epoch (`time.time()`).", key="start-time", default=REQUIRED
    )
    duration: int = field("How long the step took, in milliseconds.", default=REQUIRED)
    command: str = field("The command that was run.", default=REQUIRED)
