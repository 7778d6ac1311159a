"""Foreign models turned into our few kinds; one file per foreign library."""
