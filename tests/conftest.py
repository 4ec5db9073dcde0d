"""What every test runs under: no log lines from TensorFlow, no display for figures, and Ctrl-C as Python has it."""

import os
import signal

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

# A shell starts what runs in its background with Ctrl-C ignored, and Python leaves that as it is.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
