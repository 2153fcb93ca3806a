"""Randomness without a state: bits and permutations that are functions of a seed, a label and a number.

What trial 7 draws for ``lr`` therefore depends neither on trial 6 nor on any other parameter, and is the same on
every platform: the bits are a hash's, the arithmetic is on whole numbers.
"""

from __future__ import annotations

from hashlib import blake2b

_BLOCK_BITS = 512
_ROUNDS = 6
"""Four make a permutation that can't be told from a random one if the bits can't (Luby and Rackoff 1988,
doi:10.1137/0217022); two more for domains of a few thousand, where that bound says little."""
_SHUFFLED_UP_TO = 1024
"""Below this a shuffled list is exact, cheap, and better than any cipher."""
_SPARE_BITS = 64


class Keyed:
    """Independent uniform bits for each (number, attempt) under one seed and label."""

    def __init__(self, seed: int, label: str) -> None:
        self._hash = blake2b(f"leadline {seed} {label}".encode())

    def bits(self, width: int, number: int, attempt: int = 0) -> int:
        """A whole number of ``width`` random bits. number, attempt: at least 0."""
        name = number.to_bytes((number.bit_length() + 7) // 8, "big")
        digest = b""
        for block in range(-(-width // _BLOCK_BITS)):
            hashed = self._hash.copy()
            hashed.update(attempt.to_bytes(4, "big") + block.to_bytes(4, "big") + name)
            digest += hashed.digest()
        return int.from_bytes(digest, "big") >> (len(digest) * 8 - width)

    def below(self, limit: int, number: int, attempt: int = 0) -> int:
        """A whole number from 0 to limit - 1, uniform to one part in 2^64."""
        width = limit.bit_length() + _SPARE_BITS
        return self.bits(width, number, attempt) * limit >> width


class Permutation:
    """A random order of the numbers 0 … size - 1, one at a time and without memory.

    A Feistel network over the smallest power of two that holds them; a result outside goes through again
    ("cycle walking", Black and Rogaway 2002, doi:10.1007/3-540-45760-7_9), at most once on average.
    """

    def __init__(self, size: int, seed: int, label: str) -> None:
        self.size = size
        self._keyed = Keyed(seed, label)
        self._width = max(size - 1, 1).bit_length()
        self._shuffled: list[int] | None = None

    def __call__(self, number: int) -> int:
        """The number at this place of the order. IndexError outside 0 … size - 1."""
        if not 0 <= number < self.size:
            raise IndexError(f"place {number} of {self.size}")
        if self.size <= _SHUFFLED_UP_TO:
            if self._shuffled is None:
                self._shuffled = self._shuffle()
            return self._shuffled[number]
        place = self._encipher(number)
        while place >= self.size:
            place = self._encipher(place)
        return place

    def _shuffle(self) -> list[int]:
        order = list(range(self.size))
        for last in range(self.size - 1, 0, -1):
            other = self._keyed.below(last + 1, last)
            order[last], order[other] = order[other], order[last]
        return order

    def _encipher(self, number: int) -> int:
        right_width = self._width // 2
        left_width = self._width - right_width
        left, right = number >> right_width, number & ((1 << right_width) - 1)
        for turn in range(_ROUNDS):
            left, right = right, left ^ self._keyed.bits(left_width, right, turn)
            left_width, right_width = right_width, left_width
        return left << right_width | right
