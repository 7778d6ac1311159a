"""Rows in the containers people have, reference rows, and how raw and engineered columns relate."""
