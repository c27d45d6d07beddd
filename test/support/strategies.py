"""Hypothesis strategies that several test modules use."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


def json_values(floats: st.SearchStrategy[float]) -> st.SearchStrategy[Any]:
    """Return a strategy for any value that `json.loads` can return.

    Args:
        floats: The strategy for its numbers that are not integers.
    """
    return st.recursive(
        st.none() | st.booleans() | st.integers() | floats | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )


JSON = json_values(st.floats())
"""Includes NaN and the infinities, which JSON does not have but Python's parser accepts."""

FINITE_JSON = json_values(st.floats(allow_nan=False, allow_infinity=False))
"""Values that JSON can represent."""
