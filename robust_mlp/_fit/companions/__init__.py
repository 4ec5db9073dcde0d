"""Extra ensemble members of other kinds, kept where they predict about as well as the others."""
