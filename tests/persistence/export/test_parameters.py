"""The parameters that all exports share."""

import pytest

from robust_mlp.persistence.export.parameters import check_export_parameters


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("missing_texts", [(), ("",), ["NA", "?"]])
def test_what_fits_passes(dtype, missing_texts):
    check_export_parameters(dtype, missing_texts)


@pytest.mark.parametrize("dtype", ["float16", None, float, 64])
def test_another_dtype_is_refused_with_those_that_fit(dtype):
    with pytest.raises(ValueError, match=r"is not one of 'float64', 'float32'\."):
        check_export_parameters(dtype, ())


@pytest.mark.parametrize("missing_texts", ["NA", (None,), ("", float("nan"))])
def test_what_is_no_sequence_of_texts_is_refused(missing_texts):
    with pytest.raises(ValueError, match=r"is no sequence of texts\. Pass for example \('', 'NA'\)\."):
        check_export_parameters("float64", missing_texts)
