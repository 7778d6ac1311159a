import numpy as np
import pytest

from pellucid.kernels import lane_masks
from pellucid.kernels.compiled import kernel
from pellucid.kernels.lane_masks import ALL, WORD, either, read_masks, same_mask, write_masks

CODES = np.random.default_rng(0).choice(
    np.array([0, 1, 7, 2**15 - 1, 2**15, 65534, 65535], dtype=np.uint16), size=(2, 3, WORD)
)
WORDS = np.random.default_rng(1).integers(0, 2**32, size=3 * WORD, dtype=np.uint32)
LOW, HIGH, NEW = (np.uint32(bits) for bits in (0xFFFF0000, 0x0F0F0F0F, 0x00000010))


@kernel
def chosen(codes, start, highest, out):
    write_masks(out, WORD, either(codes, start, np.uint16(highest), LOW, HIGH))


@kernel
def combined(words, start, out):
    write_masks(out, 0, (read_masks(words, start) | same_mask(NEW)) & same_mask(LOW))


@pytest.mark.parametrize("highest", [0, 6, 2**15 - 1, 2**15, 65534, 65535])
@pytest.mark.parametrize("block", range(6))
def test_rows_with_low_codes_get_other_bits_than_rows_with_high_ones(highest, block):
    out = np.zeros(2 * WORD, dtype=np.uint32)
    chosen(CODES, block * WORD, highest, out)
    expected = [LOW if code <= highest else HIGH for code in CODES[block // 3, block % 3]]
    np.testing.assert_array_equal(out, [*[0] * WORD, *expected])


@pytest.mark.parametrize("start", [0, 1, 31, 2 * WORD])
def test_bits_are_combined_row_by_row(start):
    out = np.zeros(WORD, dtype=np.uint32)
    combined(WORDS, start, out)
    np.testing.assert_array_equal(out, (WORDS[start : start + WORD] | NEW) & LOW)


def test_plain_python_does_the_same():
    out, start, highest = np.zeros(2 * WORD, dtype=np.uint32), 4 * WORD, np.uint16(2**15)
    chosen(CODES, start, highest, out)
    plain = lane_masks._plain_either(CODES, start, highest, LOW, HIGH)
    np.testing.assert_array_equal(plain, out[WORD:])
    words = np.zeros(WORD + 2, dtype=np.uint32)
    lane_masks._plain_write(words, 1, lane_masks._plain_read(WORDS, 5))
    np.testing.assert_array_equal(words, [0, *WORDS[5 : 5 + WORD], 0])
    np.testing.assert_array_equal(lane_masks._plain_same(ALL), np.full(WORD, 2**32 - 1))
