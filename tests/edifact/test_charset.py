from __future__ import annotations

import pytest

from gateway.edifact.charset import CODECS, codec_of, missing_characters, transliterated
from gateway.issues import Severity
from tests.edifact.test_reader import UNB, message_with


def text_under(identifier: str, raw: bytes) -> tuple[str, list[tuple[str, Severity]]]:
    message = message_with(b"FTX+AAI+++" + raw + b"'", unb=UNB.replace(b"UNOC", identifier.encode()))
    return message.segments[1][4][0], [(issue.code, issue.severity) for issue in message.issues]


FINDING = [("charset.invalid", Severity.FINDING)]
ERROR = [("charset.invalid", Severity.ERROR)]


@pytest.mark.parametrize(
    ("identifier", "text"),
    [("UNOA", "ABC"), ("UNOB", "abc"), ("UNOC", "Müller"), ("UNOD", "Łódź"), ("UNOE", "Москва"), ("UNOF", "Αθήνα"),
     ("UNOG", "Ħamrun"), ("UNOH", "Rīga"), ("UNOI", "القاهرة"), ("UNOJ", "ירושלים"), ("UNOK", "İzmir"),
     ("UNOW", "Łódź €"), ("UNOX", "東京"), ("UNOY", "東京 €")],
)  # fmt: skip
def test_each_syntax_identifier_names_its_charset(identifier: str, text: str):
    codec = codec_of(identifier)
    assert codec is not None
    assert text_under(identifier, text.encode(codec)) == (text, [])


def test_every_identifier_of_the_code_list_is_known():
    assert sorted(CODECS) == [f"UNO{letter}" for letter in "ABCDEFGHIJKWXY"]
    assert codec_of("ANSI") is None


def test_utf_8_under_unoc_is_read_as_such_with_a_finding():
    assert text_under("UNOC", "Müller €".encode()) == ("Müller €", FINDING)


@pytest.mark.parametrize(("identifier", "text"), [("UNOA", "Ü"), ("UNOB", "Łódź"), ("UNOD", "Łódź"), ("UNOE", "Москва"),
                                                  ("UNOF", "Αθήνα"), ("UNOK", "İzmir")])  # fmt: skip
def test_utf_8_under_any_other_charset_is_read_as_such_with_a_finding(identifier: str, text: str):
    assert text_under(identifier, text.encode()) == (text, FINDING)


@pytest.mark.parametrize(("identifier", "text"), [("UNOE", "ТА"), ("UNOE", "УБЫТКИ ОТКАЗ")])
def test_letters_that_could_be_utf_8_as_well_stay_those_of_their_charset(identifier: str, text: str):
    assert text_under(identifier, text.encode(codec_of(identifier) or "")) == (text, [])


def test_windows_1252_under_unoc_is_read_as_such_with_a_finding():
    assert text_under("UNOC", "Müller € “x”".encode("cp1252")) == ("Müller € “x”", FINDING)


def test_utf_8_mixed_with_latin_1_is_a_finding():
    text, issues = text_under("UNOC", "Müller".encode("latin-1") + "Müller".encode()[:3])
    assert issues == FINDING
    assert text.startswith("Müller")


@pytest.mark.parametrize(
    ("identifier", "raw"), [("UNOA", b"M\xfcller"), ("UNOW", b"M\xfcller"), ("UNOE", b"A\x85B\xff"), ("UNOF", b"A\xae")]
)
def test_bytes_without_a_meaning_are_an_error_and_show(identifier: str, raw: bytes):
    text, issues = text_under(identifier, raw)
    assert issues == ERROR
    assert identifier == "UNOE" or "\ufffd" in text


def test_control_characters_in_data_are_a_finding():
    assert text_under("UNOC", b"A\x01B") == ("A\x01B", FINDING)


def test_offsets_count_bytes_whatever_the_charset():
    for identifier in ("UNOC", "UNOW", "UNOX"):
        codec = codec_of(identifier) or ""
        text = {"UNOC": "Müller", "UNOW": "Łódź €", "UNOX": "東京"}[identifier]
        message = message_with(
            b"FTX+" + text.encode(codec) + b"?'x'BGM+1'", unb=UNB.replace(b"UNOC", identifier.encode())
        )
        assert [message.raw[message.offset_of(i) - message.offset :][:3] for i in range(4)] == [
            b"UNH", b"FTX", b"BGM", b"UNT",
        ]  # fmt: skip


def test_a_repertoire_names_what_it_lacks():
    assert missing_characters("Müller €", "UNOC") == "€"
    assert missing_characters("Müller", "UNOB") == "ü"
    assert missing_characters("abc", "UNOA") == "abc"
    assert missing_characters("a\nb", "UNOY") == "\n"
    assert missing_characters("Müller", "UNOC") == ""


def test_what_a_repertoire_lacks_is_written_out():
    assert transliterated("Müller & Söhne, Straße", "UNOB") == "Mueller & Soehne, Strasse"
    assert transliterated("Müller", "UNOA") == "MUELLER"
    assert transliterated("5 € “x” – č", "UNOC") == '5 EUR "x" - c'
    assert transliterated("東", "UNOC") == "東"
