"""What every part shares: plans, records, parameters, seeds, losses. Imports no other part of the package."""
