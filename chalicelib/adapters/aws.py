"""Clients of AWS services, opened at first use and kept for the execution environment."""

import functools
from typing import Any

from chalicelib.settings import settings


@functools.cache
def client(service: str, region: str = "") -> Any:
    """The client of `service`, in our region unless told: short time-outs, because a person waits, and few retries."""
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=3, read_timeout=8, retries={"mode": "standard", "max_attempts": 3})
    return boto3.client(  # type: ignore[call-overload]  # the stubs want a literal name
        service,
        region_name=region or settings().aws_region,
        endpoint_url=settings().aws_endpoint_url or None,
        config=patience,
    )
