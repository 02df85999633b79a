"""Search: articles of an account's assortment found by any of their numbers and by words."""
