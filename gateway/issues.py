"""Issues: what is wrong with a message, as values with a stable code and a position.

CONTRL, APERAK, ORDRSP and cXML answers derive from issues only. `ADVICE` is the register of codes:
a code never changes its meaning, and each one tells the reader what to do.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """How much an issue weighs: an error refuses or holds, a finding is reported and the message goes on."""

    ERROR = "error"
    FINDING = "finding"


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One fault or finding.

    `segment` counts from UNH = 1 (None outside a message), `element_position` counts the elements after
    the tag from 1, `component_position` the components from 1 (None in a simple element), `offset` is the
    byte offset of the segment's tag in the file, `rule` is FILE:LINE of the mapping rule, `field` the
    canonical path (`lines[1].quantity`, from 0). In a document that is no EDIFACT, `line` and `column` count from 1 in
    its text, and `path` names the place in its own terms (`IDOC/E1EDP01[2]/MENGE`, the column of a table).
    """

    code: str
    text: str
    severity: Severity = Severity.ERROR
    segment: int | None = None
    tag: str | None = None
    element: str | None = None
    element_position: int | None = None
    component_position: int | None = None
    offset: int | None = None
    line: int | None = None
    column: int | None = None
    path: str | None = None
    rule: str | None = None
    field: str | None = None

    @property
    def is_error(self) -> bool:
        """Whether this issue refuses or holds what it is about."""
        return self.severity is Severity.ERROR

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE.get(self.code) or (_OF_ROWS if self.code.startswith("import.") else "")


def finding(code: str, text: str) -> Issue:
    """An issue without a position that does not stop the message."""
    return Issue(code=code, text=text, severity=Severity.FINDING)


def has_errors(issues: list[Issue] | tuple[Issue, ...]) -> bool:
    """Whether any of the issues is an error."""
    return any(issue.is_error for issue in issues)


_OF_ROWS = "mend the row and send the file again: what stands already changes nothing"
ADVICE: dict[str, str] = {
    "envelope.missing": "send a file that begins with UNA or UNB and holds a UNB..UNZ interchange",
    "envelope.una.invalid": "use six different, non-alphanumeric service characters in UNA",
    "envelope.reference.mismatch": "make the reference in the trailer equal to the one in its header",
    "envelope.reference.reused": "use each control reference (cXML: payloadID) once; a person decides about this one",
    "envelope.count.mismatch": "count again: UNT counts segments from UNH to UNT, UNZ counts messages or groups",
    "envelope.truncated": "send the whole file again; the end is missing",
    "envelope.sender.unknown": "add the sender's address (UNB, Credential) under [identifiers] of a file in partners/",
    "envelope.recipient.wrong": "send to the address agreed with this partner, or add it under [us]",
    "envelope.test.not-agreed": "send it as no test (UNB 0035, deploymentMode), or add a test agreement",
    "envelope.duplicate": "nothing to do: this interchange was taken before and is answered as before",
    "envelope.interactive": "send batch EDIFACT (UNB); interactive interchanges (UIB) are not taken",
    "envelope.group.mismatch": "make reference and count of UNE agree with its UNG",
    "envelope.noise": "send only the interchange; what stands around it was skipped",
    "envelope.terminator.missing": "end the last segment with the segment terminator",
    "envelope.syntax.unsupported": "use syntax identifier UNOA to UNOK, UNOW, UNOX or UNOY and syntax version 1 to 4",
    "answer.unmatched": "ask the partner what he answers: it names nothing that was sent to him",
    "agreement.missing": "add an [[agreement]] for this message type and release to the partner",
    "document.ambiguous": "state files or a mapping with another root, so that one agreement takes it, then replay",
    "document.empty": "send at least one document in the file",
    "document.duplicate": "nothing to do: this file was taken before and is answered as before",
    "charset.invalid": "send characters of the encoding that UNB 0001, XML or the layout names, or name the right one",
    "limit.exceeded": "send smaller interchanges, or raise the limit in gateway.toml",
    "document.missing": "send the document that the mapping reads, or correct `root` of the mapping",
    "table.empty": "send a table with at least one row",
    "table.header": "send a header that names each column once, by the names agreed, in the first line",
    "table.column.missing": "send the column, or correct its name in the mapping",
    "table.row.unreadable": "correct the row: each quote in a cell is doubled, and each that is opened is closed",
    "table.row.ragged": "send as many cells in each row as there are columns; quote cells that hold the delimiter",
    "table.record.unknown": "send the types of record agreed, or add the type to [layout.columns] of the mapping",
    "xml.not-well-formed": "send well-formed XML in the encoding it declares; an editor shows the line and column",
    "json.unreadable": "send JSON as RFC 8259 has it, each name once in an object; an editor shows the line and column",
    "xml.doctype": "send the document without a DOCTYPE; only cXML's own is taken, without declarations inside",
    "cxml.missing": "send one cXML document, whose outermost element is cXML",
    "cxml.body.missing": "put one document into Request, Message or Response",
    "cxml.body.several": "send each document in a cXML of its own, with a payloadID of its own",
    "cxml.header.incomplete": "name the parties in From, To and Sender of the Header, each with a Credential",
    "cxml.payload-id.missing": "give each document a payloadID of its own, and the same one when it is sent again",
    "cxml.timestamp.unclear": "state date, time and the offset from UTC, as 2026-03-01T12:00:00+01:00",
    "cxml.user-agent.missing": "name the program that sends in UserAgent of the Sender",
    "cxml.credential.not-checked": "show a SharedSecret; signatures and codes of authentication are not looked at",
    "cxml.signature.not-checked": "rely on the SharedSecret; a signature on the document is not looked at",
    "cxml.secret.shown": "leave the SharedSecret out of Messages, and agree on a new one",
    "cxml.deployment-mode.unknown": "say production or test; anything else is taken for production",
    "cxml.status.unknown": "answer with a Status whose code has three digits",
    "cxml.return-url.missing": "name the address in BrowserFormPost/URL",
    "cxml.return-url.not-agreed": "add its origin to return_origins of the connection, if carts may go there",
    "cxml.multipart.unreadable": "send multipart/related as RFC 2387 has it, each part in the encoding it states",
    "cxml.attachment.missing": "send the part whose Content-ID the URL names, or leave the Attachment out",
    "cxml.attachment.unused": "tell of the part by an Attachment with its Content-ID, or leave it out",
    "cxml.dtd.invalid": "correct the document at this line; the DTD it names says what belongs there",
    "cxml.dtd.missing": "put the DTD of this version into the folder that `--dtd` or cxml_dtd_dir names",
    "oci.function.unknown": "call without FUNCTION, or with one that the catalogue has",
    "oci.hook.missing": "send HOOK_URL, the address the cart goes to",
    "oci.product.missing": "send PRODUCTID, as it was returned in EXT_PRODUCT_ID",
    "oci.charset.unknown": "name a charset of IANA in http_content_charset, or leave it out for ISO-8859-1",
    "oci.quantity.unreadable": "send QUANTITY as digits with a point, as 10.5",
    "oci.item.number": "number the items of the form from 1 without a gap",
    "oci.field.missing": "fill the field; the buyer's system drops the item without it",
    "oci.field.too-long": "shorten the text; the buyer's system drops the item or cuts it",
    "oci.field.number": "write digits with a point, at most 11 before and 3 after it; whole numbers without",
    "oci.field.character": "change the character, or have the call name another http_content_charset",
    "oci.field.unknown": "leave the field out, or have the buyer's system call with OCI_VERSION 5.0",
    "structure.segment.missing": "send the mandatory segment at this place",
    "structure.segment.unexpected": "leave the segment out or put it where the message's table has it",
    "structure.segment.too-many": "send the segment no more often than its table allows",
    "structure.group.too-many": "send the group no more often than its table allows",
    "element.missing": "fill the mandatory element",
    "element.too-long": "shorten the value to the length the directory allows",
    "element.too-short": "fill the element to the length the directory asks for",
    "element.too-many": "send no more elements, components or repetitions than the segment's table has",
    "element.wrong-type": "send digits where the directory asks for a number, letters where it asks for letters",
    "element.code-unknown": "use a code of the directory's list",
    "number.too-large": "use at most 12 digits before and 6 after the decimal mark",
    "date.invalid": "send a date that exists, in the form that its qualifier or the mapping names",
    "date.past": "ask for a delivery date that is not over",
    "mapping.unread": "read the element in the partner's mapping or list it under [ignore] with a reason",
    "mapping.code.unknown": "add the code to the code list, or correct it in the message",
    "mapping.value.missing": "fill the element the rule requires",
    "mapping.value.ambiguous": "send the value once; the rule takes exactly one",
    "mapping.value.invalid": "send a value of the form the rule expects",
    "mapping.value.does-not-fit": "shorten the text; the message has no room for it",
    "mapping.value.not-writable": "change the character, or the encoding of what is sent, which cannot hold it",
    "mapping.position.missing": "number the lines; they were counted instead",
    "party.unknown": "import the party (`gateway import parties`) or correct its code, then replay from enrich",
    "party.ambiguous": "end or correct one of the parties that share this identifier",
    "party.not-of-partner": "check who sent this: the buyer does not belong to the partner's account",
    "account.blocked": "release the account or decide the order by hand (`gateway orders decide`)",
    "account.over-credit": "raise the credit limit, settle what is open, or decide by hand",
    "order.duplicate": "compare with the order stored before; decide or discard",
    "order.purpose.unsupported": "agree the purpose (BGM 1225) with the partner, or decide by hand",
    "order.total.differs": "compare the stated total with the lines",
    "order.line-count.differs": "compare the stated number of lines with the lines received",
    "order.terms.differ": "compare the terms stated with those agreed",
    "order.below-minimum": "order more, or agree a lower minimum",
    "order.above-maximum": "order less, or agree a higher maximum",
    "order.contract.expired": "cite a contract that is valid, or agree a new one",
    "order.quote.not-valid": "cite a quote that is accepted and valid; accept or offer one, then replay from enrich",
    "order.currency.differs": "order in the account's currency, or agree this one",
    "order.currency.mixed": "state every price in the currency of the order",
    "order.lines.missing": "order something: send at least one line",
    "order.line.position.repeated": "give each line a number of its own; an answer could not say which is meant",
    "order.line.quantity.missing": "state the ordered quantity (QTY 21)",
    "order.line.quantity.not-a-number": "send the quantity as digits with the agreed decimal mark",
    "order.line.quantity.not-positive": "order more than nothing",
    "order.line.quantity.step": "order a multiple of the article's quantity step, not below its minimum",
    "order.line.product.unknown": "import the article or its part number, then replay from enrich",
    "order.line.product.ambiguous": "make the identifiers of the line name one article",
    "order.line.product.identifier-unknown": "correct or import the further identifier; another one named the article",
    "order.line.product.not-in-assortment": "add the article to the account's assortment, or order another",
    "order.line.unit.unknown": "send a unit the article is sold in, or import it (`unit:X` of products)",
    "order.line.unit.contradicts-gtin": "make the unit agree with the packaging the GTIN names",
    "order.line.unit.factor-differs": "agree how much is in the unit, or correct it in the article (`unit:X`)",
    "order.line.cart-differs.price": "compare it with the cart's; the tolerance and `[decide]` have judged it",
    "order.line.cart-differs.unit": "order in the unit of the cart, or decide by hand",
    "order.line.cart-differs.quantity": "nothing to do: the price of the day holds for the quantity ordered",
    "order.line.cart-differs.text": "see that the article is the one that is meant",
    "order.line.cart-differs.article": "compare the order with the cart, and decide by hand",
    "order.line.cart-differs.auxiliary-unknown": "nothing to do; where a cart's price was meant, call the shop again",
    "order.line.cart-differs.expired": "order in time, or state a longer price_valid in the connection",
    "order.line.price.too-low": "accept the agreed price, or agree another one",
    "order.line.price.too-high": "nothing to pay more for: the agreed price is lower",
    "order.line.price.unit-suspected": "check the price unit: the stated price is off by a factor",
    "order.line.price.none-stated": "state the price, or agree that none is needed",
    "order.line.price.missing": "import a price, or have the buyer state one",
    "order.line.price.none-agreed": "import a price for this account and article, then replay from enrich",
    "order.line.price.negative": "check the price conditions: the result is below zero",
    "order.line.price.below-floor": "check the discounts: the result is below the floor price",
    "order.line.late": "nothing to do: a later date was confirmed",
    "order.line.not-available": "order again what is lacking: by the terms it is not delivered later",
    "order.line.not-confirmed": "nothing to do: the ERP does not deliver the line, and its buyer is told so",
    "order.line.price.as-confirmed": "nothing to do: the price is the one the ERP confirmed",
    "report.order.unknown": "name our number of the order, or the buyer's with the account",
    "report.order.contradicts": "name one order by all of its numbers",
    "report.order.undecided": "decide the order (`gateway orders decide`), then replay the report",
    "report.differs": "count the version up with what is changed; a person decides about this one",
    "report.duplicate": "nothing to do: the same report was taken before",
    "report.older": "nothing to do: something newer was taken before",
    "report.too-late": "tell the ERP that the order is cancelled or refused",
    "report.line.unknown": "name the positions of the order as it went out",
    "report.line.product.differs": "accept the substitute by hand (`gateway orders decide`), or correct it in the ERP",
    "report.line.unit.unknown": "report in a unit of the article, or import the unit",
    "confirmation.currency.differs": "confirm in the currency of the order",
    "confirmation.lines.missing": "confirm line by line, or say accepted or rejected for all of them",
    "confirmation.line.repeated": "confirm each line once, with a schedule where it is delivered in parts",
    "confirmation.line.refused": "leave out what the buyer was refused, or decide the line by hand first",
    "confirmation.line.quantity.above-ordered": "confirm no more than was ordered, or decide the line by hand",
    "confirmation.line.quantity.negative": "confirm quantities of zero and more",
    "confirmation.line.schedule.differs": "make the deliveries add up to the quantity confirmed",
    "confirmation.line.price.above-agreed": "correct the price in the ERP, or decide the line by hand",
    "status.state.missing": "say how far each line got, or name a state that holds for all of them",
    "status.backwards": "nothing to do: the order had got further already",
    "status.line.quantity.above-confirmed": "compare with what was confirmed; more was shipped",
    "order-change.no-original": "nothing to do: it waits 7 days for its order; of cXML, send the order as new",
    "order-change.line-unknown": "name a line of the order as it is stored",
    "order-change.line-exists": "give the added line a position the order does not have",
    "order-change.outdated": "send the change with a higher version than the last one (cXML orderVersion)",
    "order-change.too-late": "call: what was to be changed is already shipped, refused or cancelled",
    "sync.conflict.open": "compare both values, then settle it with `gateway sync conflicts settle`",
    "sync.key.unknown": "have the system send its key together with ours once",
    "sync.row.owned": "nothing to do: somebody else's word counts; or name another owner in channels/",
}
