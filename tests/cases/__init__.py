"""Real failures as executable cases: who had them, what they had, and what was wrong."""
