"""Sessions: a token opens one once and in time, a key finds it, and nothing of either is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from gateway.model.account import Account
from gateway.model.punchout import PunchoutSetup
from gateway.model.shopping import SessionState
from gateway.punchout.carts import cart_of
from gateway.punchout.sessions import (
    KEPT,
    MOST_OPEN,
    TOKEN_LIFE,
    PunchoutRefusedError,
    Reason,
    extend,
    forget_over,
    redeem,
    session_of,
    standing_session,
)
from gateway.punchout.transfer import transfer
from gateway.store.erasure import MASK, Person, erase
from gateway.store.punchout import return_of
from gateway.store.trade_changes import TradeChanges
from tests.punchout.shops import HOOK, Shop


def refusal(shop: Shop, token: str) -> Reason:
    with pytest.raises(PunchoutRefusedError) as refused:
        redeem(shop.line, token)
    return refused.value.reason


def test_a_token_opens_a_session_once(shop: Shop) -> None:
    token = shop.token(setup=PunchoutSetup(buyer_cookie="1&2 <3>", language="de"))
    key = redeem(shop.line, token)
    with shop.store.read() as db:
        session = session_of(shop.line, db, key)
    assert session.state is SessionState.SHOPPING
    assert (session.setup.buyer_cookie, session.called.language, session.called.currency) == ("1&2 <3>", "de", "EUR")
    assert refusal(shop, token) is Reason.USED


def test_of_two_browsers_with_one_token_one_is_let_in(shop: Shop) -> None:
    token = shop.token()

    def come(_: int) -> str:
        try:
            return redeem(shop.line, token)
        except PunchoutRefusedError as refused:
            return refused.reason

    with ThreadPoolExecutor(4) as pool:
        came = list(pool.map(come, range(4)))
    assert came.count(Reason.USED) == 3


def test_a_token_that_comes_late_or_was_guessed_opens_nothing(shop: Shop) -> None:
    token = shop.token()
    assert refusal(shop, "guessed") is Reason.UNKNOWN
    assert refusal(shop, "\ud800") is Reason.UNKNOWN
    assert refusal(shop, token[:-1] + ("A" if token[-1] != "A" else "B")) is Reason.UNKNOWN
    shop.later(seconds=TOKEN_LIFE.total_seconds() + 1)
    assert refusal(shop, token) is Reason.EXPIRED


def test_neither_token_nor_key_is_in_the_store(shop: Shop) -> None:
    token = shop.token()
    key = redeem(shop.line, token)
    with shop.store.read() as db:
        kept = "\n".join(str(tuple(row)) for row in db.execute(text("SELECT * FROM punchout_session")))
    assert "punchout" not in kept
    assert token not in kept
    assert key not in kept


def test_a_session_ends_unless_it_is_used_or_made_longer(shop: Shop) -> None:
    session = shop.session()
    shop.later(minutes=50)
    shop.put(session, "S8", 10)
    shop.later(minutes=50)
    longer = extend(shop.line, session)
    assert longer.ends == shop.now + timedelta(hours=1)
    shop.later(minutes=61)
    key = redeem(shop.line, shop.token())
    shop.later(minutes=61)
    with shop.store.read() as db, pytest.raises(PunchoutRefusedError) as refused:
        session_of(shop.line, db, key)
    assert refused.value.reason is Reason.OVER
    assert refused.value.session is not None


def test_no_session_lasts_longer_than_half_a_day(shop: Shop) -> None:
    session = shop.session()
    end = session.ends + MOST_OPEN
    while session.ends > shop.now and shop.now < end:
        shop.later(minutes=45)
        session = extend(shop.line, session)
    assert session.ends - shop.now < timedelta(hours=1)
    assert shop.now < end


def test_two_sessions_have_nothing_in_common(shop: Shop) -> None:
    one, other = shop.session(), shop.session()
    shop.put(one, "S8", 10)
    assert [each.line.sku for each in cart_of(shop.line, one).lines] == ["S8"]
    assert cart_of(shop.line, other).lines == ()


def test_an_account_that_is_unknown_or_blocked_is_not_let_in(shop: Shop) -> None:
    with pytest.raises(PunchoutRefusedError, match="There is no account 999"):
        shop.token("999")
    session = shop.session()
    with shop.store.write() as db:
        TradeChanges(db).put(Account, [Account(account="10001", name="ACME", status="blocked")])
    with pytest.raises(PunchoutRefusedError, match="is blocked"):
        shop.token()
    with pytest.raises(PunchoutRefusedError, match="is blocked"):
        shop.put(session, "S8", 10)


def test_what_is_long_over_is_forgotten(shop: Shop) -> None:
    session = shop.session()
    shop.put(session, "S8", 10)
    shop.later(hours=2)
    assert forget_over(shop.line) == 0
    shop.later(days=KEPT.days, hours=1)
    fresh = shop.session()
    assert forget_over(shop.line) == 1
    with pytest.raises(PunchoutRefusedError):
        cart_of(shop.line, session)
    assert cart_of(shop.line, fresh).lines == ()


def test_a_person_who_is_erased_is_named_in_no_session(shop: Shop) -> None:
    called = PunchoutSetup(user_name="Erika Mustermann", email="erika@acme.example", extras={"Asked": "E. Weber"})
    session = shop.session(setup=called)
    with shop.store.write() as db:
        erase(db, Person("10001", "Erika Mustermann", "erika@acme.example"), shop.line.now())
    with shop.store.read() as db:
        setup = standing_session(db, session).setup
    assert (setup.user_name, setup.email, setup.extras) == (MASK, MASK, {"Asked": "E. Weber"})


def test_what_a_browser_was_given_is_gone_soon_after_its_session(shop: Shop) -> None:
    session = shop.session(setup=PunchoutSetup(buyer_cookie="C", return_url=HOOK))
    shop.put(session, "S8", 100)
    form = transfer(shop.line, session)
    forget_over(shop.line)
    assert transfer(shop.line, session) == form
    shop.later(hours=14)
    forget_over(shop.line)
    with shop.store.read() as db:
        assert return_of(db, session.id) is None
        assert standing_session(db, session).state is SessionState.TRANSFERRED
