"""From a user's table and labels to numbers: reading, encoding, labels, equal rows, splits. No Keras here."""
