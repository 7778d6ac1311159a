"""What an explainer finds: results, ranking, conversion, storage."""
