"""Serves a model file over HTTP: rows in, probabilities out. Needs robust_mlp, fastapi and uvicorn, and no TensorFlow.

MODEL=model.rmlp uvicorn --factory app:create_app

POST /predict  {"rows": [{"age": 41, "town": "Bern", "seen": "2024-05-01"}]}: an object for each row, with a key for
each column, and null for a missing value. Columns of a table without names are called x0, x1, ... The answer has
classes, probabilities and labels. Rows that the model cannot take are refused with status 422; `detail` says which rows
and why."""

import datetime
import os
import warnings
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, HTTPException
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, StrictStr, create_model

from robust_mlp import DriftWarning, load_model

MOST_ROWS = 1_000  # of one request; so many are predicted in some ten milliseconds
MOST_BYTES = 4 * 2**20  # of one request, which is read into memory before its rows are counted
MOST_ERRORS = 20  # in one answer

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


def from_iso(value):
    """A date from its text in ISO 8601. A number is refused, also as a text: nobody knows its unit."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return datetime.datetime.fromisoformat(value)


Date = Annotated[datetime.datetime, BeforeValidator(from_iso)]
Level = StrictBool | StrictInt | Number  # whole numbers stay whole: floats do not tell those beyond 2^53 apart
# What JSON has for each kind of column, and how that is told.
TYPES = {
    "number": (Number | StrictBool, "a number"),
    "integer": (StrictInt, "a whole number"),
    "duration": (Number, "a number of seconds"),
    "date": (Date, "a date as text, such as '2024-05-01' or '2024-05-01T12:30:00'"),
}


def type_of(column):
    """(type, words) of the values of a column."""
    if column.kind != "category":
        return TYPES[column.kind]
    if column.levels and all(isinstance(level, (bool, int, float)) for level in column.levels):
        return Level, "a number"
    if all(isinstance(level, str) for level in column.levels):
        return StrictStr, "a text"
    return StrictStr | Level, "a text, a number or a truth value"


def rows_type(columns):
    """The type of a request's body: {"rows": [one object for each row]}."""
    fields = {
        # Any text can be the name of a column, but not of an attribute.
        f"column_{j}": (type_of(column)[0] | None, Field(alias=column.name))
        for j, column in enumerate(columns)
    }
    row = create_model("Row", __config__=ConfigDict(extra="forbid"), **fields)
    return create_model("Rows", rows=(Annotated[list[row], Field(min_length=1, max_length=MOST_ROWS)], ...))


def table_of(rows, columns):
    """Rows as the array that the classifier reads."""
    table = np.empty((len(rows), len(columns)), dtype=object)
    for j, column in enumerate(columns):
        # Levels that JSON has not, such as dates, come as their texts.
        other = {str(level): level for level in column.levels or () if not isinstance(level, (str, bool, int, float))}
        values = [getattr(row, f"column_{j}") for row in rows]
        if column.kind == "duration":
            values = [None if value is None else datetime.timedelta(seconds=value) for value in values]
        table[:, j] = [other.get(value, value) for value in values]
    return table


def details_of(errors, columns):
    """What is wrong with a body, one entry for each cell."""
    words = {column.name: type_of(column)[1] for column in columns}
    details = {}
    for error in errors:
        _, *place = error["loc"]
        if len(place) < 3:  # not a cell
            details.setdefault(tuple(place), {"message": error["msg"]} | ({"row": place[1]} if place[1:] else {}))
            continue
        row, name = place[1:3]
        message = {
            "missing": "The column is missing. Pass null if its value is not known.",
            "extra_forbidden": "The model has no such column.",
        }.get(error["type"]) or f"The column takes {words[name]}, or null."
        details.setdefault((row, name), {"row": row, "column": name, "message": message})
    return list(details.values())


class BodyLimit:
    """Ends a request whose body has too many bytes while it is being read."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        n_bytes = 0

        async def counted():
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > MOST_BYTES:
                raise HTTPException(413, f"The request has more than {MOST_BYTES:,} bytes. Send fewer rows at once.")
            return message

        await self.app(scope, counted if scope["type"] == "http" else receive, send)


class Answer(BaseModel):
    """What is predicted: columns of probabilities are in the order of the classes."""

    classes: list[Any]
    probabilities: list[list[float]]
    labels: list[Any]


def create_app(path=None):
    """The application.

    Parameters
    ----------
    path : str or path-like, default=None
        Of a model file; None: the environment variable MODEL.
    """
    clf = load_model(path or os.environ["MODEL"])
    columns = clf.input_columns_
    # Rows that are unlike those of the training are predicted, and told on standard error.
    warnings.filterwarnings("default", category=DriftWarning)
    # Rows come as an array, and the application has compared their names itself.
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    app = FastAPI(title="robust_mlp")
    app.add_middleware(BodyLimit)

    @app.exception_handler(RequestValidationError)
    async def refuse(request, error):
        return JSONResponse({"detail": details_of(error.errors(), columns)[:MOST_ERRORS]}, status_code=422)

    @app.get("/health")
    def health():
        return {"status": "ok"}

    @app.get("/model")
    def model():
        return {"classes": clf.classes_.tolist(), "columns": columns}

    @app.post("/predict")
    def predict(body: rows_type(columns)) -> Answer:  # no coroutine: each request is predicted on a thread
        try:
            table = table_of(body.rows, columns)
            probabilities, labels = clf.predict_proba(table), clf.predict(table)
        except (ValueError, TypeError, OverflowError) as error:
            raise HTTPException(422, str(error)) from error
        return Answer(
            classes=clf.classes_.tolist(), probabilities=probabilities.tolist(), labels=np.asarray(labels).tolist()
        )

    return app
