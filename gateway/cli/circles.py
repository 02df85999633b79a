"""Circles: how often memory is looked through for what only holds itself, and what is not looked at any more."""

from __future__ import annotations

import gc

OFTEN = (5_000, 10, 80)
"""A message makes thousands of small lists and dies young: looking for circles after every 700 of them costs more than
reading them. After 50,000 they are in no cache any more, and who waits then waits for some 25 ms. What ten looks leave
is looked through in about as much; what 200 leave, in a quarter of a second."""


def keep() -> None:
    """What was imported and made so far lives to the end, and is not looked at at all."""
    gc.freeze()
    gc.set_threshold(*OFTEN)
    gc.enable()
