"""The gateway over HTTP: health, and the JSON API for shops, apps and ERPs."""
