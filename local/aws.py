"""Clients of the emulator that look at nothing of the user's own AWS set-up: no profile, no files, no environment."""

import os
import threading
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from local.emulator import CREDENTIALS, Emulator

_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class Aws:
    """Makes clients for one emulator; a client is made once."""

    def __init__(self, emulator: Emulator) -> None:
        self._url = emulator.url
        self._session = boto3.Session(botocore_session=botocore.session.Session(_NO_FILES), **CREDENTIALS)
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    def client(self, service: str) -> Any:
        """The client of `service`; threads may share it. It waits 60 s for an answer and tries five times."""
        with self._making:  # a client may be shared by threads, a session may not
            if service not in self._clients:
                config = Config(read_timeout=60, retries={"total_max_attempts": 5, "mode": "standard"})
                make: Any = self._session.client
                self._clients[service] = make(service, endpoint_url=self._url, config=config)
            return self._clients[service]
