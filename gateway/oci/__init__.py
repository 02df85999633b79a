"""OCI 4.0 and 5.0: form fields to values and back; it knows no carts and no prices."""
