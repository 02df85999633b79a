"""cXML: envelopes, credentials and statuses; it knows documents as elements, and nothing of orders."""
