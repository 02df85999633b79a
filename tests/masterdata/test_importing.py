from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.commerce.public_holidays import regions
from gateway.errors import UsageError
from gateway.masterdata.exporting import export_rows
from gateway.masterdata.importing import ImportOptions, import_rows
from gateway.masterdata.kinds import KINDS
from gateway.model.price import PriceCondition
from gateway.store.engine import Store
from gateway.store.trade import Trade, every

from .files import ACCOUNTS, TODAY, Importer, counts, refused

PRICES = "subject,object,type,amount,currency,per\naccount:1,product:SCREW,PRICE,4.15,EUR,100\n"


def prices(store: Store) -> list[PriceCondition]:
    with store.read() as db:
        return list(every(db, PriceCondition))


SAMPLES = {
    "accounts": ACCOUNTS,
    "products": "sku,name,base_unit,unit:BX,unit:MTR,gtin:BX,attr:colour,name:de,description:de,min_quantity,weight_kg,"
    "eclass,eclass_version,documents,successor\n"
    "BOLT,=Bolt,C62,200,1/3,40170725,grau,Bolzen,Aus Stahl,10,0.0125,23-11-01-01,14.0,"
    "Sheet https://example.com/a.pdf | https://example.com/b,SCREW\n",
    "parties": "account,role,id,scheme,name,valid_from\n11,DP,77,theirs,Lager,2026-01-01\n11,BY,4012345000016,gln,,\n",
    "contacts": "account,name,role,email,phone,language\n1,Eva Roth,purchasing,eva@example.com,+49 40 123,de\n",
    "service-levels": "service_level,name,channels,response_hours,hours\nA,Premium,phone personal,2,Mo-Fr 7-18\n",
    "service-contacts": "subject,name,email,precedence\naccount:1,Ute Amt,ute@example.com,\nall,Team,,9\n",
    "segments": "segment,kind,rule,priority,valid_from,valid_to\n"
    'gold,status,"revenue_12m >= 100000 and country in (""DE"",""AT"")",10,,2026-12-31\nhand,,,,,\n',
    "part-numbers": "account,number,product,unit,pack,valid_to\n1,N-1,SCREW,BX,2.5,2026-12-31\n1,N-2,NUT,,,\n",
    "relations": "product,related,kind,quantity,position\nSCREW,NUT,accessory,2,12\nNUT,SCREW,substitute,,\n",
    "assortments": "assortment,mode,product,category,brand,subject,effect\nbase,,SCREW,,,,\nbase,,,fixings/nuts,,,\n"
    "base,,,,Acme,,\nbase,,,,,segment:gold,allow\nbase,,,,,all,deny\nrest,exclude,NUT,,,,\nrest,,,,,account:11,allow\n",
    "tailoring": "subject,product,field,value\naccount:1,SCREW,name,Our screw\nall,SCREW,attr:drawing,D-1\n",
    "price-lists": "list,kind,priority,exclusive,valid_from\ncampaign,campaign,5,yes,2026-01-01\n",
    "prices": "list,subject,object,type,amount,currency,unit,min_quantity,valid_from\n"
    "contract,account:1,product:SCREW,PRICE,7.77,EUR,BX,5,2026-01-01\n,segment:gold,all,DISC_PCT,-2.5,,,,\n",
    "stock": "sku,quantity,unit,available_on\nSCREW,5,BX,\nNUT,7.5,,2026-07-01\n",
    "calendars": "calendar,country,region,weekdays,closed_on,cut_off\n"
    "NORTH,DE,HH,mon-fri,2026-12-24 2026-12-28/2027-01-01,14:00 Europe/Berlin\nDAILY,,,1-7,,\n",
    "terms": "subject,contract,field,value,valid_from,valid_to\nall,,incoterm_place,Kiel,,\nall,,incoterm,DAP,,\n"
    "segment:gold,K-1,payment_discount,3/14 2/30,2026-01-01,2026-12-31\naccount:1,,lead_time,3,,\n",
    "tax-rates": "tax_class,country,rate,valid_from,valid_to\nfull,DE,19,,2026-12-31\nfull,DE,20.5,2027-01-01,\n",
}


def test_every_kind_has_a_sample() -> None:
    assert SAMPLES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", [kind for kind in SAMPLES if kind != "accounts"])
def test_a_file_taken_twice_changes_nothing_the_second_time(take: Importer, store: Store, kind: str) -> None:
    first = take(kind, SAMPLES[kind])
    assert (first.inserted, first.refusals) == (first.rows, ())
    with store.read() as db:
        before = Trade(db).data_seq()
    assert counts(take(kind, SAMPLES[kind])) == {"rows": first.rows, "unchanged": first.rows}
    with store.read() as db:
        assert Trade(db).data_seq() == before


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_reads_back_unchanged(take: Importer, store: Store, kind: str, form: str) -> None:
    take(kind, SAMPLES[kind])
    exported = "".join(export_rows(store, kind, form))  # type: ignore[arg-type]
    report = take(kind, exported)
    assert report.rows > 0
    assert counts(report) == {"rows": report.rows, "unchanged": report.rows}


def test_a_changed_row_is_updated_and_what_is_left_out_has_its_default(take: Importer, store: Store) -> None:
    assert counts(take("accounts", "account,name\n1,Head office\n")) == {"rows": 1, "updated": 1}
    with store.read() as db:
        account = Trade(db).accounts(["1"])["1"]
    assert (account.name, account.segment, account.currency, account.timezone) == ("Head office", None, "EUR", "UTC")


def test_good_rows_stand_beside_refused_ones_which_name_line_column_and_reason(take: Importer, store: Store) -> None:
    rows = "account:1,product:GONE,PRICE,1,EUR,1\naccount:9,all,PRICE,1,EUR,1\nall,all,PRICE,abc,EUR,1\n"
    report = take("prices", PRICES + rows)
    assert (report.inserted, len(prices(store))) == (1, 1)
    assert refused(report) == [
        (3, "object", "import.product.unknown"),
        (4, "subject", "import.account.unknown"),
        (5, "amount", "import.value.invalid"),
    ]
    assert report.refusals[0].text == "there is no product GONE"
    assert report.refusals[0].file.endswith("prices.csv")


def test_all_or_nothing_takes_nothing_when_one_row_is_refused(take: Importer, store: Store) -> None:
    report = take("prices", PRICES + "account:9,all,PRICE,1,EUR,1\n", all_or_nothing=True)
    assert counts(report) == {"rows": 2, "refused": 1}
    assert prices(store) == []
    assert take("prices", PRICES, all_or_nothing=True).inserted == 1
    assert len(prices(store)) == 1


def test_a_dry_run_reports_and_writes_nothing(take: Importer, store: Store) -> None:
    assert counts(take("prices", PRICES, dry_run=True)) == {"rows": 1, "inserted": 1, "created_lists": 1}
    assert prices(store) == []
    assert counts(take("prices", PRICES)) == {"rows": 1, "inserted": 1, "created_lists": 1}


def test_progress_is_told_with_every_thousand_rows(take: Importer, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("sku,quantity\n" + "NUT,1\n" * 2500)
    seen: list[int] = []
    import_rows(store, "stock", path, ImportOptions(TODAY), seen.append)
    assert seen == [1000, 2000, 2500]


def test_a_price_gets_its_key_unit_and_scale_unit(take: Importer, store: Store) -> None:
    take("prices", PRICES)
    (price,) = prices(store)
    assert price.key == "account:1|product:SCREW|PRICE|EUR|C62|0|default|"
    assert (price.amount, price.per, price.unit, price.scale_unit) == (Decimal("4.15"), Decimal(100), "C62", "C62")


def test_lists_segments_and_price_groups_are_created_and_counted_once(take: Importer) -> None:
    rows = "list,subject,object,type,amount\nnew,segment:gold,all,DISC_PCT,-1\nnew,segment:blue,all,DISC_PCT,-1\n"
    report = take("prices", rows + ",price-group:A,all,DISC_PCT,-1\n")
    # "gold" is known from the account that names it.
    assert (report.created_lists, report.created_segments, report.created_price_groups) == (2, 1, 1)
    assert take("prices", rows).created_lists == 0


def test_a_price_ends_yesterday_or_on_the_day_named_and_once(take: Importer, store: Store) -> None:
    take("prices", PRICES)
    ending = "action,subject,object,type,currency,valid_to\nend,account:1,product:SCREW,PRICE,EUR,{}\n"
    assert counts(take("prices", ending.format(""))) == {"rows": 1, "ended": 1}
    assert [price.valid_to for price in prices(store)] == [date(2026, 6, 14)]
    assert counts(take("prices", ending.format(""), today=date(2026, 6, 20))) == {"rows": 1, "unchanged": 1}
    assert counts(take("prices", ending.format("2026-06-30"))) == {"rows": 1, "ended": 1}
    assert counts(take("prices", ending.format("2026-06-30"))) == {"rows": 1, "unchanged": 1}
    assert [price.valid_to for price in prices(store)] == [date(2026, 6, 30)]


def test_a_price_is_deleted_by_its_key_and_may_be_gone_already(take: Importer, store: Store) -> None:
    take("prices", "key," + PRICES.replace("\naccount", "\nK1,account"))
    assert counts(take("prices", "action,key\ndelete,K1\ndelete,K1\n")) == {"rows": 2, "ended": 1, "unchanged": 1}
    assert prices(store) == []
    assert refused(take("prices", "action,key\nend,K1\n")) == [(2, "key", "import.price.unknown")]


def test_actions_of_one_file_happen_in_its_order(take: Importer, store: Store) -> None:
    header = "action,key,subject,object,type,amount,currency\n"
    rows = ",K,all,all,PRICE,1,EUR\ndelete,K,,,,,\n,K,all,all,PRICE,2,EUR\n"
    assert counts(take("prices", header + rows)) == {"rows": 3, "inserted": 2, "ended": 1, "created_lists": 1}
    assert [price.amount for price in prices(store)] == [Decimal(2)]


@pytest.mark.parametrize(
    ("kind", "row", "column", "code"),
    [
        ("accounts", {"account": "3"}, "name", "import.value.missing"),
        ("accounts", {"account": "3", "name": "x", "parent": "9"}, "parent", "import.account.unknown"),
        ("accounts", {"account": "1", "name": "x", "parent": "11"}, "parent", "import.parent.circle"),
        ("accounts", {"account": "1", "name": "x", "parent": "1"}, "parent", "import.parent.circle"),
        ("accounts", {"account": "3", "name": "x", "currency": "EURO"}, "currency", "import.value.invalid"),
        ("accounts", {"account": "3", "name": "x", "currency": "QQQ"}, "currency", "import.value.invalid"),
        ("accounts", {"account": "3", "name": "x", "gln": "4012345000008"}, "gln", "import.check-digit"),
        ("accounts", {"account": "3", "name": "x", "timezone": "Mars/North"}, "timezone", "import.value.invalid"),
        ("accounts", {"account": "3", "name": "x", "credit_limit": "-1"}, "credit_limit", "import.value.sign"),
        ("accounts", {"account": "3", "name": "x", "credit_limit": "1e3"}, "credit_limit", "import.value.invalid"),
        ("accounts", {"account": "3", "name": "x", "credit_limit": "0.0000001"}, "credit_limit", "number.too-large"),
        ("accounts", {"account": "3", "name": "x", "colour": "red"}, "colour", "import.column.unknown"),
        ("parties", {"account": "1", "role": "XX", "id": "1", "scheme": "ours"}, "role", "import.value.invalid"),
        ("parties", {"account": "9", "role": "BY", "id": "1", "scheme": "ours"}, "account", "import.account.unknown"),
        ("parties", {"account": "1", "role": "BY", "id": "4012345000008", "scheme": "gln"}, "id", "import.check-digit"),
        ("products", {"sku": "X", "name": "x", "base_unit": "piece"}, "base_unit", "import.value.invalid"),
        (
            "products",
            {"sku": "X", "name": "x", "base_unit": "C62", "gtin": "4006381333932"},
            "gtin",
            "import.check-digit",
        ),
        (
            "products",
            {"sku": "X", "name": "x", "base_unit": "C62", "gtin": "4006381333931"},
            "gtin",
            "import.gtin.taken",
        ),
        (
            "products",
            {"sku": "X", "name": "x", "base_unit": "C62", "gtin": "04006381333931"},
            "gtin",
            "import.gtin.taken",
        ),
        (
            "products",
            {"sku": "X", "name": "x", "base_unit": "C62", "gtin:BX": "40170725"},
            "gtin:BX",
            "import.unit.unknown",
        ),
        ("products", {"sku": "X", "name": "x", "base_unit": "C62", "unit:BX": "0"}, "unit:BX", "import.value.sign"),
        ("products", {"sku": "X", "name": "x", "base_unit": "C62", "unit:BX": "1/0"}, "unit:BX", "import.value.sign"),
        (
            "products",
            {"sku": "X", "name": "x", "base_unit": "C62", "unit:C62": "2"},
            "unit:C62",
            "import.value.invalid",
        ),
        ("part-numbers", {"account": "1", "number": "N", "product": "X"}, "product", "import.product.unknown"),
        (
            "part-numbers",
            {"account": "1", "number": "N", "product": "NUT", "unit": "BX"},
            "unit",
            "import.unit.unknown",
        ),
        (
            "part-numbers",
            {"account": "1", "number": "N", "product": "NUT", "valid_from": "2026-02-01", "valid_to": "2026-01-31"},
            "valid_to",
            "import.validity",
        ),
        ("stock", {"sku": "NUT", "quantity": "1", "unit": "BX"}, "unit", "import.unit.unknown"),
        (
            "stock",
            {"sku": "NUT", "quantity": "1", "available_on": "2026-02-30"},
            "available_on",
            "import.value.invalid",
        ),
        ("price-lists", {"list": "x", "kind": "odd"}, "kind", "import.value.invalid"),
        ("prices", {"currency": None}, "currency", "import.value.missing"),
        ("prices", {"amount": None}, "amount", "import.value.missing"),
        ("prices", {"amount": "-1"}, "amount", "import.value.sign"),
        ("prices", {"type": "SURCH_PCT", "amount": "-1"}, "amount", "import.value.sign"),
        ("prices", {"type": "DISC_PCT", "amount": "2.5"}, "amount", "import.value.sign"),
        ("prices", {"type": "DISC_PCT", "amount": "-101"}, "amount", "import.value.invalid"),
        ("prices", {"subject": "team:1"}, "subject", "import.value.invalid"),
        ("prices", {"unit": "BX"}, "unit", "import.unit.unknown"),
        ("prices", {"per": "0"}, "per", "import.value.sign"),
        ("prices", {"scale_mode": "steep"}, "scale_mode", "import.value.invalid"),
        ("prices", {"floor": "-1"}, "floor", "import.value.sign"),
        ("prices", {"valid_from": "2026-02-01", "valid_to": "2026-01-31"}, "valid_to", "import.validity"),
    ],
)
def test_a_row_is_refused(take: Importer, kind: str, row: dict[str, str | None], column: str, code: str) -> None:
    price = {"subject": "all", "object": "product:NUT", "type": "PRICE", "amount": "1", "currency": "EUR"}
    cells = {name: cell for name, cell in ((price if kind == "prices" else {}) | row).items() if cell is not None}
    report = take(kind, ",".join(cells) + "\n" + ",".join(cells.values()) + "\n")
    assert refused(report) == [(2, column, code)]
    assert report.inserted + report.updated == 0


@pytest.mark.parametrize("kept", ["Two\nlines\tand a tab", "Zwei\r\nZeilen"])
def test_a_description_may_have_several_lines(take: Importer, kept: str) -> None:
    report = take("products", f'sku,name,base_unit,description\nX,x,C62,"{kept}"\n')
    assert (refused(report), report.inserted) == ([], 1)


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("X,two\u2028lines,C62", "name", "import.value.unseen"),
        ('X,"two\nlines",C62', "name", "import.value.unseen"),
        ("X,\x1b[31mred,C62", "name", "import.value.unseen"),
        ("X,\u200b,C62", "name", "import.value.unseen"),
        ("\x1f,x,C62", "sku", "import.value.unseen"),
        ("\u2003,x,C62", "sku", "import.value.unseen"),
        ("  \t ,x,C62", "sku", "import.value.missing"),
        ("\u00a0,x,C62", "sku", "import.value.missing"),
    ],
)
def test_a_text_that_nobody_could_read_is_refused_with_its_place(
    take: Importer, row: str, column: str, code: str
) -> None:
    assert refused(take("products", f"sku,name,base_unit\n{row}\n")) == [(2, column, code)]


def test_what_joins_letters_unseen_may_stand_in_a_name_and_not_in_a_number(take: Importer) -> None:
    persian = "\u0645\u06cc\u200c\u062e"
    report = take("products", f"sku,name,base_unit\nX,{persian},C62\n{persian},x,C62\n")
    assert (refused(report), report.inserted) == ([(3, "sku", "import.value.unseen")], 1)
    assert "U+200C" in report.refusals[0].text


@pytest.mark.parametrize("code", ["XZ", "XX", "AA", "QM", "ZZ", "AN", "DD", "EU", "XI", "EL", "UK", "de", "D", "DEU"])
@pytest.mark.parametrize("kind", ["accounts", "parties", "tax-rates", "calendars"])
def test_a_country_is_one_of_iso_3166(take: Importer, kind: str, code: str) -> None:
    row = {
        "accounts": f"account,name,country\n9,n,{code}\n",
        "parties": f"account,role,id,scheme,country\n11,DP,77,theirs,{code}\n",
        "tax-rates": f"tax_class,country,rate\nfull,{code},19\n",
        "calendars": f"calendar,country\nX,{code}\n",
    }[kind]
    report = take(kind, row)
    assert refused(report) == [(2, "country", "import.value.invalid")]
    meant = {"XI": "write GB", "UK": "write GB", "EL": "write GR"}.get(code, "")
    assert report.refusals[0].text.endswith(meant)


def test_every_country_of_iso_3166_and_kosovo_is_taken(take: Importer) -> None:
    codes = sorted(code for code in regions() if len(code) == 2)
    assert len(codes) > 240
    assert {"DE", "XK", "SS", "BQ"} <= set(codes)
    rows = "".join(f"{code},n,{code}\n" for code in codes)
    assert take("accounts", f"account,name,country\n{rows}").inserted == len(codes)


def test_a_gtin_moves_between_products_of_one_file(take: Importer, store: Store) -> None:
    rows = "sku,name,base_unit,gtin\nSCREW,Screw,C62,\nNUT,Nut,C62,4006381333931\n"
    assert counts(take("products", rows)) == {"rows": 2, "updated": 2}
    with store.read() as db:
        assert Trade(db).by_gtin(["4006381333931"]) == {"4006381333931": ("NUT", "C62")}


def test_a_parent_may_stand_below_its_children_and_a_circle_is_refused(take: Importer) -> None:
    rows = "account,name,parent\n23,c,22\n22,b,21\n21,a,\n31,x,32\n32,y,31\n"
    report = take("accounts", rows)
    assert report.inserted == 3
    assert [refusal.line for refusal in report.refusals] == [5, 6]


def test_an_unreadable_row_is_counted_and_refused(take: Importer) -> None:
    report = take("stock", "sku,quantity\nNUT,1,2\nNUT,1\n")
    assert counts(report) == {"rows": 2, "inserted": 1, "refused": 1}
    assert refused(report) == [(2, None, "import.row.ragged")]


def test_a_missing_file_and_an_unknown_kind_are_wrong_use(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.csv cannot be read"):
        import_rows(store, "stock", tmp_path / "missing.csv", ImportOptions(TODAY))
    with pytest.raises(UsageError, match="There is no kind colours"):
        export_rows(store, "colours")
