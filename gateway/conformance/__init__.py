"""A buyer's connection checked: his system played in a rehearsal, and what of the assortment it would not take."""
