"""Text in any usual encoding and with any usual separator is read as what it is."""

import codecs
import re

import pytest

from robust_mlp.cli._errors import InputError
from robust_mlp.cli._sources import find_source
from robust_mlp.cli._text_files import BLOCK_BYTES, find_encoding, find_separator, open_text

TEXT = "Größe;Ort\r\n1,5;Zürich\r\n2,5;Genève\r\n"


def source_of(content, tmp_path, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return find_source(str(path))


@pytest.mark.parametrize(
    "content, encoding",
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-32"),
        (TEXT.encode("latin-1"), "cp1252"),
        ("5 €;„a“".encode("cp1252"), "cp1252"),
        (b"a;\x81\xe4", "latin-1"),  # 0x81 is none of cp1252's characters
    ],
)
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_the_encoding_is_found(content, encoding, ending, tmp_path):
    import gzip

    source = source_of(gzip.compress(content) if ending else content, tmp_path, f"t.csv{ending}")
    found, note = find_encoding(source)
    assert found == encoding
    assert bool(note) is (encoding in ("cp1252", "latin-1"))
    with open_text(source, found) as file:
        text = file.read()
    if content[:1] not in b"a5":
        assert text == TEXT


def test_a_note_says_what_was_taken_for_the_encoding(tmp_path):
    source = source_of(TEXT.encode("latin-1"), tmp_path)
    assert find_encoding(source)[1] == (
        f"{source.shown} is no UTF-8 (byte 3) and was read as cp1252. If letters are wrong, type --encoding."
    )


def test_a_wrong_byte_is_found_after_the_first_block_and_a_cut_character_is_none(tmp_path):
    cut = b"a" * (BLOCK_BYTES - 1) + "ö".encode() + b"b" * BLOCK_BYTES
    assert find_encoding(source_of(cut, tmp_path)) == ("utf-8", "")
    assert "(byte 2,097,154)" in find_encoding(source_of(cut + b"\xff", tmp_path))[1]


@pytest.mark.parametrize(
    "typed, content, encoding",
    [
        ("latin1", TEXT.encode("latin-1"), "iso8859-1"),
        ("UTF-8", TEXT.encode("utf-8-sig"), "utf-8-sig"),
        ("utf_16", TEXT.encode("utf-16"), "utf-16"),
        ("utf-16", TEXT.encode("utf-16-be"), "utf-16-be"),  # without a mark
        ("shift_jis", "東京;1".encode("shift_jis"), "shift-jis"),
    ],
)
def test_a_typed_encoding_is_taken(typed, content, encoding, tmp_path):
    source = source_of(content, tmp_path)
    found, note = find_encoding(source, typed)
    assert (found, note) == (encoding, "")
    with open_text(source, found) as file:
        assert not file.read(1).startswith("\ufeff")


def test_utf_16_that_is_cut_off_is_told(tmp_path):
    with pytest.raises(InputError, match=r"^cannot read .*: it begins as utf-16, and byte \d+ is none\.$"):
        find_encoding(source_of(TEXT.encode("utf-16") + b"\xd8\xd8\xd8", tmp_path))


@pytest.mark.parametrize(
    "text, separator",
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1,5\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("a\n1\n", ","),  # one column
        ('"a;x","b"\n"1;2","3"\n', ","),  # separators in quotation marks are none
        ("price, net;name\n1;x\n2;y\n", ";"),  # a comma in the header only
        ('a,b\n"two\nlines; here",2\n', ","),
        ("\n\na;b\n1;2\n", ";"),
        ("a,b;c\n1,2;3\n", ","),  # both fit: the usual one
        ("", ","),
    ],
)
def test_the_separator_is_found(text, separator, tmp_path):
    assert find_separator(source_of(text.encode(), tmp_path), "utf-8") == separator


def test_a_decimal_comma_is_no_separator(tmp_path):
    source = source_of(b"a,b;c\n1,2;3\n", tmp_path)
    assert find_separator(source, "utf-8", marks=(",", None)) == ";"
    assert find_separator(source_of(b'a,b\n"1,2",3\n', tmp_path), "utf-8", marks=(",", None)) == ","


def test_a_line_that_the_sample_cuts_off_does_not_count(tmp_path, monkeypatch):
    monkeypatch.setattr("robust_mlp.cli._text_files.SAMPLE_BYTES", 16)
    assert find_separator(source_of(b"a;b\n1,5;2\n3,5;4,5\n" * 3, tmp_path), "utf-8") == ";"


@pytest.mark.parametrize(
    "text, header, rows",
    [
        ("a,b,c\n1;2;3\n4;5;6\n", ",", ";"),
        ("a,b\n1,5;2,5\n3;4,5\n6;7\n", ",", ";"),  # decimal commas in some rows
        ("a;b\n1,2\n3,4\n", ";", ","),
        ("a\tb\n1|2\n3|4\n", "\t", "|"),
    ],
)
def test_a_header_with_another_separator_than_the_rows_is_told(text, header, rows, tmp_path):
    told = rf" has {re.escape(repr(header))} between the names .* {re.escape(repr(rows))} between the cells"
    with pytest.raises(InputError, match=told):
        find_separator(source_of(text.encode(), tmp_path), "utf-8")


@pytest.mark.parametrize("text", ["a,b\n1\n2\n", "a,b\nx;y;z\n", "a,b\n1,2\n3;4\n5;6\n"])
def test_rows_that_fit_no_other_separator_are_left_to_the_reader(text, tmp_path):
    assert find_separator(source_of(text.encode(), tmp_path), "utf-8") == ","
