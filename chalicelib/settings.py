"""What the template tells the functions: each setting is the environment variable of its name in capitals.

A function is given only what it may use, so a setting is read when it is asked for and not before.
"""

import functools
import os


class _Text:
    """A setting that is a text; without a default, KeyError when the template gives this function no such variable."""

    def __init__(self, default: str | None = None) -> None:
        self._default, self._variable = default, ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._variable = name.upper()

    def __get__(self, instance: object, owner: type) -> str:
        found = os.environ.get(self._variable, self._default)
        if found is None:
            raise KeyError(self._variable)
        return found


class _Number:
    """A setting that is a whole number; KeyError without it, ValueError if it is none."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._variable = name.upper()

    def __get__(self, instance: object, owner: type) -> int:
        return int(os.environ[self._variable])


class Settings:
    """All settings; those with a default may be left out."""

    aws_region = _Text("eu-north-1")
    aws_endpoint_url = _Text("")
    clock = _Text("")
    price_feed_base = _Text("")
    address_base = _Text("")
    jwks_base = _Text("")
    meter_base = _Text("")
    mqtt_endpoint = _Text("")
    user_pool_id = _Text()
    user_pool_client_id = _Text()
    entsoe_token_secret_arn = _Text()
    one_time_code_secret_arn = _Text()
    sign_in_proof_secret_arn = _Text()
    ticket_secret_a_arn = _Text()
    ticket_secret_b_arn = _Text()
    sms_queue_url = _Text()
    planning_queue_url = _Text()
    site_planning_queue_url = _Text()
    pricing_queue_url = _Text()
    notification_queue_url = _Text()
    erasure_queue_url = _Text()
    dead_letter_queue_urls = _Text()
    apns_application_arn = _Text("")
    fcm_application_arn = _Text("")
    firmware_bucket = _Text()
    firmware_signing_key = _Text()
    firmware_key_id = _Text()
    firmware_download_role_arn = _Text()
    report_function = _Text()
    charger_policy = _Text()
    meter_policy = _Text()
    sms_budget_per_day = _Number()

    def table(self, name: str) -> str:
        """The physical name of the table `name`; KeyError when the template gives this function no such table."""
        return os.environ[f"{name.upper()}_TABLE"]


@functools.cache
def settings() -> Settings:
    """The settings of this execution environment."""
    return Settings()
