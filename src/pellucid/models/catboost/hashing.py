"""The hash by which CatBoost knows a category.

A CatBoost model keeps no strings: its one-hot splits compare the lower 32 bits of CityHash64, in
the first published version of that function (G. Pike and J. Alakuijala, 2011).
"""

_BITS = 0xFFFFFFFFFFFFFFFF
_K0 = 0xC3A5C85C97CB3127
_K1 = 0xB492B66FBE98F273
_K2 = 0x9AE16A3B2F90404F
_K3 = 0xC949D7C7509E6557
_K_MUL = 0x9DDFEA08EB382D69


def category_hash(text: str) -> int:
    """Return the hash of a category, as the signed 32-bit integer that models store.

    Examples
    --------
    >>> category_hash("u"), category_hash("30")
    (1981898051, -2140459198)
    """
    low = _city_hash_64(text.encode()) & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def _city_hash_64(data: bytes) -> int:
    if len(data) <= 16:
        return _hash_up_to_16(data)
    if len(data) <= 32:
        return _hash_17_to_32(data)
    if len(data) <= 64:
        return _hash_33_to_64(data)
    return _hash_long(data)


def _word(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + 8], "little")


def _half(data: bytes, start: int) -> int:
    return int.from_bytes(data[start : start + 4], "little")


def _rotate(value: int, by: int) -> int:
    value &= _BITS
    return (value >> by) | ((value << (64 - by)) & _BITS)


def _shift_mix(value: int) -> int:
    value &= _BITS
    return value ^ (value >> 47)


def _pair(low: int, high: int) -> int:
    """Hash two words into one."""
    high &= _BITS
    first = _shift_mix((low ^ high) * _K_MUL)
    second = _shift_mix((high ^ first) * _K_MUL)
    return (second * _K_MUL) & _BITS


def _hash_up_to_16(data: bytes) -> int:
    n = len(data)
    if n > 8:
        first, last = _word(data, 0), _word(data, n - 8)
        return _pair(first, _rotate(last + n, n)) ^ last
    if n >= 4:
        return _pair(n + (_half(data, 0) << 3), _half(data, n - 4))
    if n > 0:
        y = data[0] + (data[n >> 1] << 8)
        z = n + (data[n - 1] << 2)
        return (_shift_mix((y * _K2) ^ (z * _K3)) * _K2) & _BITS
    return _K2


def _hash_17_to_32(data: bytes) -> int:
    n = len(data)
    a = _word(data, 0) * _K1
    b = _word(data, 8)
    c = _word(data, n - 8) * _K2
    d = _word(data, n - 16) * _K0
    return _pair(
        (_rotate(a - b, 43) + _rotate(c, 30) + d) & _BITS, a + _rotate(b ^ _K3, 20) - c + n
    )


def _hash_33_to_64(data: bytes) -> int:
    n = len(data)
    first = _half_of_33_to_64(
        _word(data, 0) + (n + _word(data, n - 16)) * _K0,
        _word(data, 24),
        _word(data, 8),
        _word(data, 16),
    )
    second = _half_of_33_to_64(
        _word(data, 16) + _word(data, n - 32),
        _word(data, n - 8),
        _word(data, n - 24),
        _word(data, n - 16),
    )
    mixed = _shift_mix((first[0] + second[1]) * _K2 + (second[0] + first[1]) * _K0)
    return (_shift_mix(mixed * _K0 + first[1]) * _K2) & _BITS


def _half_of_33_to_64(a: int, z: int, x: int, y: int) -> tuple[int, int]:
    b = _rotate(a + z, 52)
    c = _rotate(a, 37)
    a += x
    c += _rotate(a, 7)
    a += y
    return a + z, b + _rotate(a, 31) + c


def _hash_long(data: bytes) -> int:
    n = len(data)
    x = _word(data, 0)
    y = _word(data, n - 16) ^ _K1
    z = _word(data, n - 56) ^ _K0
    v = _weak_32(data, n - 64, n, y)
    w = _weak_32(data, n - 32, n * _K1, _K0)
    z += _shift_mix(v[1]) * _K1
    x = _rotate(z + x, 39) * _K1
    y = _rotate(y, 33) * _K1
    for start in range(0, (n - 1) // 64 * 64, 64):
        x = _rotate(x + y + v[0] + _word(data, start + 16), 37) * _K1
        y = _rotate(y + v[1] + _word(data, start + 48), 42) * _K1
        x = (x & _BITS) ^ w[1]
        y = (y & _BITS) ^ v[0]
        z = _rotate((z & _BITS) ^ w[0], 33)
        v = _weak_32(data, start, v[1] * _K1, x + w[0])
        w = _weak_32(data, start + 32, z + w[1], y)
        z, x = x, z
    return _pair((_pair(v[0], w[0]) + _shift_mix(y) * _K1 + z) & _BITS, _pair(v[1], w[1]) + x)


def _weak_32(data: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    """Hash 32 bytes and two seeds into two words."""
    w, x, y, z = (_word(data, start + 8 * i) for i in range(4))
    a += w
    b = _rotate(b + a + z, 21)
    c = a
    a += x + y
    b += _rotate(a, 44)
    return (a + z) & _BITS, (b + c) & _BITS
