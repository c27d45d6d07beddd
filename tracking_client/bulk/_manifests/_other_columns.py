"""The columns of a table without a meaning, which may have what the others lack."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..._disk.file_types import is_known_type
from ._cells import bare
from ._columns import Columns, plain
from ._lines import has_md5sum

_MAY_HAVE_MD5SUMS = re.compile("md5|hash|sum|digest|etag", re.IGNORECASE)
"""What the name of a column has in it that may have md5sums. A number of a session may look like one, too."""


class OtherColumns:
    """The columns of a table without a meaning.

    Args:
        columns: what the columns mean.
        may_lack_md5sums: whether the user has named the columns of md5sums, or said that there are none.
    """

    def __init__(self, columns: Columns, may_lack_md5sums: bool) -> None:
        self._columns = {index: columns.names[index] for index in columns.other()}
        has_md5sums = may_lack_md5sums or all(file.md5sums for file in columns.files)
        self._of_md5sums = [
            index for index, name in self._columns.items() if not has_md5sums and _MAY_HAVE_MD5SUMS.search(name)
        ]
        archives = tuple(file.archive for file in columns.files if file.archive)
        # An archive has several columns for the same files, such as fastq_ftp and fastq_aspera.
        self._of_files = [index for index, name in self._columns.items() if not plain(name).startswith(archives)]
        self._with_files: set[int] = set()

    def values(self, values: Sequence[Any]) -> dict[str, Any]:
        """Return the values of a row, by the names of their columns."""
        return {name: values[index] for index, name in self._columns.items() if index < len(values)}

    def validate(self, values: Sequence[Any], has_files: bool) -> None:
        """Validate that the columns have nothing that a row lacks.

        Args:
            values: the values of the row.
            has_files: whether the row names a file.

        Raises:
            ValueError: they have an md5sum or a file, or say why the row had failed before.
        """
        for index in self._of_md5sums:
            text = bare(str(values[index])) if index < len(values) else ""
            if text and all(map(has_md5sum, text.split(";"))):
                name = self._columns[index]
                how = f"pass columns={{'md5sum': {name!r}}} if they are of the files, else columns={{'md5sum': None}}"
                raise ValueError(f"the column {name} has md5sums, and is not used: {how}")
        with_files = {index for index in self._of_files if index < len(values) and _is_file(values[index])}
        if not has_files and with_files:
            name = self._columns[min(with_files)]
            raise ValueError(f"the row names no file, but in the column {name}, which is not used")
        self._with_files |= with_files
        if not has_files:
            said = {plain(name): str(value) for name, value in self.values(values).items()}
            if said.get("status") == "failed" and said.get("message"):  # in a report of this library
                raise ValueError(f"it had failed before: {said['message']}")

    def with_files(self) -> list[str]:
        """Return the names of the columns that name files, which are not those of the rows so far."""
        return [self._columns[index] for index in sorted(self._with_files)]


def _is_file(value: Any) -> bool:
    return isinstance(value, str) and "." in value and is_known_type(bare(value))
