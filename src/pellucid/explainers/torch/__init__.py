"""Attributions through networks of torch's operators."""
