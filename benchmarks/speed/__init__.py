"""Speed, memory and latency, each as a ratio measured side by side in one run: `python -m benchmarks.speed`."""
