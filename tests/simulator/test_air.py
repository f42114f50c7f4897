"""Joining a network: what the charger is on afterwards, and what it tells of a try that failed."""

import pytest

from device_shadows.status import Network, NetworkFailure, NetworkKind
from simulator.air import CELLULAR, HOME, NetworkWish, join
from simulator.reports import NETWORK

NOW_S = 1_770_750_000


@pytest.mark.parametrize(
    ("wish", "network"),
    [
        pytest.param(NetworkWish(kind="4g"), CELLULAR, id="4G needs nothing"),
        pytest.param(
            NetworkWish(kind="wifi", name=HOME.name, password=HOME.password), NETWORK, id="the house with its password"
        ),
    ],
)
def test_a_network_that_lets_the_charger_in_is_joined(wish: NetworkWish, network: Network) -> None:
    """An earlier failure is forgotten with the new set-up."""
    failed = join(NetworkWish(kind="wifi", name="Ukjent"), CELLULAR, NOW_S)
    assert join(wish, failed, NOW_S) == network


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        pytest.param(HOME.name, "", "wrong_password", id="no password"),
        pytest.param(HOME.name, "feil", "wrong_password", id="a wrong password"),
        pytest.param("Nabo", "", "wrong_password", id="somebody else's"),
        pytest.param("Hjemme-5G", HOME.password, "network_not_found", id="5 GHz only"),
        pytest.param("Ukjent", "", "network_not_found", id="nowhere"),
    ],
)
def test_a_try_that_fails_leaves_the_charger_where_it_was(name: str, password: str, reason: str) -> None:
    """It stays connected as before and says from there what went wrong."""
    after = join(NetworkWish(kind="wifi", name=name, password=password), CELLULAR, NOW_S)
    failure = NetworkFailure(kind=NetworkKind.WIFI, reason=reason, ts=NOW_S)
    assert after == Network(kind=NetworkKind.CELLULAR, signal_dbm=CELLULAR.signal_dbm, failure=failure)
