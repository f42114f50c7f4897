"""Ports of this machine: free ones for tests, and a clear word when one is taken."""

import socket

from local.errors import PortTakenError

LOOPBACK = "127.0.0.1"


def require_free(port: int, what: str, option: str, host: str = LOOPBACK) -> None:
    """PortTakenError, naming the option that chooses another, unless we can listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OverflowError:
            raise PortTakenError(f"{port} is no port for {what}: {option} takes 1 to 65535.") from None
        except OSError as error:
            said = f"Port {port} for {what} cannot be used ({error.strerror}): another program is there"
            raise PortTakenError(f"{said}, perhaps another ./dev. Choose one with {option}.") from None


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on at this moment, all different."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()
