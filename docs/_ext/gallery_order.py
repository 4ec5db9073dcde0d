"""The order of the gallery: first what this package is for, then what a reader meets on the way to a model in use."""

ORDER = (
    "collapse_repaired",
    "own_network",
    "guard_in_keras",
    "no_signal",
    "report_page",
    "boosted_trees",
    "calibration",
    "imbalance_decisions",
    "prior_shift",
    "missing_and_categories",
    "explanations",
    "search",
    "grid_without_surprises",
    "large_table",
    "model_file_onnx",
)


class GalleryOrder:
    """Sort key of sphinx-gallery: the place of an example in `ORDER`; an example that is not there is an error.

    Parameters
    ----------
    src_dir : str
        The folder of the examples; not read.
    """

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __call__(self, filename):
        """The place of one example."""
        return ORDER.index(filename.removeprefix("plot_").removesuffix(".py"))
