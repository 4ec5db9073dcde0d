"""How well the network predicts: `python -m benchmarks.accuracy`, and one ingredient after the other: `.ablation`."""
