"""What cannot be used is refused before any training, with what came, what fits and what to type."""
