"""How the documentation is built: ``make docs``."""

import shutil
import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "pellucid"
author = "The pellucid developers"
copyright = "The pellucid developers, MIT license"
version = release = installed_version("pellucid")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "code_tables",
]
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

# Pages of the reference are written from the docstrings at every build; none is committed.
shutil.rmtree(Path(__file__).parent / "reference" / "generated", ignore_errors=True)
autosummary_generate = True
autosummary_generate_overwrite = True
autodoc_typehints = "none"  # numpydoc's sections say it in words, with shapes and units
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
python_display_short_literal_types = True

html_theme = "furo"
html_title = f"pellucid {release}"
html_static_path = ["_static"]
html_show_sourcelink = False
html_copy_source = False
