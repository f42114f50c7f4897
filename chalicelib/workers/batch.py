"""SQS batches: each record for itself, the failed ones reported back so that only they come again."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from chalicelib.observability import log, tracing


def process(event: dict[str, Any], context: Any, handle: Callable[[str], None], *, name: str) -> dict[str, Any]:
    """Call `handle` with the body of every record; the answer names the records to be delivered again.

    `handle` may see a body twice and out of order. A body that can never succeed must be raised too: the queue's
    redrive policy moves it to the dead-letter queue, where support finds it.
    """

    def handle_record(record: SQSRecord) -> None:
        handle(record.body)

    return process_records(event, context, handle_record, name=name)


def process_records(
    event: dict[str, Any], context: Any, handle_record: Callable[[SQSRecord], None], *, name: str
) -> dict[str, Any]:
    """As `process`, with the whole record."""
    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)

    def handle_traced(record: SQSRecord) -> None:
        with tracing(_trace_of(record)):
            handle_record(record)

    answer = process_partial_response(event=event, record_handler=handle_traced, processor=processor, context=context)
    log.info("batch_handled", worker=name, records=len(event["Records"]), failed=len(answer["batchItemFailures"]))
    return dict(answer)


def _trace_of(record: SQSRecord) -> str:
    """What the message belongs to: the trace that its sender gave along, else the message itself."""
    attributes = record.get("messageAttributes") or {}
    told = (attributes.get("trace") or {}).get("stringValue")
    return str(told or record.message_id)
