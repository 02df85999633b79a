"""`gateway`, and `python -m gateway`: the command line, which is imported without a look for circles in between."""

from __future__ import annotations

import gc


def main() -> None:
    """Run the command line. A fifth of a command's start would go into looking through what lives to its end."""
    gc.disable()
    from gateway.cli.app import main as run

    run()


if __name__ == "__main__":
    main()
