"""Sequences that are tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar, overload

from .._annotations import Self
from .._display import MAX_ROWS, Row, html_table, text_lines
from .._reports import write_report
from ..argument_errors import ApiTypeError


class _Row(Protocol):
    def as_row(self) -> Row: ...


Item = TypeVar("Item", bound=_Row)


class Table(Sequence[Item]):
    """A sequence of items, each of which is a row of a table.

    Args:
        items: the items.

    Attributes:
        columns: the columns of the table, in their order.
    """

    columns: ClassVar[Sequence[str]] = ()

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items = tuple(items)
        self._inputs: set[str] = set()  # those of the table that the items were selected from

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Item | Self:
        return self._selected(self._items[index]) if isinstance(index, slice) else self._items[index]

    def _selected(self, items: Iterable[Item]) -> Self:
        """Return a table of some of the items."""
        selected = type(self)(items)
        selected._inputs = self.inputs()
        return selected

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, type(self)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    # IPython takes the first of `__repr__` and `_repr_pretty_` that a class defines, so both are here.
    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._summary()}>"

    def _summary(self) -> str:
        """Return the counts of the items."""
        return f"{len(self):,}"

    def _has_failed(self, item: Item) -> bool:
        """Return whether a notebook shows an item before the others."""
        return False

    def _repr_html_(self) -> str:
        first = sorted(self, key=self._has_failed, reverse=True)[:MAX_ROWS]
        return html_table(repr(self)[1:-1], self.columns, [item.as_row() for item in first], len(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(text_lines(repr(self), self.columns, self[:MAX_ROWS].rows(), len(self)))

    def rows(self) -> list[Row]:
        """Return a dict of the values of `columns` for each item."""
        return [item.as_row() for item in self]

    def inputs(self) -> set[str]:
        """Return the paths of the files that the items come from, which a report never overwrites."""
        return self._inputs | {*self._inputs_of_items()}

    def _inputs_of_items(self) -> Iterable[str]:
        return ()

    def to_dataframe(self) -> Any:
        """Return a DataFrame of pandas with `columns`, and a row for each item.

        Raises:
            ApiTypeError: pandas is not installed.
        """
        return dataframe(self.rows(), self.columns)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a table with `columns`, and a row for each item.

        The file is written beside its place and renamed, so that it is complete at any time.

        Args:
            path: the path of the report. Its ending tells the format: ``.tsv``, ``.csv``, ``.jsonl``, or ``.html`` for
                a page to send to someone, whose table can be sorted and filtered.

        Raises:
            ApiValueError: the ending is another, or the report is one of the files or manifests that were read.
            ApiFileError: it cannot be written.
        """
        write_report(path, self.rows(), self.columns, self.inputs())


def without_none(row: Row) -> Row:
    """Return the values of a row that are known."""
    return {column: value for column, value in row.items() if value is not None}


def dataframe(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Return a DataFrame with these columns, and a row for each of the dicts.

    Raises:
        ApiTypeError: pandas is not installed.
    """
    try:
        import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise ApiTypeError("to_dataframe() needs pandas: pip install pandas") from None
    return pandas.DataFrame([*rows], columns=[*columns])
