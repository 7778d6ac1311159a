"""One file per package that people keep rows in; the file's name is its registration."""
