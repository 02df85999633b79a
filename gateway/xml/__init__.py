"""XML: the one door in and out. Nothing is fetched, no entity is expanded, and everything has a limit."""
