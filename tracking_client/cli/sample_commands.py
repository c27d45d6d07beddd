"""The commands for samples, and for what the service knows of them besides files."""

from __future__ import annotations

from argparse import ArgumentParser

from . import argument_types as types
from .declarations import command, flag, option
from .exit_codes import BAD_SETTING, CONFLICT, DONE, FAILED, NOT_TRACKED, TEMPORARY
from .file_commands import add_names

SAMPLE_COLUMNS = ("sample", "isolate", "experiment")

_CODES = (DONE, FAILED, NOT_TRACKED, CONFLICT, TEMPORARY, BAD_SETTING)


@command()
def sample(parser: ArgumentParser) -> None:
    """Find, create, show or delete a sample.

    tracking-client sample find --isolate isolate_1
    tracking-client sample create --isolate isolate_1
    """


@command("samples.run_find", SAMPLE_COLUMNS, codes=_CODES)
def sample_find(parser: ArgumentParser) -> None:
    """Find a sample by its names.

    tracking-client sample find --isolate isolate_1
    tracking-client sample find --experiment run_17 --columns sample --no-header
    """
    add_names(parser)


@command("samples.run_create", SAMPLE_COLUMNS, codes=_CODES)
def sample_create(parser: ArgumentParser) -> None:
    """Find a sample by its names, or create it.

    tracking-client sample create --isolate isolate_1
    tracking-client sample create --isolate isolate_1 --experiment run_17
    """
    add_names(parser)


@command("samples.run_show", SAMPLE_COLUMNS, codes=_CODES)
def sample_show(parser: ArgumentParser) -> None:
    """Show a sample.

    tracking-client sample show 3fa85f64-5717-4562-b3fc-2c963f66afa6
    tracking-client sample show 3fa85f64-5717-4562-b3fc-2c963f66afa6 --columns isolate --no-header
    """
    option(parser, "sample", "UUID", "the id of the sample", type=types.sample_id)


@command("samples.run_delete_sample", codes=_CODES)
def sample_delete(parser: ArgumentParser) -> None:
    """Delete the record of a sample that has no files.

    tracking-client sample delete 3fa85f64-5717-4562-b3fc-2c963f66afa6
    tracking-client sample delete --yes 3fa85f64-5717-4562-b3fc-2c963f66afa6
    """
    flag(parser, "--yes", help="do not ask")
    option(parser, "sample", "UUID", "the id of the sample", type=types.sample_id)
