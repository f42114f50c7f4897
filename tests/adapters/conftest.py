"""A server on loopback that stands in for every provider of prices and rates."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from chalicelib.settings import settings


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, tuple[int, bytes]]]:
    """A real server on loopback; the dictionary says what it answers to each path, with its query or without."""
    answers: dict[str, tuple[int, bytes]] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path) or answers.get(self.path.split("?")[0], (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Keeps quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PRICE_FEED_BASE", f"http://127.0.0.1:{server.server_address[1]}")
    settings.cache_clear()
    yield answers
    server.shutdown()
    server.server_close()
    settings.cache_clear()
