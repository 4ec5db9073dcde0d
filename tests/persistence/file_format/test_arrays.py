"""Arrays go through the file with dtype, shape, order and bits, NumPy reads them, and nothing else passes."""

import io
from contextlib import ExitStack

import numpy as np
import pytest

from robust_mlp import ModelFileError
from robust_mlp.persistence.file_format.archive import Archive, write_archive
from robust_mlp.persistence.file_format.arrays import DTYPES, ArraysIn, ArraysOut, npy_header, read_npy_header

ARRAYS = {
    "matrix": np.arange(12, dtype=np.float32).reshape(3, 4),
    "fortran": np.asfortranarray(np.arange(24, dtype=np.float64).reshape(2, 3, 4)),
    "strided": np.arange(20, dtype=np.int64).reshape(4, 5)[::2, 1:3],
    "one": np.array(7, dtype=np.int64),
    "none": np.empty((0, 3), dtype=np.float32),
    "row": np.array([1, -2, 3], dtype=np.int32),
    "foreign_order": np.arange(3, dtype=">f8"),
    "special": np.array([np.nan, np.inf, -np.inf, -0.0, 5e-324]),
}


@pytest.fixture
def opened(tmp_path):
    """From entries to the ArraysIn of a file with them, open until the test ends."""
    with ExitStack() as files:

        def open_with(entries):
            with open(tmp_path / "a", "wb") as file:
                write_archive(file, [("model.json", [b"{}"]), *entries], "1")
            return ArraysIn(Archive(files.enter_context(open(tmp_path / "a", "rb"))))

        yield open_with


def entries_of(**arrays):
    out = ArraysOut()
    for name, array in arrays.items():
        out.add(name, array)
    return out.entries


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_come_back(name, opened):
    array = ARRAYS[name]
    found = opened(entries_of(**{name: array})).take(f"{name}.npy", DTYPES, array.ndim)
    assert found.dtype == array.dtype.newbyteorder("=") and found.shape == array.shape
    np.testing.assert_array_equal(found, array)
    assert np.signbit(found.ravel()).tolist() == np.signbit(array.ravel()).tolist() or found.dtype.kind == "i"
    assert found.flags.writeable
    is_fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    assert found.flags.f_contiguous if is_fortran else found.flags.c_contiguous


@pytest.mark.parametrize("name", ARRAYS)
def test_numpy_reads_an_entry(name):
    out = ArraysOut()
    out.add(name, ARRAYS[name])
    ((entry, parts),) = out.entries
    assert entry == f"{name}.npy"
    np.testing.assert_array_equal(np.load(io.BytesIO(b"".join(map(bytes, parts))), allow_pickle=False), ARRAYS[name])
    assert len(parts[0]) % 64 == 0


@pytest.mark.parametrize(
    "array", [np.array([None]), np.array(["a"]), np.array([1j]), np.ones(2, bool), np.ones(2, "f2")]
)
def test_other_dtypes_are_refused(array):
    with pytest.raises(ModelFileError, match="x has dtype"):
        ArraysOut().add("x", array)


def test_an_array_is_taken_once_and_what_is_left_is_known(opened):
    arrays = opened(entries_of(a=np.ones(2), b=np.ones(3)))
    assert arrays.left == ["a.npy", "b.npy"]
    arrays.take("a.npy", DTYPES, 1)
    assert arrays.left == ["b.npy"]
    for name in ("a.npy", "c.npy", "model.json"):
        with pytest.raises(ModelFileError, match=f"has no array '{name}'"):
            arrays.take(name, DTYPES, 1)


@pytest.mark.parametrize("dtypes, n_axes", [(("<f4",), 1), (("<f8",), 2)])
def test_an_array_of_another_kind_is_refused(dtypes, n_axes, opened):
    arrays = opened(entries_of(a=np.ones(2)))
    with pytest.raises(ModelFileError, match=r"the array 'a.npy' has dtype <f8 and shape \(2,\); expected"):
        arrays.take("a.npy", dtypes, n_axes)


def file_with(tmp_path, content):
    with open(tmp_path / "a", "wb") as file:
        write_archive(file, [("model.json", [b"{}"]), ("a.npy", [content])], "1")
    return ArraysIn(Archive(open(tmp_path / "a", "rb")))


@pytest.mark.parametrize("shape", [(3,), (1,), (10**9,), (10**9, 10**9), (2, 0)])
def test_a_shape_that_its_bytes_do_not_fill_is_refused_before_memory_is_taken(shape, opened):
    arrays = opened([("a.npy", [npy_header("<f8", False, shape) + bytes(16)])])
    with pytest.raises(ModelFileError, match=r"which takes [\d,]+ bytes; it has 16"):
        arrays.take("a.npy", DTYPES, None)


def numpys_own(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        npy_header("<f8", False, (2,))[:-1],
        npy_header("<f8", False, (2,)).replace(b"<f8", b">f8") + bytes(16),
        npy_header("<f8", False, (2,)).replace(b"<f8'", b"|O' ") + bytes(16),
        npy_header("<f8", False, (2,)).replace(b"(2,)", b"(+2)") + bytes(16),
        npy_header("<f8", False, (2,)).replace(b"\x01\x00", b"\x02\x00", 1) + bytes(16),
        npy_header("<f8", False, (2,)).replace(b"False", b"exit()", 1) + bytes(16),
        npy_header("<f8", False, (1,) * 9) + bytes(8),
        numpys_own(np.array([print], dtype=object), allow_pickle=True),
        numpys_own(np.zeros(2, dtype=[("a", "<f8")])),
    ],
)
def test_other_headers_are_refused_and_never_evaluated(content, opened):
    arrays = opened([("a.npy", [content])])
    with pytest.raises(ModelFileError, match=r"'a\.npy' does not begin as an array in NumPy's format 1\.0 does"):
        arrays.take("a.npy", DTYPES, None)


@pytest.mark.parametrize("shape", [(), (5,), (2, 3), (4, 1, 2)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_header_comes_back(shape, dtype):
    header = npy_header(dtype, True, shape)
    assert read_npy_header(header + b"more", "a.npy") == (dtype, True, shape, len(header))
