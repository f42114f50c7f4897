"""What one is told of: /v1/push-tokens and /v1/notifications."""

from http import HTTPStatus
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.notifications import Kind, Notification, words_of
from chalicelib.domain.push_tokens import Platform
from chalicelib.services import notifications, phones

api = ApiBlueprint(__name__)
Token = Annotated[str, Meta(min_length=16, max_length=4096, pattern=r"^[!-~]+$")]
KindName = Literal["goal_missed", "fault", "finished", "stranger_tried", "guest_accepted", "meter_lost"]


class NewPushToken(Body, frozen=True, kw_only=True):
    """What Apple or Google call the app on this phone."""

    token: Token
    platform: Platform


class OldPushToken(Body, frozen=True, kw_only=True):
    """The token that is not to be used any more."""

    token: Token


class InboxQuery(Body, frozen=True, kw_only=True):
    """How many, and the `next` of the page before; none for the newest."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    next: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class NotificationAnswer(Struct, frozen=True, kw_only=True):
    """One happening in the words of the account's language; the ids are null for what is not at a charger or site."""

    notification_id: str
    kind: KindName
    told_at: str
    charger_id: str | None
    site_id: str | None
    grant_id: str | None
    title: str
    text: str
    is_read: bool


class InboxAnswer(Struct, frozen=True, kw_only=True):
    """The newest first; `next` leads to those before, null on the last page."""

    notifications: list[NotificationAnswer]
    next: str | None


class ReadMark(Body, frozen=True, kw_only=True):
    """The newest notification that was seen."""

    notification_id: Annotated[str, Meta(pattern="^n_[0-9a-f]{28}$")]


class PushChoices(Body, frozen=True, kw_only=True):
    """Which kinds reach the phones as push; the inbox has all of them."""

    goal_missed: bool
    fault: bool
    finished: bool
    stranger_tried: bool
    guest_accepted: bool
    meter_lost: bool


@api.endpoint("POST", "/v1/push-tokens", action=Action.USE_NOTIFICATIONS, status=HTTPStatus.NO_CONTENT)
def register_push_token(call: SignedInCall, body: NewPushToken) -> None:
    """Be told on this phone; it leaves whoever used it before."""
    phones.register(call.account, body.token, body.platform, call.real_now)


@api.endpoint("DELETE", "/v1/push-tokens", action=Action.USE_NOTIFICATIONS, status=HTTPStatus.NO_CONTENT)
def remove_push_token(call: SignedInCall, body: OldPushToken) -> None:
    """Be told on this phone no more; call it before signing out."""
    phones.unregister(call.account, body.token)


@api.endpoint("GET", "/v1/notifications", action=Action.USE_NOTIFICATIONS)
def list_notifications(call: SignedInCall, query: InboxQuery) -> InboxAnswer:
    """What one was told in the last 90 days."""
    page = notifications.read_inbox(call.account, query.limit, query.next, call.real_now)
    return InboxAnswer(notifications=[_told(one, call.account) for one in page.notifications], next=page.next)


@api.endpoint("PUT", "/v1/notifications/read-until", action=Action.USE_NOTIFICATIONS, status=HTTPStatus.NO_CONTENT)
def mark_notifications_read(call: SignedInCall, body: ReadMark) -> None:
    """Everything up to this notification has been seen; an older mark never takes a newer one back."""
    notifications.mark_read(call.account, body.notification_id, call.now)


@api.endpoint("GET", "/v1/notifications/push", action=Action.USE_NOTIFICATIONS)
def get_push_choices(call: SignedInCall) -> PushChoices:
    """Which kinds reach one's phones."""
    return _choices(call.account)


@api.endpoint("PUT", "/v1/notifications/push", action=Action.USE_NOTIFICATIONS)
def put_push_choices(call: SignedInCall, body: PushChoices) -> PushChoices:
    """Choose which kinds reach one's phones."""
    return _choices(notifications.choose_push(call.account, [kind for kind in Kind if not getattr(body, kind.value)]))


def _choices(account: Account) -> PushChoices:
    return PushChoices(**{kind.value: kind.value not in account.push_off for kind in Kind})


def _told(one: Notification, account: Account) -> NotificationAnswer:
    words = words_of(one.event, account.language)
    return NotificationAnswer(
        notification_id=one.notification_id,
        kind=one.event.kind.value,
        told_at=one.told_at.isoformat(),
        charger_id=one.event.charger_id,
        site_id=one.event.site_id,
        grant_id=one.event.facts.grant_id,
        title=words.title,
        text=words.text,
        is_read=one.notification_id <= account.read_until,
    )
