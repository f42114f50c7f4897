"""Chargers, cars, a house, a phone and a price feed: real clients of the real contracts, on a clock of their own."""
