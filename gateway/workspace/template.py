"""What `gateway init DIR` writes: a workspace that passes `gateway check` and takes the first order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.errors import UsageError

_SETTINGS = """\
# Settings of this gateway; each can also be given as GATEWAY_NAME in the environment.
auto_publish = true        # changed files hold from the next command on, when `gateway check` passes
"""

_PARTNER = """\
# One trading partner. Copy this file, give it his name, and change what differs.
name    = "Example Retail"
account = "10001"                         # the root of his parties: `gateway import accounts`

[identifiers]
edifact = ["4012345000009:14"]            # his UNB interchange identification and qualifier

# What he sends ------------------------------------------------------------------------------------------
[[agreement]]
receive = "edifact ORDERS D.96A"
via     = "example_inbox"
owes    = { CONTRL = "15m", ORDRSP = "4h" }

[[agreement]]
receive = "edifact ORDERS D.01B"
via     = "example_inbox"
owes    = { CONTRL = "15m", ORDRSP = "4h" }

[[agreement]]
receive = "edifact ORDCHG D.96A"
via     = "example_inbox"
owes    = { CONTRL = "15m", ORDRSP = "4h" }

[[agreement]]
receive = "edifact ORDCHG D.01B"
via     = "example_inbox"
owes    = { CONTRL = "15m", ORDRSP = "4h" }

# What he gets -------------------------------------------------------------------------------------------
[[agreement]]
send    = "edifact CONTRL"
via     = "example_outbox"

[[agreement]]
send    = "edifact ORDRSP D.96A"
via     = "example_outbox"
expects = { CONTRL = "2h" }

[[agreement]]
send    = "edifact ORDRSP D.01B"
via     = "example_outbox"
expects = { CONTRL = "2h" }

# What you get out of it: each accepted order as JSON ----------------------------------------------------
[[agreement]]
send    = "json order"
via     = "example_outbox"
"""

FILES: dict[str, str] = {
    "gateway.toml": _SETTINGS,
    "partners/example.toml": _PARTNER,
    "connections/example_inbox.toml": 'kind = "folder"\npath = "inbox/example"\npoll = "10s"\n',
    "connections/example_outbox.toml": 'kind = "folder"\npath = "outbox/example"\n',
    ".gitignore": "# Data, not configuration.\nvar/\ninbox/\noutbox/\n",
}


def make_workspace(root: Path) -> list[Path]:
    """The files written; raises UsageError where the folder holds a workspace or cannot be written."""
    standing = [name for name in FILES if (root / name).exists() and name != ".gitignore"]
    if standing:
        raise UsageError(f"{root} is a workspace already: it has {', '.join(standing)}; name a new folder")
    try:
        return list(_written(root))
    except OSError as error:
        raise UsageError(f"{error.filename or root}: {error.strerror}; name a folder that can be written") from None


def _written(root: Path) -> Iterator[Path]:
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(text, "utf-8", newline="\n")
            yield file
    for folder in ("mappings", "schedules", "channels", "inbox/example", "outbox/example"):
        (root / folder).mkdir(parents=True, exist_ok=True)
