"""Workspaces in memory for tests."""

from __future__ import annotations

INBOX = b'kind = "folder"\npath = "inbox/acme"\n'
OUTBOX = b'kind = "folder"\npath = "outbox/acme"\n'

ACME = """\
name = "ACME Retail GmbH"
account = "10001"
[identifiers]
edifact = ["4012345000009:14"]
[us]
edifact = "4098765000010:14"
[[agreement]]
receive = "edifact ORDERS D.96A"
via = "inbox"
owes = { ORDRSP = "4h" }
[[agreement]]
send = "edifact ORDRSP D.96A"
via = "outbox"
expects = { CONTRL = "2h" }
"""


def workspace(partner: str = ACME, **files: bytes) -> dict[str, bytes]:
    """A workspace of one partner; further files by FOLDER_NAME, as channels_erp."""
    named = {f"{name.replace('_', '/', 1)}.toml": content for name, content in files.items()}
    return {
        "connections/inbox.toml": INBOX,
        "connections/outbox.toml": OUTBOX,
        "partners/acme.toml": partner.encode(),
        **named,
    }
