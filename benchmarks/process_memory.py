"""The memory of this process, as Linux tells it.

Not `resource.getrusage`, whose largest memory begins with that of the process that started this one."""

from pathlib import Path

STATUS = Path("/proc/self/status")


def resident_megabytes():
    """What this process holds now."""
    return _read("VmRSS")


def peak_megabytes():
    """The most that it has held, since its start or since `forget_peak`."""
    return _read("VmHWM")


def forget_peak():
    """Let `peak_megabytes` begin with what is held now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _read(name):
    (line,) = [line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) / 1024
