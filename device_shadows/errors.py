"""What can be wrong with a name, a topic or a document of the contract.

ContractError
 +- SerialInvalidError       serial_invalid       not a serial
 +- TopicUnknownError        topic_unknown        no topic of this contract
 +- DocumentTooLargeError    document_too_large   more bytes than the shadow service takes
 +- DocumentTooDeepError     document_too_deep    nested deeper than the shadow service takes
 +- DocumentMalformedError   document_malformed   not UTF-8 JSON
 +- DocumentInvalidError     document_invalid     JSON, but not this document; the message names the field
 +- ClaimInvalidError        claim_invalid        a part of a claim that cannot be put into the signed message
 +- TicketMalformedError     ticket_malformed     the bytes are no unlock ticket
 +- TimeImpossibleError      time_impossible      a time that no right clock can have shown
"""

from typing import ClassVar


class ContractError(ValueError):
    """Base of all errors of the device contract; `code` is public and never changes."""

    code: ClassVar[str] = "contract_error"


class SerialInvalidError(ContractError):
    """The text is not a serial: 8 to 20 of A-Z, 0-9 and hyphen."""

    code = "serial_invalid"


class TopicUnknownError(ContractError):
    """The topic is none of this contract's."""

    code = "topic_unknown"


class DocumentTooLargeError(ContractError):
    """The document has more bytes than it may have."""

    code = "document_too_large"


class DocumentTooDeepError(ContractError):
    """The document is nested deeper than it may be."""

    code = "document_too_deep"


class DocumentMalformedError(ContractError):
    """The bytes are not UTF-8 JSON."""

    code = "document_malformed"


class DocumentInvalidError(ContractError):
    """The JSON is not the document that was expected; the message names the field."""

    code = "document_invalid"


class ClaimInvalidError(ContractError):
    """A nonce, user hash or claim epoch has not the form that is signed."""

    code = "claim_invalid"


class TicketMalformedError(ContractError):
    """The bytes are no unlock ticket, or not in the one form that a ticket has."""

    code = "ticket_malformed"


class TimeImpossibleError(ContractError):
    """No right clock can have shown this time: it lies before the first device or in the future."""

    code = "time_impossible"
