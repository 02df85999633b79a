"""A cart as a buyer's procurement system takes it: units, lengths, decimals and classes by his profile.

Such a system has no words for what it refuses: a cart with one bad line is lost whole, or the line is. So what cannot
be made to fit is told before anything is sent.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from msgspec.structs import replace

from gateway.graphemes import fitting
from gateway.model.cart import Cart, CartLine
from gateway.model.party import Party
from gateway.model.profile import Limit, Profile
from gateway.model.quantity import plain

DOCUMENT = "PunchOutOrderMessage"
"""The cXML document a cart is given back in."""


class Rule(StrEnum):
    """What of a buyer's rules a line meets."""

    UNIT_UNKNOWN = "unit-unknown"
    MISSING = "missing"
    TEXT_CUT = "text-cut"
    LEFT_OUT = "left-out"
    TOO_LONG = "too-long"
    CHARACTER = "character"
    PRICE_RESTATED = "price-restated"
    PRICE_ROUNDED = "price-rounded"
    PRICE_INEXACT = "price-inexact"
    DECIMALS = "decimals"
    DIGITS = "digits"


class Weight(StrEnum):
    """Whether a finding is worth knowing, or keeps the cart from being transferred."""

    NOTICE = "notice"
    BLOCKING = "blocking"


class Finding(NamedTuple):
    """What of a line was made to fit, or does not: `stated` is how it was, `taken` what is sent or how much is taken.

    `line` is the line's position, `field` the name of its field.
    """

    line: int
    rule: Rule
    weight: Weight
    field: str
    stated: str
    taken: str = ""


class Fitted(NamedTuple):
    """The cart as it is sent, and what is to be said of it in the order of its lines."""

    cart: Cart
    findings: tuple[Finding, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether it cannot be sent as it is."""
        return any(finding.weight is Weight.BLOCKING for finding in self.findings)


def fit(cart: Cart, profile: Profile) -> Fitted:
    """The cart in the buyer's terms: nothing is cut between an accent and its letter, and no amount changes.

    Units become his codes in `unit_as_sent`; a text that is cut stands whole in `long_text`; a price is restated for
    another quantity only where that says exactly the same, or comes to the same amount of the line.
    """
    fitted = [_Fitting(line, profile) for line in cart.lines]
    lines = tuple(each.run() for each in fitted)
    findings = tuple(finding for each in fitted for finding in each.findings)
    sent = replace(
        cart, lines=lines, classification=profile.classification, ship_to=_postal(cart.ship_to),
        language=_language(cart.language),
    )  # fmt: skip
    return Fitted(sent, findings)


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_IDENTIFYING = ("sku", "auxiliary_id", "unit_as_sent")
"""Fields that name something on both sides: one that does not fit can neither be cut nor left out."""
_OPTIONAL = (
    "buyer_sku", "gtin", "manufacturer", "manufacturer_sku", "unspsc", "eclass", "material_group", "contract",
    "contract_line", "quote",
)  # fmt: skip
_CLASSES = ("unspsc", "eclass", "material_group")
_UNSPSC_DIGITS = 8
_MINOR_UNIT = 2
_ONE = Decimal(1)
_NO_LIMIT = Limit()


class _Fitting:
    """One line on its way; `findings` is what is to be said of it."""

    def __init__(self, line: CartLine, profile: Profile) -> None:
        self.findings: list[Finding] = []
        self._line = line
        self._profile = profile

    def run(self) -> CartLine:
        """The line in the buyer's terms."""
        for step in (self._unit, self._texts, self._class, self._numbers_of_others, self._price, self._quantity):
            step()
        self._check_required()
        self._leave_out_what_has_no_place()
        return self._line

    def _unit(self) -> None:
        line = self._line
        sent = line.unit_as_sent or self._profile.unit_sent(line.unit)
        if sent is None:
            self._block(Rule.UNIT_UNKNOWN, "unit", line.unit)
        else:
            self._change(unit_as_sent=sent)

    def _texts(self) -> None:
        line = self._line
        whole = self._taken("text", " ".join(_CONTROL.sub(" ", line.text).split()))
        longer = self._taken("long_text", _CONTROL.sub("", line.long_text or "").strip())
        text = self._cut("text", whole)
        if text != whole:
            self._note(Rule.TEXT_CUT, "text", whole, text)
            longer = longer if whole in longer else f"{whole}\n{longer}".strip()
        kept = self._cut("long_text", longer)
        if kept != longer:
            self._note(Rule.TEXT_CUT, "long_text", longer, kept)
        self._change(text=text, long_text=kept or None, language=_language(line.language))

    def _taken(self, field: str, text: str) -> str:
        """The text with blanks for the characters that the buyer refuses in it."""
        limit = self._profile.limits.get(field)
        strange = sorted(set(text).intersection(limit.forbidden)) if limit else []
        if not strange:
            return text
        self._note(Rule.LEFT_OUT, field, "".join(strange))
        return text.translate({ord(each): " " for each in strange})

    def _cut(self, field: str, text: str) -> str:
        limit = self._profile.limits.get(field)
        if limit is None or limit.most is None:
            return text
        return fitting(text, limit.most, "utf-8" if limit.in_bytes else None).rstrip()

    def _numbers_of_others(self) -> None:
        """Identifiers are whole or not there: half of a number names something else."""
        for field in _IDENTIFYING:
            self._check(field, getattr(self._line, field) or "", Weight.BLOCKING)
        for field in _OPTIONAL:
            value = getattr(self._line, field)
            if value is not None and self._check(field, value, Weight.NOTICE):
                self._change(**{field: None})
        self._change(
            documents=tuple(each for each in self._line.documents if not self._check("documents", each, Weight.NOTICE)),
            custom={
                name: text for name, text in self._line.custom.items() if not self._check("custom", text, Weight.NOTICE)
            },
        )

    def _check(self, field: str, value: str, weight: Weight) -> bool:
        """Whether a value does not fit; then it is said. A control character fits nowhere."""
        limit = self._profile.limits.get(field, _NO_LIMIT)
        letters = value if limit.forbidden or _CONTROL.search(value) else ""
        strange = next((each for each in letters if each in limit.forbidden or _CONTROL.match(each)), None)
        is_long = limit.most is not None and (len(value.encode()) if limit.in_bytes else len(value)) > limit.most
        if strange is None and not is_long:
            return False
        rule = Rule.CHARACTER if strange else Rule.TOO_LONG
        taken = (strange if strange.isprintable() else f"U+{ord(strange):04X}") if strange else str(limit.most)
        if weight is Weight.NOTICE:
            self._note(Rule.LEFT_OUT, field, value, taken)
        else:
            self._block(rule, field, value, taken)
        return True

    def _class(self) -> None:
        """UNSPSC without punctuation: eight digits, with those of a business function after them left away."""
        stated = self._line.unspsc
        if stated is None:
            return
        digits = re.sub(r"[\s.\-]", "", stated)
        if len(digits) >= _UNSPSC_DIGITS and digits.isascii() and digits.isdigit():
            self._change(unspsc=digits[:_UNSPSC_DIGITS])
        else:
            self._note(Rule.LEFT_OUT, "unspsc", stated)
            self._change(unspsc=None)

    def _price(self) -> None:
        line, profile = self._line, self._profile
        restated = (
            _with_basis(line, profile) if profile.has_price_basis(DOCUMENT) else _for_one(line, profile.price_decimals)
        )
        if restated is None:
            self._block(Rule.PRICE_INEXACT, "price", _told(line.price, line.per), str(profile.price_decimals))
            return
        price, per = restated
        if price * line.per != line.price * per:
            self._note(Rule.PRICE_ROUNDED, "price", _told(line.price, line.per), _told(price, per))
        elif per != line.per:
            self._note(Rule.PRICE_RESTATED, "price", _told(line.price, line.per), _told(price, per))
        if profile.price_digits is not None and _digits(price) > profile.price_digits:
            self._block(Rule.DIGITS, "price", plain(price), str(profile.price_digits))
        self._change(price=price, per=Decimal(plain(per)))

    def _quantity(self) -> None:
        quantity, profile = self._line.quantity, self._profile
        if _decimals(quantity) > profile.quantity_decimals:
            self._block(Rule.DECIMALS, "quantity", plain(quantity), str(profile.quantity_decimals))
        if profile.quantity_digits is not None and _digits(quantity) > profile.quantity_digits:
            self._block(Rule.DIGITS, "quantity", plain(quantity), str(profile.quantity_digits))

    def _check_required(self) -> None:
        for field in self._profile.required:
            if getattr(self._line, field) is None:
                self._block(Rule.MISSING, field, "")
        has_class = any(getattr(self._line, field) for field in _CLASSES)
        # Classification is mandatory in ItemDetail of every DTD.
        if self._profile.protocol == "cxml" and not has_class and "unspsc" not in self._profile.required:
            self._block(Rule.MISSING, "unspsc", "")
        if not self._line.text:
            self._block(Rule.MISSING, "text", "")

    def _leave_out_what_has_no_place(self) -> None:
        """Elements that came with the price basis into the DTD; OCI has no deliveries, and no field for a GTIN."""
        is_oci = self._profile.protocol == "oci"
        if is_oci or not self._profile.has_price_basis(DOCUMENT):
            self._change(schedule=(), gtin=None)
            if not is_oci:
                self._change(buyer_sku=None)

    def _change(self, **changes: object) -> None:
        self._line = replace(self._line, **changes)

    def _note(self, rule: Rule, field: str, stated: str, taken: str = "") -> None:
        self.findings.append(Finding(self._line.position, rule, Weight.NOTICE, field, stated, taken))

    def _block(self, rule: Rule, field: str, stated: str, taken: str = "") -> None:
        self.findings.append(Finding(self._line.position, rule, Weight.BLOCKING, field, stated, taken))


def _with_basis(line: CartLine, profile: Profile) -> tuple[Decimal, Decimal] | None:
    """The price with the decimals that are taken, for ten or a hundred times as much where it has more; exactly."""
    price, per = line.price, line.per
    while _decimals(price) > profile.price_decimals or _decimals(per):
        price, per = price.scaleb(1), per.scaleb(1)
    has_room = profile.per_digits is None or _digits(per) <= profile.per_digits
    return (price, per) if has_room else None


def _for_one(line: CartLine, decimals: int) -> tuple[Decimal, Decimal] | None:
    """The price for one unit: exact, or so near that the amount of the line is the same; None where it is neither."""
    unit = Decimal(1).scaleb(-decimals)
    price = (line.price / line.per).quantize(unit, ROUND_HALF_UP)
    is_exact = price * line.per == line.price
    cent = Decimal(1).scaleb(-max(_decimals(line.amount), _MINOR_UNIT))
    amount = (price * line.quantity).quantize(cent, ROUND_HALF_UP)
    return (price, _ONE) if is_exact or amount == line.amount else None


def _decimals(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _digits(number: Decimal) -> int:
    """How many digits stand before the point."""
    return max(number.adjusted() + 1, 1)


def _told(price: Decimal, per: Decimal) -> str:
    return f"{plain(price)} / {plain(per)}"


def _language(stated: str) -> str:
    """The language as RFC 5646 writes it; texts in one that nobody can name are said to be in none (`und`)."""
    language = stated.replace("_", "-")
    return language if _LANGUAGE.fullmatch(language) else "und"


def _postal(party: Party | None) -> Party | None:
    """The address with all a PostalAddress needs; without a part of that it has none, without a name it is none."""
    if party is None or not party.name:
        return None
    is_whole = party.street and party.city and party.country
    return party if is_whole else replace(party, street=None, city=None, postcode=None, region=None, country=None)
