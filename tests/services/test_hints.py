"""What a warm function remembers of earlier calls."""

from chalicelib.services.hints import Hints


def test_the_oldest_hint_goes_first() -> None:
    """Memory is bounded; what was used a moment ago stays."""
    hints = Hints[str, int](most=2)
    hints.keep("one", 1)
    hints.keep("two", 2)
    assert hints.find("one") == 1
    hints.keep("three", 3)
    assert [hints.find(name) for name in ("one", "two", "three")] == [1, None, 3]


def test_a_hint_that_was_wrong_is_forgotten() -> None:
    """Once, or again."""
    hints = Hints[str, int]()
    hints.keep("one", 1)
    hints.drop("one")
    hints.drop("one")
    assert hints.find("one") is None
