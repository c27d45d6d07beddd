"""The table of a study: which files belong to which isolate or experiment."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ..argument_errors import ApiTypeError, ApiValueError
from ..models.file import FileType
from .samples import validate_names

__all__ = ["StudyRow", "read_study"]

Names = tuple[str | None, str | None]
"""The name of an isolate and that of an experiment."""

_COLUMNS = {
    "isolate": "isolate_id",
    "isolate_id": "isolate_id",
    "experiment": "experiment_id",
    "experiment_id": "experiment_id",
    "path": "path",
    "file": "path",
    "type": "file_type",
    "file_type": "file_type",
}
"""The columns, in lower case and with underscores for hyphens and spaces."""

_FILE_TYPES = (FileType.FASTQ, FileType.VCF)

_MAX_ERRORS = 10
"""How many errors of a table are told at once."""


class StudyRow(NamedTuple):
    """A row of the table of a study: one file.

    Attributes:
        line: the number of the line, from 1; the header is a line too.
        isolate_id: the name of the isolate, or None.
        experiment_id: the name of the experiment, or None. A row has at least one of the two names.
        path: the path of the file.
        file_type: one of `FileType`; None if it is to be told from the name of the file.
    """

    line: int
    isolate_id: str | None
    experiment_id: str | None
    path: Path
    file_type: str | None = None


def read_study(table: str | os.PathLike[str], root: str | os.PathLike[str] | None = None) -> list[StudyRow]:
    """Return the rows of the table of a study.

    The table is TSV or CSV, in UTF-8 and with a header. Its columns are ``path``, ``isolate`` or ``experiment`` or
    both, and optionally ``type`` (``fastq`` or ``vcf``). Names in the header may be in any case, or those of the API,
    such as ``isolate-id``. Other columns and empty lines are ignored.

    Args:
        table: the path of the table.
        root: the folder that relative paths start from; None for that of the table.

    Raises:
        ApiValueError: the table is invalid. The message has the lines.
        OSError: it cannot be read.
    """
    folder = Path(table).parent if root is None else Path(root)
    try:
        text = Path(table).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ApiValueError(f"{os.fspath(table)}: not in UTF-8: {error}") from None
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[StudyRow] = []
    errors = []
    try:
        columns = _columns(next(reader, []))
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            values = {columns[index]: cell.strip() or None for index, cell in enumerate(cells) if index in columns}
            path = values.get("path")
            row = StudyRow(
                reader.line_num,
                values.get("isolate_id"),
                values.get("experiment_id"),
                folder / (path or ""),
                values.get("file_type"),
            )
            problem = "there is no path" if path is None else _error_of(row)
            if problem is None:
                rows.append(row)
            else:
                errors.append(f"line {row.line}: {problem}")
    except csv.Error as error:
        errors.append(f"line {reader.line_num}: {error}")
    except ApiValueError as error:
        errors.append(f"line 1: {error}")
    if not errors:
        errors = list(_contradictions(rows))
    _raise_for(errors, f"{os.fspath(table)}: ")
    return rows


def validated_rows(rows: Iterable[StudyRow]) -> list[StudyRow]:
    """Return rows as a list.

    Raises:
        ApiTypeError, ApiValueError: they are invalid.
    """
    if not isinstance(rows, Iterable) or isinstance(rows, (bytes, Mapping)):
        raise ApiTypeError(f"Invalid table ({rows!r}), must be a path or an iterable of StudyRow")
    rows = list(rows)
    for row in rows:
        if not isinstance(row, StudyRow):
            raise ApiTypeError(f"Invalid type of {row!r}, must be a StudyRow", None, (StudyRow,))
    errors = [
        f"line {row.line}: {error}" for row, error in zip(rows, map(_error_of, rows), strict=False) if error is not None
    ]
    _raise_for(errors or list(_contradictions(rows)), "")
    return rows


def _raise_for(errors: list[str], prefix: str) -> None:
    if len(errors) > _MAX_ERRORS:
        errors = [*errors[:_MAX_ERRORS], f"and {len(errors) - _MAX_ERRORS} more"]
    if errors:
        raise ApiValueError(prefix + "\n".join(errors))


def _columns(header: list[str]) -> dict[int, str]:
    """Return what the columns of a header mean, by index."""
    columns: dict[int, str] = {}
    for index, name in enumerate(header):
        meaning = _COLUMNS.get("_".join(name.strip().lower().replace("-", " ").replace("_", " ").split()))
        if meaning in columns.values():
            raise ApiValueError(f"there are two columns for {meaning}")
        if meaning is not None:
            columns[index] = meaning
    if "path" not in columns.values() or not {"isolate_id", "experiment_id"} & set(columns.values()):
        raise ApiValueError(f"the header needs the columns path, and isolate or experiment or both, not {header}")
    return columns


def _error_of(row: StudyRow) -> str | None:
    """Return what is invalid in a row, or None."""
    try:
        validate_names(row.isolate_id, row.experiment_id)
    except (ApiTypeError, ApiValueError) as error:
        return str(error)
    if row.file_type is not None and row.file_type not in _FILE_TYPES:
        return f"the type {row.file_type!r} is none of {', '.join(_FILE_TYPES)}"
    return None


def _contradictions(rows: Iterable[StudyRow]) -> Iterator[str]:
    """Yield what is wrong where an isolate has two experiments, or the other way round: each name has one sample."""
    experiments: dict[str, StudyRow] = {}
    isolates: dict[str, StudyRow] = {}
    for row in rows:
        if row.isolate_id is None or row.experiment_id is None:
            continue
        first = experiments.setdefault(row.isolate_id, row)
        if first.experiment_id != row.experiment_id:
            yield f"line {row.line}: the isolate {row.isolate_id!r} has another experiment in line {first.line}"
        first = isolates.setdefault(row.experiment_id, row)
        if first.isolate_id != row.isolate_id:
            yield f"line {row.line}: the experiment {row.experiment_id!r} has another isolate in line {first.line}"


def names_of_samples(rows: Iterable[StudyRow]) -> list[Names]:
    """Return the names of the sample of each row: a row with one name has both, if another row has them."""
    rows = list(rows)
    both = [row for row in rows if row.isolate_id is not None and row.experiment_id is not None]
    by_isolate: dict[str | None, Names] = {row.isolate_id: (row.isolate_id, row.experiment_id) for row in both}
    by_experiment: dict[str | None, Names] = {row.experiment_id: (row.isolate_id, row.experiment_id) for row in both}
    return [
        by_isolate.get(row.isolate_id) or by_experiment.get(row.experiment_id) or (row.isolate_id, row.experiment_id)
        for row in rows
    ]
