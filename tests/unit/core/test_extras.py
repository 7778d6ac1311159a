import json.decoder
import sys

import pytest

from pellucid._core.errors import MissingExtraError
from pellucid._core.extras import require


def test_installed_module_is_returned():
    assert require("json.decoder", extra="plots", purpose="testing") is json.decoder


def test_missing_package_says_what_needs_it_and_what_to_install():
    with pytest.raises(MissingExtraError) as caught:
        require("no_such_package.part", extra="plots", purpose="drawing")

    assert str(caught.value) == "drawing needs no_such_package: pip install 'pellucid[plots]'"
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_package_that_lacks_something_itself_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import no_such_dependency\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="no_such_dependency") as caught:
        require("half_installed", extra="plots", purpose="drawing")

    assert not isinstance(caught.value, MissingExtraError)
    assert "half_installed" not in sys.modules
