"""A sample, with which files, events, a QC result and a status are registered."""

from __future__ import annotations

from typing import Annotated

from ._field import Field
from ._model import Model


class Sample(Model):
    """A sample: the service's record of one sequenced isolate.

    Raises:
        ApiValueError: the id is not a UUID.
        ApiTypeError: a field is not a str.
    """

    experiment_id: Annotated[
        str | None, Field("The name of the experiment. It is unique over all samples.", key="experiment-id")
    ] = None
    isolate_id: Annotated[
        str | None, Field("The name of the isolate. It is unique over all samples.", key="isolate-id")
    ] = None
    # Not Optional: every response has it, and the methods of the API need it.
    id: Annotated[str, Field("The id of the sample, a UUID.", is_uuid=True)] = None  # type: ignore[assignment]
