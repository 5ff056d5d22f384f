"""Ids that pandas holds: a missing one is refused by its position, an index of several levels is read."""

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError

pd = pytest.importorskip("pandas")


def test_an_index_of_several_levels_is_read_as_its_tuples():
    ids = [("b", 2), ("a", 10), ("b", 2), ("a", 9), ("a", 10), ("b", 1)]
    x = np.arange(6.0)
    index = pd.MultiIndex.from_tuples(ids)
    assert og.value(x, "mean@1", groups=index).tolist() == og.value(x, "mean@1", groups=ids).tolist()
    assert og.value(x, "mean@1", groups=index).tolist() == [3.0, 2.5, 5.0, 1.0]


@pytest.mark.parametrize(
    "ids",
    [
        pd.Series(["a", pd.NA, "b", "b"], dtype="string"),
        pd.Series(["a", pd.NA, "b", "b"], dtype=object),
        ["a", pd.NA, "b", "b"],
        pd.Series([1, pd.NA, 2, 2], dtype="Int64"),
        pd.Series(["a", None, "b", "b"]),
        pd.Series(pd.to_datetime(["2026-01-01", None, "2026-01-02", "2026-01-02"])),
        pd.Series(["a", None, "b", "b"], dtype="category"),
        pd.MultiIndex.from_tuples([("a", 1), ("b", pd.NA), ("a", 1), ("a", 1)]),
    ],
    ids=lambda ids: str(getattr(ids, "dtype", "list")),
)
def test_a_missing_id_is_refused_by_its_position(ids):
    with pytest.raises(
        InvalidInputError, match=r"groups: expected finite ids, got .* at position 1; drop such"
    ):
        og.value([0.0, 1.0, 2.0, 3.0], "max@1", groups=ids)
