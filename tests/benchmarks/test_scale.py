"""The simulations add up: nobody is lost, and no quota is passed."""

from benchmarks import scale, scale_rounds, scale_storm
from benchmarks.cost_model import read_prices
from benchmarks.scale_rounds import Way


def test_every_home_is_planned_once_and_no_more_functions_work_than_there_are() -> None:
    """Delayed, waiting, planned: each home is in one of them at a time."""
    found = scale_rounds.live(50_000, Way(concurrency=40))
    assert sum(found.planned) == 50_000
    assert max(found.busy) <= 40
    assert max(found.delayed) <= 50_000


def test_more_functions_are_not_slower() -> None:
    """Ten times as many need a tenth of the time, until the zones' own pace is the limit."""
    slow, fast = (scale_rounds.live(50_000, Way(concurrency=count)).last_s for count in (5, 50))
    assert fast * 8 < slow


def test_chargers_come_back_no_faster_than_the_narrowest_quota_lets_them() -> None:
    """And all of them do."""
    storm = scale_storm.live(100_000, read_prices()["quotas"])
    assert storm.narrowest == "iot_subscriptions_per_s"
    assert storm.last_s >= 0.95 * 100_000 / storm.per_s
    assert storm.attempts >= 1


def test_what_is_asked_of_aws_is_enough_for_a_million_chargers() -> None:
    """Every quota, at the worst hour with a round of planning in it, is inside its default or the list of increases."""
    prices = read_prices()
    found = scale.asks(1_000_000, prices, scale_rounds.live(1_000_000, Way()))
    assert [one.quota for one in found if not one.fits] == []
    assert set(scale.INCREASES) <= set(prices["quotas"])
    assert found[0].quota == "iot_subscriptions", "what breaks first, as docs/scale.md says"
