"""One script per claim; each prints its figures and says PASS or FAIL. Never imported by the package."""
