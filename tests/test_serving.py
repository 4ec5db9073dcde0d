"""docs/examples/serving: the application, in a process that has the small installation only, over loopback."""

import contextlib
import json
import os
import socket
import subprocess
import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import pytest

from benchmarks.small_install import DOCKERFILE, first_stage
from robust_mlp import PriorShiftClassifier
from tests.persistence.fitted_examples import fitted, quietly
from tests.small_install import TO_PREDICT, TO_SERVE, SmallInstall
from tests.tiny_fits import clouds, tiny

EXAMPLE = Path(__file__).resolve().parents[1] / "docs" / "examples" / "serving"
N_REQUESTS, N_THREADS = 200, 8

SERVE = """
sys.path.insert(0, sys.argv[1])
import uvicorn
uvicorn.run("app:create_app", factory=True, fd=int(sys.argv[2]), log_level="warning")
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return SmallInstall(tmp_path_factory.mktemp("small"), TO_PREDICT + TO_SERVE)


@contextlib.contextmanager
def served(clf, small, folder):
    """A client of the application that serves a classifier."""
    clf.save_model(folder / "m.rmlp")
    with socket.create_server(("127.0.0.1", 0)) as listening, open(folder / "log", "w+") as log:
        process = subprocess.Popen(
            small.command(SERVE, EXAMPLE, listening.fileno()),
            pass_fds=[listening.fileno()],
            env=os.environ | {"MODEL": str(folder / "m.rmlp")},
            stderr=log,
        )
        try:
            # Requests wait in the socket's queue until the application has started.
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=100) as client:
                yield client
            assert process.poll() is None
        finally:
            process.terminate()
            process.wait(20)
        log.seek(0)
        assert "Traceback" not in log.read()


def table_of_every_kind():
    """(classifier, frame): a column of each kind that a table can have, with missing cells."""
    X, y = clouds(90)
    start = datetime(2021, 3, 5, 12)
    frame = pd.DataFrame(
        {
            "height": X[:, 0],
            "a town's name": np.array(["Bern", "Genf", "Zürich", None], dtype=object)[np.arange(90) % 4],
            "class": X[:, 1] > 0,
            "when": pd.Series([start + timedelta(days=3 * i, hours=i) for i in range(90)]),
            "waited": pd.to_timedelta(np.abs(X[:, 2]), unit="h").round("us"),
            "id": 2**60 + np.arange(90) * 7,
            "grade": pd.Categorical(2**60 + np.arange(90) % 3),  # floats do not tell these levels apart
        }
    )
    frame.loc[[4, 9], "height"] = np.nan
    frame.loc[3, "when"] = pd.NaT
    return quietly(tiny().fit, frame, np.array(["no", "perhaps", "yes"])[y]), frame


def to_body(frame):
    """Rows as the application takes them."""

    def plain(value):
        if value is None or value != value:
            return None
        if isinstance(value, pd.Timedelta):
            return value.total_seconds()
        return value.isoformat() if isinstance(value, pd.Timestamp) else value

    columns = {name: [plain(value) for value in column.tolist()] for name, column in frame.items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


@pytest.fixture(scope="module")
def service(small, tmp_path_factory):
    """(client, classifier, frame) of one application for all tests that do not change it."""
    clf, frame = table_of_every_kind()
    with served(clf, small, tmp_path_factory.mktemp("served")) as client:
        yield client, clf, frame


def test_many_requests_at_once_get_the_answers_of_predict_proba(service):
    client, clf, frame = service
    rows, expected = to_body(frame), clf.predict_proba(frame)
    labels = clf.predict(frame).tolist()

    def ask(number):
        chosen = np.random.default_rng(number).permutation(len(rows))[: 1 + number % 7]
        answer = client.post("/predict", json={"rows": [rows[i] for i in chosen]})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        np.testing.assert_allclose(found["probabilities"], expected[chosen], rtol=0, atol=1e-9)
        assert found["labels"] == [labels[i] for i in chosen]
        assert found["classes"] == ["no", "perhaps", "yes"]
        return len(chosen)

    with ThreadPoolExecutor(N_THREADS) as threads:
        assert len(list(threads.map(ask, range(N_REQUESTS)))) == N_REQUESTS


def test_it_tells_the_model_and_its_health(service):
    client, _, _ = service
    told = client.get("/model").json()
    assert told["classes"] == ["no", "perhaps", "yes"]
    assert [(column["name"], column["kind"]) for column in told["columns"]] == [
        ("height", "number"),
        ("a town's name", "category"),
        ("class", "number"),
        ("when", "date"),
        ("waited", "duration"),
        ("id", "integer"),
        ("grade", "category"),
    ]
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/openapi.json").status_code == 200


def test_levels_that_nobody_knows_and_missing_cells_are_no_errors(service):
    client, clf, frame = service
    rows = to_body(frame.head(2))
    rows[0]["a town's name"], rows[0]["grade"] = "Lugano", 17
    rows[1] = dict.fromkeys(rows[1])
    other = frame.head(2).astype({"grade": object, "class": object}).copy()
    other.loc[0, "a town's name"], other.loc[0, "grade"] = "Lugano", 17
    other.loc[1, :] = None
    found = client.post("/predict", json={"rows": rows}).json()
    np.testing.assert_allclose(found["probabilities"], quietly(clf.predict_proba, other), rtol=0, atol=1e-9)


TEXTS = "The column takes a text, or null."
NUMBERS = "The column takes a number, or null."
DATES = "The column takes a date as text, such as '2024-05-01' or '2024-05-01T12:30:00', or null."


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"height": "tall"}, NUMBERS),
        ({"height": "1.5"}, NUMBERS),
        ({"height": [1.5]}, NUMBERS),
        ({"a town's name": 3}, TEXTS),
        ({"when": 1714521600}, DATES),
        ({"when": "1714521600"}, DATES),
        ({"when": "yesterday"}, DATES),
        ({"when": "2024-02-30"}, DATES),
        ({"waited": "3h"}, "The column takes a number of seconds, or null."),
        ({"id": 1.5}, "The column takes a whole number, or null."),
        ({"grade": "good"}, NUMBERS),
        ({"weight": 3}, "The model has no such column."),
    ],
)
def test_a_bad_cell_is_refused_with_its_place(changes, message, service):
    client, _, frame = service
    rows = to_body(frame.head(3))
    rows[1] |= changes
    answer = client.post("/predict", json={"rows": rows})
    assert answer.status_code == 422
    assert answer.json() == {"detail": [{"row": 1, "column": next(iter(changes)), "message": message}]}


def test_a_column_that_is_not_there_is_no_missing_value(service):
    client, _, frame = service
    rows = to_body(frame.head(2))
    del rows[0]["waited"]
    answer = client.post("/predict", json={"rows": rows})
    message = "The column is missing. Pass null if its value is not known."
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        [{"row": 0, "column": "waited", "message": message}],
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1" + 400 * "0", '"' + 1000 * "9" + '"'])
def test_numbers_that_json_has_not_are_refused(number, service):
    client, _, frame = service
    rows = to_body(frame.head(1))
    rows[0]["height"] = 0.125
    text = json.dumps({"rows": rows}).replace("0.125", number)
    answer = client.post("/predict", content=text, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["detail"]) == (422, [{"row": 0, "column": "height", "message": NUMBERS}])


@pytest.mark.parametrize(
    "content, status, said",
    [
        ("", 422, "Field required"),
        ("{", 422, "JSON decode error"),
        ("[]", 422, "dictionary"),
        ("null", 422, ""),  # each version of pydantic says it in other words
        ('{"rows": []}', 422, "at least 1 item"),
        ('{"rows": [3]}', 422, "valid dictionary"),
        ('{"rows": [' + 1000 * "{}," + "{}]}", 422, "at most 1000 items"),
        ('{"columns": []}', 422, "Field required"),
        (100_000 * "[", (400, 422), ""),
        (5 * 2**20 * " ", 413, "more than 4,194,304 bytes"),
    ],
    ids=["nothing", "cut", "list", "null", "no rows", "no object", "many rows", "other key", "nested", "large"],
)
def test_a_bad_body_is_refused(content, status, said, service):
    client, _, _ = service
    answer = client.post("/predict", content=content, headers={"content-type": "application/json"})
    assert answer.status_code in np.atleast_1d(status)
    assert said in answer.text


@pytest.mark.parametrize("changes", [{"waited": 1e300}, {"when": "0001-01-01T00:00:00+14:00"}, {"id": 10**400}])
def test_what_fits_the_type_and_no_clock_is_no_fault_of_the_server(changes, service):
    client, _, frame = service
    answer = client.post("/predict", json={"rows": [to_body(frame.head(1))[0] | changes]})
    assert answer.status_code in (200, 422)


def test_rows_unlike_the_training_are_predicted_and_told_in_the_log(small, tmp_path):
    clf, new = fitted("numbers")
    with served(PriorShiftClassifier(clf).adapt(new), small, tmp_path) as client:
        row = {f"x{j}": 1e6 for j in range(4)}
        assert client.post("/predict", json={"rows": [row] * 30}).status_code == 200
    assert "DriftWarning" in (tmp_path / "log").read_text()


def test_the_requirements_are_those_of_the_package():
    project = tomllib.loads((EXAMPLE.parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    known = {*project["dependencies"], *project["optional-dependencies"]["serving"]}
    asked = [line for line in (EXAMPLE / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert set(asked) <= known
    assert {line.split(">=")[0] for line in asked} == {*TO_PREDICT, *TO_SERVE}


def test_the_image_copies_what_is_there_and_installs_the_package_without_its_dependencies():
    copies, commands = first_stage(DOCKERFILE.read_text(encoding="utf-8"))
    assert [source for source, _ in copies if not (DOCKERFILE.parents[3] / source).exists()] == []
    assert {"robust_mlp", "pyproject.toml"} <= {source for source, _ in copies}
    assert [command[-2:] for command in commands if command[-1] == "/src"] == [["--no-deps", "/src"]]
    assert "app.py /app/app.py" in DOCKERFILE.read_text(encoding="utf-8")
