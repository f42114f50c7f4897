"""How figures are made of samples."""

import pytest

from benchmarks.figures import Figure, compared, median_of_rounds, quantile


@pytest.mark.parametrize(
    ("samples", "share", "expected"),
    [
        pytest.param([3.0, 1.0, 2.0], 0.5, 2.0, id="the middle of three"),
        pytest.param([1.0, 2.0, 3.0, 4.0], 0.5, 2.0, id="the lower middle of four"),
        pytest.param(list(range(1, 201)), 0.99, 198, id="two of 200 are slower than p99"),
        pytest.param([7.0], 0.99, 7.0, id="one sample is all of them"),
    ],
)
def test_a_quantile_is_a_sample(samples: list[float], share: float, expected: float) -> None:
    """The smallest that the share does not exceed; nothing is interpolated."""
    assert quantile(samples, share) == expected


def test_no_samples_have_no_quantile() -> None:
    """Rather an error than a zero."""
    with pytest.raises(ValueError, match="no samples"):
        quantile([], 0.5)


def test_one_bad_round_does_not_move_the_median() -> None:
    """That is what rounds are for."""
    assert median_of_rounds([[10.0], [11.0], [900.0]], 0.5) == 11.0


def test_a_figure_stands_beside_its_baseline() -> None:
    """As a multiple of it, by name."""
    found = compared(Figure(name="a", value=30, unit="ms"), Figure(name="b", value=20, unit="ms"))
    assert (found.value, found.ratio, found.baseline) == (30, 1.5, "b")
