"""Colors can be told apart: from the background, in gray, and by people who see no red or green."""

from itertools import pairwise

import numpy as np
import pytest

from pellucid.plots.palette import DARK, LIGHT

# Viénot, Brettel and Mollon (1999), "Digital video colourmaps for checking the legibility of
# displays by dichromats", on linear RGB.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
    "deuteranopia": np.array(
        [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
    ),
}


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def palette(request):
    return request.param


def linear(color):
    channels = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(color):
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    white = xyz.sum(axis=1)
    x, y, z = np.cbrt(np.clip(xyz @ rgb / white, 0, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_text_can_be_read(palette):
    assert contrast(palette.ink, palette.paper) >= 7
    assert contrast(palette.muted, palette.paper) >= 4.5


def test_marks_stand_out(palette):
    for color in (palette.bar, palette.raises, palette.lowers, palette.neutral, *palette.ramp):
        assert contrast(color, palette.paper) >= 3, color


def test_ramp_gets_steadily_lighter(palette):
    steps = [luminance(color) for color in palette.ramp]
    assert all(low < high for low, high in pairwise(steps))


@pytest.mark.parametrize("kind", BLINDNESS)
def test_signs_and_ends_of_the_ramp_differ_for_everybody(palette, kind):
    pairs = [(palette.raises, palette.lowers), (palette.ramp[0], palette.ramp[-1])]
    for one, other in pairs:
        seen = [lab(np.clip(BLINDNESS[kind] @ linear(color), 0, 1)) for color in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 40


@pytest.mark.parametrize("kind", BLINDNESS)
def test_neighboring_classes_differ_for_everybody(palette, kind):
    for one, other in pairwise(palette.classes):
        seen = [lab(np.clip(BLINDNESS[kind] @ linear(color), 0, 1)) for color in (one, other)]
        assert np.linalg.norm(seen[0] - seen[1]) > 15
