"""The process of a fit: threads, forks, memory, and differences between versions of scikit-learn."""
