"""One file for each mistake in a table, a model or a network, to be written into the working folder."""

import bz2
import gzip
import json
import zipfile
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from tests.cli.examples import mixed_table

PLAIN = "x,label\n" + "1,a\n2,b\n3,a\n4,b\n" * 5


def write_bad_inputs():
    """The files that the tables of mistakes name."""
    table = mixed_table(20)
    table.to_csv("data.csv", index=False)
    _write_columns(table)
    _write_labels(table)
    _write_weights(table)
    _write_formats(table)
    _write_texts()
    Path("folder.csv").mkdir()
    Path("notes").write_text("not to be lost\n")
    joblib.dump({"weights": [1, 2]}, "foreign.joblib")
    joblib.dump({"weights": [1, 2]}, "model_named_as.csv")
    Path("cut.rmlp").write_bytes(b"PK\x03\x04 and no end")


def _write_columns(table):
    table[["x"]].to_csv("x.csv", index=False)
    table[["label"]].to_csv("only_label.csv", index=False)
    table.assign(x=[1.0] * 6 + [np.inf] * 14).to_csv("infinite.csv", index=False)
    table.assign(x=[1.0] * 19 + [-np.inf]).to_parquet("infinite.parquet")
    table.rename(columns={"town": "towns"}).to_csv("towns.csv", index=False)
    table.assign(x=["1", "much", *["2"] * 18]).to_csv("words.csv", index=False)
    table.assign(when=b"2020").to_parquet("bytes.parquet")
    table.assign(parts=[[1, 2]] * 20).to_parquet("lists.parquet")
    text = table.to_csv(index=False, sep=";", decimal=",", float_format="%.2f")
    Path("commas.csv").write_text(text)
    table.assign(x=[f"{1000 * n:,}" for n in range(1, 21)]).to_csv("thousands.csv", index=False)
    table.assign(x=[f"{n}.000,50" for n in range(1, 21)]).to_csv("points.csv", index=False)
    Path("twice.csv").write_text("x,x,label\n" + "1,2,a\n1,3,b\n" * 10)
    Path("no_header.csv").write_text("1,2,0\n3,4,1\n5,6,0\n")


def _write_labels(table):
    table.assign(label="yes").to_csv("one.csv", index=False)
    table.assign(label=table["x"]).round(3).to_csv("numbers.csv", index=False)
    table.assign(label=None).to_csv("no_label.csv", index=False)
    table.assign(label=[f"row {n}" for n in range(20)]).to_csv("each.csv", index=False)
    table.assign(label=range(20)).to_csv("counted.csv", index=False)
    table.assign(label="\x1b[31mred").to_csv("red.csv", index=False)
    table.assign(label=["yes"] * 19 + ["no"]).to_csv("one_row.csv", index=False)


def _write_weights(table):
    table.assign(w=[1.0] * 19 + [-1.0]).to_csv("negative.csv", index=False)
    table.assign(w=[1.0, None] + [1.0] * 18).to_csv("no_weight.csv", index=False)
    table.assign(w=0).to_csv("zero.csv", index=False)
    table.assign(w=[np.inf] + [1.0] * 19).to_csv("infinite_weight.csv", index=False)


def _write_formats(table):
    table.head(0).to_csv("header.csv", index=False)
    Path("empty.csv").touch()
    for name in ("broken.parquet", "broken.joblib", "broken.feather", "data.txt", "n.keras", "broken.zip"):
        Path(name).write_bytes(b"no such format")
    Path("lines.jsonl").write_text('{"x": 1, "label": "a"}\n{"x": \n')
    Path("sheet.xlsx").write_bytes(b"PK\x03\x04")
    Path("squeezed.csv").write_bytes(gzip.compress(PLAIN.encode()))
    Path("cut.csv.gz").write_bytes(gzip.compress(PLAIN.encode() * 100)[:60])
    Path("plain.csv.bz2").write_text(PLAIN)
    Path("workbook.csv").write_bytes(b"PK\x03\x04")
    table.to_parquet("parquet.csv")
    with pd.ExcelWriter("sheets.xlsx") as workbook:
        pd.DataFrame({"note": ["read the next sheet"]}).to_excel(workbook, sheet_name="About", index=False)
        table.to_excel(workbook, sheet_name="Data", index=False)
        pd.DataFrame().to_excel(workbook, sheet_name="Empty", index=False)
    Path("plain.csv.gz").write_text(PLAIN)
    Path("text.parquet").write_text(PLAIN)
    Path("text.xlsx").write_text(PLAIN)
    Path("colons.csv").write_text(PLAIN.replace(",", ":"))
    Path("blanks.csv").write_text(PLAIN.replace(",", " "))
    Path("nameless.csv").write_text(PLAIN.removeprefix("x,label\n"))
    nested = [{"x": {"lat": n}, "label": "ab"[n % 2]} for n in range(20)]
    Path("nested.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in nested))
    with zipfile.ZipFile("two.zip", "w") as archive:
        archive.writestr("a.csv", PLAIN)
        archive.writestr("b.csv", PLAIN)
    with zipfile.ZipFile("pictures.zip", "w") as archive:
        archive.writestr("a.png", b"")
    Path("good.csv.bz2").write_bytes(bz2.compress(PLAIN.encode()))


def _write_texts():
    Path("ragged.csv").write_text("x,label\n1,a\n1,2,3,4\n")
    Path("two_separators.csv").write_text("x,label\n1;a\n2;b\n3;a\n")
    Path("wider.csv").write_text("x,label\nr1,1,a\nr2,2,b\n")
    Path("latin.csv").write_bytes("x,label\n1,b\xe4r\n2,a\n3,a\n4,b\xe4r\n".encode("latin-1"))
    Path("zeros.csv").write_bytes(b"x,label\n1,\0\0\0a\n2,b\n")
