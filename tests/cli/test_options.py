"""Options on how a file is written, as they are typed."""

import argparse

import pytest

from robust_mlp.cli._options import add_file_options, file_format
from robust_mlp.cli._table_options import USUAL_MISSING, FileFormat


def typed(*words, missing=None):
    parser = argparse.ArgumentParser()
    add_file_options(parser)
    return file_format(parser.parse_args(words), missing)


@pytest.mark.parametrize(
    "words, expected",
    [
        ([], FileFormat()),
        (["--sep", "tab"], FileFormat(sep="\t")),
        (["--sep", r"\t"], FileFormat(sep="\t")),
        (["--sep", " "], FileFormat(sep=" ")),
        (["--sep=;", "--decimal=,", "--thousands", "."], FileFormat(sep=";", decimal=",", thousands=".")),
        (["--encoding", "cp1252"], FileFormat(encoding="cp1252")),
        (["--na"], FileFormat(missing=())),
        (["--na", "-999", "?", "-"], FileFormat(missing=("-999", "?", "-"))),
    ],
)
def test_options_become_a_format(words, expected):
    assert typed(*words) == expected


def test_what_counted_as_missing_in_fit_counts_again_unless_na_is_typed():
    assert typed(missing=("?",)).missing == ("?",)
    assert typed("--na", missing=("?",)).missing == ()


def test_what_is_missing_in_features_and_labels():
    assert (FileFormat().missing_features, FileFormat().missing_typed) == (USUAL_MISSING, ())
    assert FileFormat(missing=("?",)).missing_features == FileFormat(missing=("?",)).missing_typed == ("?",)
