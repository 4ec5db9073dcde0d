"""What is measured of a fitted classifier: importance, groups, effects, pairs. Arrays and small records in and out."""
