"""JSON read into trees: texts with their places, numbers as they are written."""
