"""The parts of `robust_mlp.demo`: the networks of the questions, the scores, the progress bar."""
