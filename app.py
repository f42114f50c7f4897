"""Every Lambda of the product: the API's blueprints, then one line of work for each event function.

Event functions stand here and not in blueprints: only a function of app.py deploys with a handler that imports app.py.
What an event function needs is imported inside it, so that a cold start loads no more than its own part.
"""

from chalicelib import garbage  # before everything else

# isort: split
from typing import Any

from chalice.app import Chalice, Request, Response, SQSEvent

from chalicelib.adapters import clock
from chalicelib.api import (
    account,
    addresses,
    auth,
    chargers,
    claims,
    contracts,
    energy,
    grants,
    health,
    home,
    meters,
    notifications,
    openapi,
    operating,
    plans,
    prices,
    reports,
    sites,
    terms,
    tickets,
    zones,
)
from chalicelib.api.blueprint import allowed_methods, refuse_other_methods
from chalicelib.api.problems import rewrap
from chalicelib.observability import log

app = Chalice("zmartcharge", configure_logs=False)
app.log = log  # type: ignore[assignment]  # Powertools' Logger takes the standard one's place
for part in (
    account,
    addresses,
    auth,
    chargers,
    claims,
    contracts,
    energy,
    grants,
    health,
    home,
    meters,
    notifications,
    openapi,
    operating,
    plans,
    prices,
    reports,
    sites,
    terms,
    tickets,
    zones,
):
    app.register_blueprint(part.api)
refuse_other_methods(app)


def queue(logical_id: str) -> Any:
    """The ARN of a queue of infra/*.yaml, for CloudFormation to resolve."""
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def at_once(what: str) -> Any:
    """How many of a function read their queue at the same time: by the size of the stage (infra/base.yaml)."""
    return {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, what]}


@app.middleware("http")
def tell_problems(request: Request, get_response: Any) -> Response:
    """Chalice's own refusals (wrong method, wrong media type) in our error format."""
    facts = request.context
    allow = ", ".join(allowed_methods(facts.get("resourcePath", "")))
    return rewrap(get_response(request), str(facts.get("requestId", "")), allow)


# Sign-in: called by Cognito (infra/identity.yaml)


@app.lambda_function(name="define_auth_challenge")
def define_auth_challenge(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Cognito asks what comes next in a sign-in."""
    from chalicelib.workers import sign_in_challenge

    return sign_in_challenge.define(event)


@app.lambda_function(name="create_auth_challenge")
def create_auth_challenge(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Cognito asks for a challenge."""
    from chalicelib.workers import sign_in_challenge

    return sign_in_challenge.create(event)


@app.lambda_function(name="verify_auth_challenge")
def verify_auth_challenge(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Cognito asks whether the answer is right."""
    from chalicelib.workers import sign_in_challenge

    return sign_in_challenge.verify(event)


@app.on_sqs_message(queue_arn=queue("SmsQueue"), batch_size=1, maximum_concurrency=2, name="send_sms")
def send_sms(event: SQSEvent) -> dict[str, Any]:
    """One-time codes and invitations on their way to the phone."""
    from chalicelib.workers import sms

    return sms.handle(event.to_dict(), event.context)


@app.lambda_function(name="end_guest_sessions")
def end_guest_sessions(event: dict[str, Any], context: Any) -> None:
    """Every minute: guests whose window has ended charge no more (infra/guests.yaml)."""
    from chalicelib.workers import guest_sessions

    guest_sessions.end_due(clock.now())


# Energy: called by a schedule and by queues that IoT rules fill (infra/energy.yaml, infra/devices.yaml)


@app.lambda_function(name="fetch_day_ahead_prices")
def fetch_day_ahead_prices(event: dict[str, Any], context: Any) -> None:
    """Every day at 13:00 Europe/Oslo, summer and winter, and again while tomorrow's prices are missing."""
    from chalicelib.workers import day_ahead

    day_ahead.fetch(now=clock.now())


@app.on_sqs_message(
    queue_arn=queue("StatusQueue"), batch_size=10, maximum_concurrency=at_once("Messages"), name="note_status"
)
def note_status(event: SQSEvent) -> dict[str, Any]:
    """What chargers report about themselves."""
    from chalicelib.workers import status_reports

    return status_reports.handle(event.to_dict(), event.context)


@app.on_sqs_message(
    queue_arn=queue("ReadingQueue"), batch_size=10, maximum_concurrency=at_once("Messages"), name="store_readings"
)
def store_readings(event: SQSEvent) -> dict[str, Any]:
    """Readings of energy registers become hours."""
    from chalicelib.workers import readings

    return readings.handle(event.to_dict(), event.context)


@app.on_sqs_message(
    queue_arn=queue("PresenceQueue"), batch_size=10, maximum_concurrency=at_once("Presence"), name="note_presence"
)
def note_presence(event: SQSEvent) -> dict[str, Any]:
    """Chargers that connect, and those whose connection was lost (infra/fleet.yaml)."""
    from chalicelib.workers import presence

    return presence.handle(event.to_dict(), event.context)


@app.on_sqs_message(queue_arn=queue("ResultQueue"), batch_size=10, maximum_concurrency=2, name="note_command_results")
def note_command_results(event: SQSEvent) -> dict[str, Any]:
    """What became of one-shot commands."""
    from chalicelib.workers import command_results

    return command_results.handle(event.to_dict(), event.context)


@app.on_sqs_message(
    queue_arn=queue("PlanningQueue"), batch_size=10, maximum_concurrency=at_once("Messages"), name="plan_charging"
)
def plan_charging(event: SQSEvent) -> dict[str, Any]:
    """A session began, its goal or its prices changed: plan the charger anew."""
    from chalicelib.workers import planning

    return planning.handle(event.to_dict(), event.context)


@app.on_sqs_message(
    queue_arn=queue("SitePlanningQueue"), batch_size=1, maximum_concurrency=at_once("Rounds"), name="plan_sites"
)
def plan_sites(event: SQSEvent) -> dict[str, Any]:
    """Prices came or a day began: plan every active site of a zone anew, in batches, spread over time."""
    from chalicelib.workers import site_planning

    return site_planning.handle(event.to_dict(), event.context)


@app.lambda_function(name="begin_day")
def begin_day(event: dict[str, Any], context: Any) -> None:
    """Every hour: where a local day has just begun, plans are made anew; chargers are counted (infra/energy.yaml)."""
    from chalicelib.workers import site_planning

    site_planning.begin_day()


@app.on_sqs_message(queue_arn=queue("PricingQueue"), batch_size=10, maximum_concurrency=2, name="price_energy")
def price_energy(event: SQSEvent) -> dict[str, Any]:
    """Prices were put right or came late: what was used by them is priced anew."""
    from chalicelib.workers import pricing

    return pricing.handle(event.to_dict(), event.context)


@app.on_sqs_message(
    queue_arn=queue("NotificationQueue"), batch_size=10, maximum_concurrency=2, name="push_notifications"
)
def push_notifications(event: SQSEvent) -> dict[str, Any]:
    """What people are told of: into their inbox and on to their phones (infra/notifications.yaml)."""
    from chalicelib.workers import push_notifications as worker

    return worker.handle(event.to_dict(), event.context)


# Reports: called by the API and waited for; with a layer of its own (infra/reports.yaml)


@app.lambda_function(name="make_report")
def make_report(event: dict[str, Any], context: Any) -> dict[str, str]:
    """A month of a charger as a file."""
    from chalicelib.workers import reports as worker

    return worker.make(event)


# Load balancing: the readers' own front door, their own short-lived queue, and the watchdog (infra/meters.yaml)


@app.lambda_function(name="meter_post")
def meter_post(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A meter reader's HTTPS call, by way of the function URL."""
    from chalicelib.workers import meter_post as worker

    return worker.handle(event)


@app.on_sqs_message(queue_arn=queue("MeterQueue"), batch_size=1, maximum_concurrency=100, name="balance_load")
def balance_load(event: SQSEvent) -> dict[str, Any]:
    """What meter readers say by MQTT."""
    from chalicelib.workers import meter_samples

    return meter_samples.handle(event.to_dict(), event.context)


@app.lambda_function(name="watch_meters")
def watch_meters(event: dict[str, Any], context: Any) -> None:
    """Every minute: meter readers that have fallen silent."""
    from chalicelib.workers import meter_watch

    meter_watch.look(clock.now())


# Erasure: driven by its own queue, watched by a schedule (infra/erasure.yaml)


@app.on_sqs_message(queue_arn=queue("ErasureQueue"), batch_size=1, maximum_concurrency=2, name="erase_data")
def erase_data(event: SQSEvent) -> dict[str, Any]:
    """A person deleted their account, or a charger was removed: take away what is left of it, step by step."""
    from chalicelib.workers import erasure

    return erasure.handle(event.to_dict(), event.context)


@app.lambda_function(name="restart_erasures")
def restart_erasures(event: dict[str, Any], context: Any) -> None:
    """Every 15 minutes: go on with what was left lying."""
    from chalicelib.workers import erasure

    erasure.restart(real_now=clock.real_now())


garbage.collect_again()
