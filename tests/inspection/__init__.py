"""inspect_model: what each of its parts says, what it says of whole networks, and what it takes."""
