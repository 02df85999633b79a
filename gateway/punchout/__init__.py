"""Punchout: what a buyer's user does in our catalogue, from the call of his system to the cart that goes back to it."""
