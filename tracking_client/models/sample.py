"""A sample, with which files, events, a QC result and a status are registered."""

from __future__ import annotations

from ._field import field
from ._model import Model


class Sample(Model):
    """A sample: the service's record of one sequenced isolate.

    Raises:
        ApiValueError: the id is not a UUID.
        ApiTypeError: a field is not a str.
    """

    experiment_id: str | None = field(
        "The name of the experiment. It is unique over all samples.", key="experiment-id", default=None
    )
    isolate_id: str | None = field(
        "The name of the isolate. It is unique over all samples.", key="isolate-id", default=None
    )
    # Not Optional: every response has it, and the methods of the API need it.
    id: str = field("The id of the sample, a UUID.", default=None, is_uuid=True)
