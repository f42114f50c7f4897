"""What the template tells the functions, read once per execution environment."""

import functools
import os

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One field per environment variable (upper case); a function that lacks one it needs fails at its first use."""

    aws_region: str = "eu-north-1"
    aws_endpoint_url: str = ""
    clock: str = ""
    user_pool_id: str = ""
    user_pool_client_id: str = ""
    jwks_base: str = ""
    price_feed_base: str = ""
    entsoe_token_secret_arn: str = ""
    one_time_code_secret_arn: str = ""
    sign_in_proof_secret_arn: str = ""
    ticket_secret_a_arn: str = ""
    ticket_secret_b_arn: str = ""
    sms_queue_url: str = ""
    planning_queue_url: str = ""
    site_planning_queue_url: str = ""
    pricing_queue_url: str = ""
    notification_queue_url: str = ""
    apns_application_arn: str = ""
    fcm_application_arn: str = ""
    erasure_queue_url: str = ""
    dead_letter_queue_urls: str = ""
    firmware_bucket: str = ""
    firmware_signing_key: str = ""
    firmware_key_id: str = ""
    firmware_download_role_arn: str = ""
    report_function: str = ""
    charger_policy: str = ""
    meter_policy: str = ""
    meter_base: str = ""
    sms_budget_per_day: int = 1000

    def table(self, name: str) -> str:
        """The physical name of the table `name`; KeyError when the template gives this function no such table."""
        return os.environ[f"{name.upper()}_TABLE"]


@functools.cache
def settings() -> Settings:
    """The settings of this execution environment."""
    known = {field.upper(): field for field in Settings.__struct_fields__}
    return msgspec.convert(
        {known[name]: value for name, value in os.environ.items() if name in known}, Settings, strict=False
    )
