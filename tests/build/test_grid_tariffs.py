"""The grid tariffs of the bundle are those of the vendor's files."""

import gzip

from local import grid_tariffs

LARGEST = 16 * 1024


def test_the_data_of_the_bundle_is_what_the_build_step_makes() -> None:
    """`python -m local.grid_tariffs` changes nothing; nobody edits the file by hand."""
    assert grid_tariffs.TARGET.read_bytes() == grid_tariffs.built()


def test_the_grid_tariffs_are_small_in_the_bundle() -> None:
    """Compressed, as a Lambda package holds them."""
    assert len(gzip.compress(grid_tariffs.TARGET.read_bytes())) < LARGEST
