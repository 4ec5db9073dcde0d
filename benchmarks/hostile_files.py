"""Hostile model files, made from an honest one: damaged at random, or changed on purpose under a right hash."""

import copy
import hashlib
import io
import json
import pickle
import zipfile
import zlib

import numpy as np

from robust_mlp.persistence.file_format.archive import Archive, write_archive
from robust_mlp.persistence.file_format.arrays import npy_header

# Values that stand where another was.
VALUES = (
    None, True, -1, 0, 1, 2**31, 2**63, 10**30, -0.5, 1e308, "nan", "inf", "", "x" * 1000, "os.system", "\u0000",
    "../../etc/passwd", [], [[]], [1, "a", None], {}, {"type": "os.system"}, {"type": "tuple", "items": [1] * 50},
    {"type": "ndarray", "dtype": "O", "shape": [1], "items": []}, {"a": {"b": {"c": {"d": {"e": {}}}}}},
    ["network/weights/trainable/0.npy"],
)  # fmt: skip
BOMB_BYTES = 10**10


class Bomb:
    """Runs code when it is unpickled."""

    def __reduce__(self):
        import os

        return os.system, ("echo bomb > /tmp/robust_mlp_bomb",)


def hostile_files(honest, n_files, seed):
    """Yield (kind, bytes), kinds in turn.

    Parameters
    ----------
    honest : bytes
        Of a model file.
    n_files : int
    seed : int
    """
    rng = np.random.default_rng(seed)
    archive = Archive(io.BytesIO(honest))
    entries = {name: archive.read(name) for name in archive.names}
    makers = [(kind, make) for kind, make in KINDS.items()]
    for i in range(n_files):
        kind, make = makers[i % len(makers)]
        yield kind, make(rng, honest, dict(entries))


def packed(entries, version="0.1.0"):
    """Entries as an archive with a right hash."""
    file = io.BytesIO()
    write_archive(file, [(name, [data]) for name, data in entries.items()], version)
    return file.getvalue()


def rehashed(data):
    """Bytes of an archive with the right hash at their end."""
    return data[:-64] + hashlib.sha256(data[:-64]).hexdigest().encode()


def flips(rng, honest, entries):
    """Some bits are others."""
    data = bytearray(honest)
    for place in rng.integers(len(data), size=int(2 ** rng.uniform(0, 6))):
        data[place] ^= 1 << int(rng.integers(8))
    return bytes(data) if bytes(data) != honest else honest[:-1]


def cuts(rng, honest, entries):
    """The end, the beginning or a part is missing, or something was added."""
    first, second = sorted(rng.integers(1, len(honest), size=2).tolist())
    return [honest[:first], honest[first:], honest[:first] + honest[second + 1 :], honest + honest[:first]][
        rng.integers(4)
    ]


def flips_of_headers(rng, honest, entries):
    """Bits outside of the entries are others, under a right hash."""
    data = bytearray(honest)
    end = data.rfind(b"PK\x05\x06")
    start = int.from_bytes(data[end + 16 : end + 20], "little")
    data[int(rng.integers(start, end + 22))] ^= 1 << int(rng.integers(8))
    return rehashed(bytes(data))


def other_json(rng, honest, entries):
    """A value of model.json is another, is missing, or comes twice."""
    head = json.loads(entries["model.json"])
    for _ in range(int(rng.integers(1, 4))):
        _change(rng, head)
    return packed(entries | {"model.json": json.dumps(head).encode("ascii")})


def _change(rng, part):
    """Change something at a random depth of a list or an object."""
    keys = list(part) if isinstance(part, dict) else list(range(len(part)))
    if not keys:
        return
    key = keys[rng.integers(len(keys))]
    if isinstance(part[key], (dict, list)) and part[key] and rng.random() < 0.85:
        _change(rng, part[key])
    elif rng.random() < 0.25:
        del part[key]
    elif rng.random() < 0.2 and isinstance(part, list):
        part.append(copy.deepcopy(part[key]))
    elif rng.random() < 0.1 and isinstance(part, dict):
        part[f"{key}_"] = copy.deepcopy(part[key])
    else:
        part[key] = copy.deepcopy(VALUES[rng.integers(len(VALUES))])


def other_arrays(rng, honest, entries):
    """The numbers, the shape or the type of an array are others."""
    names = [name for name in entries if name.endswith(".npy")]
    name = names[rng.integers(len(names))]
    array = np.load(io.BytesIO(entries[name]))
    changes = (
        lambda: array[..., :-1] if array.ndim else np.zeros(3),
        lambda: np.concatenate([array.ravel(), array.ravel()]),
        lambda: array[np.newaxis],
        lambda: array.astype(np.float64) * np.nan,
        lambda: array * np.array(-(10**9), array.dtype),
        lambda: rng.permutation(array.ravel()).reshape(array.shape) + array.dtype.type(1),
        lambda: array.astype(np.int64 if array.dtype.kind == "f" else np.float64),
        lambda: np.empty((0, *array.shape[1:]), array.dtype),
        lambda: (
            np.full(array.shape, np.iinfo(np.int64).max) if array.dtype.kind == "i" else np.full(array.shape, np.inf)
        ),
    )
    with np.errstate(all="ignore"):
        changed = np.ascontiguousarray(changes[rng.integers(len(changes))]())
    with np.errstate(all="ignore"):
        data = npy_header(changed.dtype.str, False, changed.shape) + changed.tobytes()
    return packed(entries | {name: data})


def other_headers(rng, honest, entries):
    """The header of an array says something else than its bytes."""
    names = [name for name in entries if name.endswith(".npy")]
    name = names[rng.integers(len(names))]
    shapes = [(10**9,), (2**31, 2**31), (10**9, 10**9, 10**9), (0,), (), (1,) * 30, (-1,)]
    dtypes = ["<f8", "|O", "<U1000000000", "|V1000000", ">f4", "<M8[us]", "no", "<f8', 'x': exit(), '"]
    header = npy_header(dtypes[rng.integers(len(dtypes))], bool(rng.integers(2)), shapes[rng.integers(len(shapes))])
    return packed(entries | {name: header + entries[name][128:]})


def deep_json(rng, honest, entries):
    """Lists or objects in each other, or more of them than memory is for."""
    n = int(10 ** rng.uniform(2, 6))
    texts = (
        "[" * n,
        '{"a":' * n,
        "[" * n + "]" * n,
        "[" + "[]," * n + "[]]",
        "9" * n,
        '"' + "a" * n,
        "[" + "{}," * n + "{}]",
    )
    text = texts[rng.integers(len(texts))]
    head = entries["model.json"].decode("ascii")
    if rng.random() < 0.5:
        text = head.replace('"left_out": []', f'"left_out": {text}', 1)
    return packed(entries | {"model.json": text.encode("ascii")})


def bombs(rng, honest, entries):
    """Compressed zips that claim or unpack to 10 GB, and entries that share their bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", b"0" * 10 ** int(rng.integers(3, 7)))
        archive.comment = b"robust_mlp model, format 1, written by 0.1.0, sha256 " + b"0" * 64
    data = bytearray(file.getvalue())
    if rng.random() < 0.7:  # the directory and the header claim more
        for start, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
            at = data.find(start) + place
            data[at : at + 4] = (BOMB_BYTES % 2**32).to_bytes(4, "little")
    return rehashed(bytes(data))


def pickles(rng, honest, entries):
    """Pickles: the whole file, an entry, an array of objects, or compressed."""
    bomb = pickle.dumps(Bomb())
    objects = io.BytesIO()
    np.save(objects, np.array([Bomb()], dtype=object), allow_pickle=True)
    arrays = [name for name in entries if name.endswith(".npy")]
    choices = (
        lambda: bomb,
        lambda: zlib.compress(bomb),
        lambda: bomb + honest,
        lambda: honest[:-64] + bomb + honest[-64:],
        lambda: packed({"model.json": bomb}),
        lambda: packed(entries | {"model.pkl.npy": bomb}),
        lambda: packed(entries | {arrays[rng.integers(len(arrays))]: objects.getvalue()}),
        lambda: packed(entries | {arrays[rng.integers(len(arrays))]: bomb}),
    )
    return choices[rng.integers(len(choices))]()


def other_entries(rng, honest, entries):
    """Entries with foreign names, too many, too few, or in another order."""
    names = list(entries)
    chosen = names[rng.integers(1, len(names))]
    choices = (
        lambda: packed(entries | {"../../up.npy": b""}),
        lambda: packed(entries | {"/etc/passwd": b""}),
        lambda: packed(entries | {"more.npy": entries[chosen]}),
        lambda: packed({name: data for name, data in entries.items() if name != chosen}),
        lambda: packed(dict(reversed(entries.items()))),
        lambda: packed(entries | {f"a{i}.npy": b"" for i in range(12_000)} if rng.random() < 0.05 else {}),
        lambda: rehashed(packed(entries).replace(b"format 1,", b"format 8,")),
        lambda: packed(entries, version="9.9.9"),
        lambda: packed({chosen: entries[chosen]}),
    )
    try:
        return choices[rng.integers(len(choices))]()
    except ValueError:  # more entries than can be written
        return b""


KINDS = {
    make.__name__: make
    for make in (
        flips, cuts, flips_of_headers, other_json, other_arrays, other_headers, deep_json, bombs, pickles,
        other_entries,
    )
}  # fmt: skip
