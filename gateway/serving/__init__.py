"""`gateway serve`: the parts of one node, each going round in a thread of its own on the version in force."""
