"""A progress bar for a fit, drawn by tqdm on a terminal or in a notebook. Never trains anything."""

import sys
import time
import warnings
from typing import Any

# A shorter fit shows no bar: it would flash up and be gone.
SECONDS_BEFORE_BAR = 2.0
SECONDS_BETWEEN_DRAWS = 0.2


def bar_for(verbose, stream=None):
    """A TrainingBar if one is asked for and can be drawn.

    Parameters
    ----------
    verbose : int or bool
        1 asks for a bar; more asks for a line for each epoch.
    stream : text file, default=None
        None: standard error.

    Returns
    -------
    bar : TrainingBar or None
        None if lines are to be printed instead: tqdm is not installed, output goes to a file or a pipe, or there is no
        standard error, as in a service or a program with windows only.
    """
    stream = sys.stderr if stream is None else stream
    if int(verbose) != 1 or stream is None or getattr(stream, "closed", False):
        return None
    if "ipykernel" not in sys.modules and not stream.isatty():
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a notebook without ipywidgets gets the bar of a terminal
            from tqdm.auto import tqdm
    except ImportError:
        return None
    return TrainingBar(tqdm, stream)


class TrainingBar:
    """One bar for each attempt of a fit: epochs, the best loss, and the time left.

    Parameters
    ----------
    make : callable
        tqdm's class, or one like it.
    stream : text file
    """

    def __init__(self, make, stream):
        self._make, self._stream = make, stream
        self._bar: Any = None
        self._n_attempts = 0

    def begin(self, end):
        """Begin the bar of the next attempt.

        Parameters
        ----------
        end : ExpectedEnd
        """
        self.close()
        self._n_attempts += 1
        self._end = end
        self._began = time.monotonic()
        self._bar = self._make(
            total=self._end.at_first,
            desc="Training" if self._n_attempts == 1 else f"Training again ({self._n_attempts})",
            unit="epoch",
            file=self._stream,
            delay=SECONDS_BEFORE_BAR,
            mininterval=SECONDS_BETWEEN_DRAWS,
            dynamic_ncols=True,
        )

    def epoch(self, record):
        """Show one epoch.

        Parameters
        ----------
        record : EpochRecord
        """
        self._bar.total = self._end.after(record)
        (loss, epoch), kind = self._end.best, "loss" if record.validation_loss is None else "held-out loss"
        self._bar.set_postfix_str(f"best {kind} {loss:.4f} in epoch {epoch}", refresh=False)
        self._bar.update(record.epoch - self._bar.n)

    def say(self, text):
        """Print a line above the bar."""
        if self._bar is not None:
            self._bar.clear()
        print(text, flush=True)

    def close(self):
        """End the bar at what was trained, which is all that there is to train."""
        if self._bar is None:
            return
        self._bar.total = self._bar.n
        if time.monotonic() - self._began >= SECONDS_BEFORE_BAR:  # else it was never drawn, and refresh would draw it
            self._bar.refresh()
        self._bar.close()
        self._bar = None
