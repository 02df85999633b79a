"""A connection's memory for tests: it lasts as long as the object does."""

from __future__ import annotations


class Notes:
    """The memory of one connection; hand the same object to a connection opened anew, as after a restart."""

    def __init__(self) -> None:
        self._notes: dict[str, str] = {}

    def recall(self, key: str) -> str | None:
        """What was remembered under the key; None where nothing was."""
        return self._notes.get(key)

    def recalled(self, prefix: str = "") -> dict[str, str]:
        """All that was remembered under keys that begin so."""
        return {key: value for key, value in sorted(self._notes.items()) if key.startswith(prefix)}

    def remember(self, key: str, value: str) -> None:
        """From now on this stands under the key."""
        self._notes[key] = value

    def forget(self, key: str) -> None:
        """Nothing stands under the key."""
        self._notes.pop(key, None)
