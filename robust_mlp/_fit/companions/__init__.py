"""Extra ensemble members of other kinds. A fit keeps them if they predict about as well as the others."""
