"""SQS batches: each record for itself, the failed ones reported back so that only they come again."""

from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb
from typing import Any, Final

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from chalicelib.observability import log, tracing

_OWN: Final = ("chalicelib", "device_shadows")
_CALLERS: Final = 3


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

    def telling(record: SQSRecord) -> None:
        with tracing(_trace_of(record)):
            try:
                handle_record(record)
            except Exception as error:
                _tell(error, name)
                raise

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    answer = process_partial_response(event=event, record_handler=telling, processor=processor, context=context)
    log.info("batch_handled", worker=name, records=len(event["Records"]), failed=len(answer["batchItemFailures"]))
    return dict(answer)


def _trace_of(record: SQSRecord) -> str:
    """What the message belongs to: the trace that its sender gave along, else the message itself."""
    attributes = record.get("messageAttributes") or {}
    told = (attributes.get("trace") or {}).get("stringValue")
    return str(told or record.message_id)


def _tell(error: Exception, worker: str) -> None:
    """What failed and where, but none of its text, which may quote a message of a person or a device."""
    cause = type(error.__cause__).__name__ if error.__cause__ else ""
    log.warning("record_failed", worker=worker, error=type(error).__name__, place=_place(error), cause=cause)


def _place(error: Exception) -> str:
    """File and line of our own code nearest to the failure, and who called that; of all frames if none was ours."""
    frames = [(Path(frame.f_code.co_filename), line) for frame, line in walk_tb(error.__traceback__)]
    own = [(path, line) for path, line in frames if set(_OWN) & set(path.parts) and path != Path(__file__)]
    nearest = (own or frames)[-1 : -1 - _CALLERS : -1]
    return " < ".join(f"{path.parent.name}/{path.name}:{line}" for path, line in nearest)
