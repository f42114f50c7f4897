"""Kinds of text that people type, as body fields."""

from typing import Annotated

from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]
"""A name for something of one's own; control characters are refused by the parser of all bodies."""

WallTime = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day on the site's clock, HH:MM."""

Address = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
"""Where somebody lives, in one line."""

LocalTime = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]"
        "(:00)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?$",
        description="On the site's clock, YYYY-MM-DDTHH:MM; with an offset, as in answers, that instant.",
    ),
]
"""A date and a time of day, to the minute."""

NextToken = Annotated[str, Meta(min_length=1, max_length=2000)]
"""The `next` of the page before; it is good for an hour, for whom it was given to, and for that list."""
