"""A progress bar on standard error: shows the present step and how long it has been running.

On a terminal, it redraws one line twice a second. Elsewhere, it prints one line per step."""

import sys
import threading
import time

WIDTH = 24
SECONDS_BETWEEN_DRAWS = 0.5


class Progress:
    """A context manager. Call it with the name of a step when the step begins.

    Parameters
    ----------
    n_steps : int
    stream : text file, default=None
        None: standard error.
    """

    def __init__(self, n_steps, stream=None):
        self.n_steps = n_steps
        self.stream = sys.stderr if stream is None else stream
        self.is_terminal = self.stream.isatty()
        self.n_begun = 0
        self.name = ""
        self.step_start = time.perf_counter()
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._drawer = threading.Thread(target=self._keep_drawing, daemon=True) if self.is_terminal else None

    def __enter__(self):
        if self._drawer is not None:
            self._drawer.start()
        return self

    def __exit__(self, *exception):
        self._is_over.set()
        if self._drawer is not None:
            self._drawer.join()
            self._write("\r\x1b[K")

    def __call__(self, name):
        """Begin the next step."""
        with self._lock:
            self.n_begun += 1
            self.name = name
            self.step_start = time.perf_counter()
        if self.is_terminal:
            self._draw()
        else:
            self._write(f"[{self.n_begun}/{self.n_steps}] {name}\n")

    def line(self):
        """The text of the progress line."""
        with self._lock:
            n_done = max(self.n_begun - 1, 0)
            filled = WIDTH * n_done // self.n_steps
            seconds = time.perf_counter() - self.step_start
            bar = "#" * filled + "." * (WIDTH - filled)
            return f"[{bar}] {n_done}/{self.n_steps}  {self.name}  {seconds:.0f} s"

    def _keep_drawing(self):
        while not self._is_over.wait(SECONDS_BETWEEN_DRAWS):
            self._draw()

    def _draw(self):
        if not self._is_over.is_set():
            self._write(f"\r\x1b[K{self.line()}")

    def _write(self, text):
        self.stream.write(text)
        self.stream.flush()
