"""What every floor stands on: errors, registry, extras, typing, randomness, engines, progress."""
