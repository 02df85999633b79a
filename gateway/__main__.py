"""`python -m gateway` is the command line."""

from __future__ import annotations

from gateway.cli.app import main

main()
