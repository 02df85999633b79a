"""`make demo`: every sample through the line, an ERP that is played, and buyers who punch out."""
