"""How similar environments are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.report import similarity

if TYPE_CHECKING:
    from tfcompat.report import model


def test_similarity_is_that_of_sets(shown: model.Report) -> None:
    columns = similarity.environments(shown)
    assert [column.release for column in columns] == [f"1.{n}.0" for n in range(8)]
    assert similarity.similarity(columns[:2], versions=False) == [[1, 1], [1, 1]]
    assert similarity.similarity(columns[:2], versions=True) == [[1, 0], [0, 1]]
