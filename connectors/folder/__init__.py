"""A folder as a connection: takes complete files once, writes files complete at first sight."""
