"""The contract with chargers: thing names, MQTT topics, shadow documents and messages, and how they become bytes.

The cloud, the simulator and the firmware's tests import this package; it knows none of them. Every time in a document
is an integer of epoch seconds, UTC, by the device's own clock; every current is per line, in A; every energy is Wh.
"""
