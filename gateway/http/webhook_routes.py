"""/webhooks: who is told of events as they happen; made, looked at, tried, begun anew and removed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import ConfigError, PermanentError
from gateway.event_types import EVENT_TYPES
from gateway.http.bodies import decode
from gateway.http.calls import Access, Answer, Api, Caller
from gateway.http.cursors import Page
from gateway.http.documents import Shapes
from gateway.http.event_shapes import Replay, WebhookDraft, WebhookMade, WebhookPage, WebhookView
from gateway.http.parameters import ListPart
from gateway.http.problems import Fault, RefusedError
from gateway.outbound import Reach, may_lead, networks_of, target_of
from gateway.pipeline import webhook_desk as desk
from gateway.pipeline.work import Line
from gateway.signing import key_id
from gateway.store import Connection
from gateway.store.identity import new_id
from gateway.store.sealed_secrets import SealedSecret, put_secret
from gateway.store.visible import Part, Sight, account_seen
from gateway.store.webhooks import StoredWebhook, add_webhook

MOST_OF_AN_ACCOUNT = 20
_SECRET_BYTES = 32
_OUT_OF_REACH = (
    "The URL is not public, or not encrypted. Write https:// and a public host,"
    " or have its network named in the setting api.webhook_networks."
)
_EXAMPLE = {"url": "https://shop.example/hooks/gateway", "events": ["order.decided", "order.status"]}

Id = Annotated[str, Path(max_length=100, description="Its id; of one of the workspace, the connection's name.")]
Key = Annotated[str, Path(max_length=20, description="The id of the secret, of `keys`.")]
Does = Callable[[Line, Connection, desk.Known], object]


def routes(api: Api, shapes: Shapes) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/webhooks", tags=["webhooks"])
    _looking(router, api, shapes)
    _making(router, api, shapes)
    _doing(router, api, shapes)
    return router


def _looking(router: APIRouter, api: Api, shapes: Shapes) -> None:
    @router.get("", summary="List webhooks", **shapes.told(WebhookPage, "cursor-invalid"))
    async def webhooks(request: Request, part: ListPart) -> Response:
        """The webhooks of the account and those below it; of everyone for a key of the house."""
        return await api.reading(request, partial(_list, part.of("webhooks")))

    @router.get("/{webhook}", summary="Show a webhook", **shapes.told(WebhookView, "webhook-unknown"))
    async def webhook(request: Request, webhook: Id) -> Response:
        """How far it has come, what waits for it, what was given up and why it fails."""
        return await api.reading(request, partial(_show, webhook))


def _making(router: APIRouter, api: Api, shapes: Shapes) -> None:
    told = shapes.told(
        WebhookMade, "account-unknown", "request-refused", statuses=(201,), body=WebhookDraft, example=_EXAMPLE
    )

    @router.post("", summary="Make a webhook", **told)
    async def make(request: Request) -> Response:
        """Events are posted from now on, signed with the secret of the answer, which is told this once."""
        raw = await api.body(request)
        return api.tell(request, await api.writing(request, partial(_make, api, raw)))

    @router.post(
        "/{webhook}/secrets",
        summary="Make a new secret",
        **shapes.told(WebhookMade, "webhook-unknown", "conflict", "request-refused", statuses=(201,)),
    )
    async def add_secret(request: Request, webhook: Id) -> Response:
        """It signs with both from now on, until the old secret is retired; of two, the older one goes at once."""
        return api.tell(request, await api.writing(request, partial(_add_secret, api, webhook)))

    @router.delete(
        "/{webhook}/secrets/{key}",
        summary="Retire a secret",
        **shapes.told(WebhookView, "webhook-unknown", "conflict"),
    )
    async def retire_secret(request: Request, webhook: Id, key: Key) -> Response:
        """It signs without that secret from now on."""

        def retire(line: Line, db: Connection, known: desk.Known) -> object:
            return desk.retire_secret(line, db, _made(known), key)

        return api.tell(request, await api.writing(request, partial(_done, api.line(), webhook, retire, 200)))

    @router.delete("/{webhook}", summary="Remove a webhook", **shapes.told(WebhookView, "webhook-unknown", "conflict"))
    async def remove(request: Request, webhook: Id) -> Response:
        """Nothing is posted any more, not even what waits. The answer tells how it stood."""
        return api.tell(request, await api.writing(request, partial(_remove, api.line(), webhook)))


def _doing(router: APIRouter, api: Api, shapes: Shapes) -> None:
    @router.post(
        "/{webhook}/test",
        summary="Post a test event",
        **shapes.told(WebhookView, "webhook-unknown", statuses=(202,)),
    )
    async def test(request: Request, webhook: Id) -> Response:
        """An event of the type webhook.test, with the number 0, is posted as any other."""
        done = await api.writing(request, partial(_done, api.line(), webhook, desk.post_test, 202))
        await api.awaken()
        return api.tell(request, done)

    @router.post(
        "/{webhook}/replay",
        summary="Post events once more",
        **shapes.told(
            WebhookView, "webhook-unknown", "conflict", statuses=(202,), body=Replay, example={"after": 4711}
        ),
    )
    async def replay(request: Request, webhook: Id) -> Response:
        """All events behind a number, or those that were given up; an event keeps its number."""
        raw = await api.body(request)
        return api.tell(request, await api.writing(request, partial(_replay, api.line(), webhook, raw)))


def _list(page: Page, access: Access) -> object:
    known = desk.known(access.line, access.db, access.sight, page.part)
    found, following = page.taken(known, lambda each: each.id)
    return {"webhooks": [desk.view(access.db, each) for each in found], "next": following}


def _show(identity: str, access: Access) -> object:
    return desk.view(access.db, _found(access.line, access.db, access.sight, identity))


def _found(line: Line, db: Connection, sight: Sight, identity: str) -> desk.Known:
    known = desk.known_by(line, db, sight, identity)
    if known is None:
        raise RefusedError("webhook-unknown", f"There is no webhook {identity} that this key may see.")
    return known


def _made(known: desk.Known) -> StoredWebhook:
    if known.made is None:
        text = f"{known.id} is a file of the workspace. Change connections/{known.id}.toml and publish it."
        raise RefusedError("conflict", text)
    return known.made


def _done(line: Line, identity: str, does: Does, status: int, caller: Caller) -> Answer:
    """The webhook as it stands after something was done to it."""
    with line.store.write() as db:
        does(line, db, _found(line, db, caller.sight, identity))
        return Answer(desk.view(db, _found(line, db, caller.sight, identity)), status)


def _replay(line: Line, identity: str, raw: bytes, caller: Caller) -> Answer:
    stated = decode(raw, Replay)
    if (stated.after is None) is not stated.dead:
        raise RefusedError("request-invalid", faults=[Fault("name either after or dead", "/after")])

    def again(line: Line, db: Connection, known: desk.Known) -> None:
        if stated.after is None:
            desk.resend_dead(line, db, known)
        else:
            desk.replay(line, db, known, stated.after)

    return _done(line, identity, again, 202, caller)


def _remove(line: Line, identity: str, caller: Caller) -> Answer:
    with line.store.write() as db:
        known = _found(line, db, caller.sight, identity)
        stood = desk.view(db, known)
        desk.end(line, db, _made(known))
    return Answer(stood)


def _make(api: Api, raw: bytes, caller: Caller) -> Answer:
    draft, line = decode(raw, WebhookDraft), api.line()
    _check(draft, Reach(networks=networks_of(api.settings.webhook_networks)))
    account = draft.account if draft.account is not None else caller.sight.root
    with line.store.read() as db:
        if account is not None and account_seen(db, caller.sight, account) is None:
            raise RefusedError("account-unknown", f"There is no account {account} that this key may see.")
    identity, now = new_id(), line.now()
    secret, kept = _new_secret(api, identity)
    webhook = StoredWebhook(
        id=identity, url=draft.url, events=msgspec.json.encode(draft.events).decode(), account=account,
        secrets=msgspec.json.encode([kept.name]).decode(), made_by=caller.name, created_at=now, changed_at=now,
    )  # fmt: skip
    with line.store.write() as db:
        _refuse_more(line, db, account)
        put_secret(db, kept)
        add_webhook(db, webhook)
        desk.begin_at_end(line, db, webhook)
        stands = desk.view(db, _found(line, db, caller.sight, identity))
    return Answer({**stands, "secret": secret}, 201, {"Location": f"/api/v1/webhooks/{identity}"})


def _check(draft: WebhookDraft, reach: Reach) -> None:
    """Raises RefusedError for a URL that is not taken and a type there is not."""
    faults = []
    try:
        if not may_lead(target_of(draft.url), reach):
            faults.append(Fault(_OUT_OF_REACH, "/url"))
    except PermanentError as error:
        faults.append(Fault(str(error), "/url"))
    for place, name in enumerate(draft.events):
        if name not in EVENT_TYPES:
            text = f"there is no type {name[:100]!r}; there are {', '.join(EVENT_TYPES)}"
            faults.append(Fault(text, f"/events/{place}"))
    if faults:
        raise RefusedError("request-invalid", faults=faults)


def _refuse_more(line: Line, db: Connection, account: str | None) -> None:
    """Raises RefusedError where the account has as many webhooks as it may have."""
    if (
        account is not None
        and len(desk.known(line, db, Sight(account), Part("", MOST_OF_AN_ACCOUNT))) >= MOST_OF_AN_ACCOUNT
    ):
        text = f"Account {account} has {MOST_OF_AN_ACCOUNT} webhooks already. Remove one that is not needed."
        raise RefusedError("request-refused", text)


def _add_secret(api: Api, identity: str, caller: Caller) -> Answer:
    line = api.line()
    with line.store.read() as db:
        _made(_found(line, db, caller.sight, identity))
    secret, kept = _new_secret(api, identity)
    with line.store.write() as db:
        desk.add_secret(line, db, _made(_found(line, db, caller.sight, identity)), kept)
        stands = desk.view(db, _found(line, db, caller.sight, identity))
    return Answer({**stands, "secret": secret}, 201)


def _new_secret(api: Api, identity: str) -> tuple[str, SealedSecret]:
    """A new secret of a webhook, and as it is kept."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    name = desk.secret_name(identity, key_id(secret))
    try:
        return secret, api.kept_secret(name, secret, api.line().now())
    except ConfigError as error:
        raise RefusedError("request-refused", f"No secret can be kept: {error}") from error
