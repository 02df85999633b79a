"""The workspace: settings, connections and partners as files, linted and loaded into values."""
