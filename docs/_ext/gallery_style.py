"""How the figures of the gallery look, so that one colour means one thing on all pages."""

# The blue is that of the report. The first three differ in lightness, too, for readers who do not see the colours.
COLOURS = ("#1f83c4", "#d9822b", "#4a4e8f", "#3f9c6c", "#b5485d", "#8c8c8c")


def reset(gallery_conf, fname):
    """Set the style before each example; sphinx-gallery has put back matplotlib's own before.

    Parameters
    ----------
    gallery_conf : dict
        Settings of sphinx-gallery; not read.
    fname : str
        The example that runs next; not read.
    """
    import matplotlib

    matplotlib.rcParams.update(
        {
            "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
            "axes.spines.right": False,
            "axes.spines.top": False,
            "figure.constrained_layout.use": True,
            "figure.dpi": 100,
            "font.size": 10.5,
            "legend.frameon": False,
            "savefig.dpi": 100,
        }
    )
