"""The command line: what each command prints and writes, its exit codes, and the whole line of every mistake."""

import pytest

pytest.register_assert_rewrite("tests.cli.examples")  # so that a failure of assert_mistake shows what came
