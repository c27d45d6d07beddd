"""The arguments of the commands for samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import exit_codes
from .argument_types import sample_id
from .file_arguments import add_names

if TYPE_CHECKING:
    from .arguments import Commands

SAMPLE_COLUMNS = ("sample", "isolate", "experiment")

_CODES = (
    exit_codes.DONE,
    exit_codes.FAILED,
    exit_codes.NOT_TRACKED,
    exit_codes.CONFLICT,
    exit_codes.TEMPORARY,
    exit_codes.BAD_SETTING,
)


def add_sample_commands(commands: Commands) -> None:
    """Add the commands for samples."""
    sample = commands.add(
        "sample", "find, create, show or delete a sample", "tracking-client sample find --isolate isolate_1"
    )
    if sample is None:
        return
    actions = commands.below(sample.add_subparsers(dest="action", metavar="ACTION", required=True))
    if find := actions.add(
        "find",
        "find a sample by its names",
        "tracking-client sample find --isolate isolate_1",
        "tracking-client sample find --experiment run_17 --columns sample --no-header",
        columns=SAMPLE_COLUMNS,
        codes=_CODES,
    ):
        add_names(find)
    if create := actions.add(
        "create",
        "find a sample by its names, or create it",
        "tracking-client sample create --isolate isolate_1",
        "tracking-client sample create --isolate isolate_1 --experiment run_17",
        columns=SAMPLE_COLUMNS,
        codes=_CODES,
    ):
        add_names(create)
    if show := actions.add(
        "show",
        "show a sample",
        "tracking-client sample show 3fa85f64-5717-4562-b3fc-2c963f66afa6",
        columns=SAMPLE_COLUMNS,
        codes=_CODES,
    ):
        show.add_argument("sample", metavar="UUID", type=sample_id)
    if delete := actions.add(
        "delete",
        "delete the record of a sample that has no files",
        "tracking-client sample delete 3fa85f64-5717-4562-b3fc-2c963f66afa6",
        codes=_CODES,
    ):
        delete.add_argument("--yes", action="store_true", help="do not ask")
        delete.add_argument("sample", metavar="UUID", type=sample_id)
