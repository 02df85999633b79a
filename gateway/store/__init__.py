"""The central store: engine, tables, repositories and migrations; SQLModel lives here and nowhere else."""
