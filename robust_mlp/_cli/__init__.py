"""What the command line is made of: one module a command, and what they share. Imports nothing by itself."""
