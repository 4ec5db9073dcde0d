"""What simple models find in a table: whether there is anything to learn, and where."""
