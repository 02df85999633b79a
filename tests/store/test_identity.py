"""Identifiers sort by time of birth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from gateway.store.identity import IdentityMint


def test_identifiers_rise_strictly_and_have_26_characters() -> None:
    mint = IdentityMint().mint
    minted = [mint() for _ in range(1000)]
    assert minted == sorted(set(minted))
    assert {len(identity) for identity in minted} == {26}


def test_an_identifier_is_greater_than_the_one_it_is_to_follow_and_those_after_it_are_of_their_own_time() -> None:
    mint = IdentityMint().mint
    ahead = "7" + "Z" * 24 + "0"
    assert mint(after=ahead) == "7" + "Z" * 24 + "1"
    assert mint() < ahead


def test_threads_never_get_the_same_identifier() -> None:
    mint = IdentityMint().mint
    with ThreadPoolExecutor(4) as pool:
        minted = list(pool.map(lambda _: mint(), range(2000)))
    assert len(set(minted)) == 2000
