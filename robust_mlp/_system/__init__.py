"""The process around a fit: threads, forks, memory, and what differs between versions of scikit-learn."""
