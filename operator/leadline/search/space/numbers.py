"""Numbers as people wrote them, and the few functions a space needs, the same to the last bit everywhere.

The C library's exp, log and erf differ in their last digit from one platform to the next, and a search must not.
Used instead: rational arithmetic (CPython rounds int / int correctly), decimal's exp and ln (correctly rounded by
their specification), and plain IEEE 754 + - * / and sqrt, which the interpreter never fuses.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import sqrt

Number = int | float

VALUES = Context(prec=30, rounding=ROUND_HALF_EVEN)
"""For values: 13 digits more than a double holds, so that rounding twice does no harm."""

MASSES = Context(prec=50, rounding=ROUND_HALF_EVEN)
"""For probabilities counted in units of 2^-128, which need 39 digits."""

NORMAL_REACH = 8
"""A normal distribution is cut at 8 scales on either side: less than 1.3e-15 of it lies beyond."""

LN_SMALLEST, LN_GREATEST = -708, 709
"""Between these exponents e^x is a double with all its digits."""

_INVERSE_ROOT_TWO_PI = Decimal("0.39894228040143267793994605993438186847585863116493465766592583")


def exact(value: Number) -> Fraction:
    """The decimal number that was written: 0.1 is one tenth, not the double nearest to it."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def decimal_of(value: Fraction, context: Context = MASSES) -> Decimal:
    """The same number as a decimal, rounded to the context's precision."""
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def nearest_float(value: Fraction | Decimal) -> float:
    """The double nearest to an exact number."""
    if isinstance(value, Decimal):
        return float(value)
    return value.numerator / value.denominator


def round_half_up(value: Fraction) -> int:
    """The nearest whole number; halves go up."""
    return (value + Fraction(1, 2)).__floor__()


def round_half_down(value: Fraction) -> int:
    """The nearest whole number; halves go down."""
    return (value - Fraction(1, 2)).__ceil__()


def integer_root(value: int, degree: int) -> int | None:
    """The whole positive number whose ``degree``-th power is ``value``, or None where there is none."""
    low, high = 1, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high) // 2
        if middle**degree < value:
            low = middle + 1
        else:
            high = middle
    return low if low**degree == value else None


def normal_cdf(z: Decimal) -> Decimal:
    """Φ(z) to an absolute error below 1e-45, for |z| up to NORMAL_REACH (beyond it: 0 or 1).

    Marsaglia's series, Φ(z) = 1/2 + φ(z)·(z + z³/3 + z⁵/(3·5) + …): every term has the sign of z, so that no
    digits cancel. doi:10.18637/jss.v011.i04
    """
    if abs(z) >= NORMAL_REACH:
        return Decimal(0) if z < 0 else Decimal(1)
    square = MASSES.multiply(z, z)
    term = total = z
    divisor = 1
    while abs(term) > Decimal("1e-50"):
        divisor += 2
        term = MASSES.divide(MASSES.multiply(term, square), Decimal(divisor))
        total = MASSES.add(total, term)
    density = MASSES.multiply(MASSES.exp(MASSES.divide(square, Decimal(-2))), _INVERSE_ROOT_TWO_PI)
    return MASSES.add(Decimal("0.5"), MASSES.multiply(density, total))


def normal_quantile(u: float) -> float:
    """The z with Φ(z) = u, to about 1e-16 of itself, for 0 <= u <= 1; never beyond ±NORMAL_REACH.

    Wichura's PPND16: Algorithm AS 241, Applied Statistics 37 (1988), doi:10.2307/2347330.
    """
    q = u - 0.5
    if abs(q) <= 0.425:
        return q * _ratio(0.180625 - q * q, _CENTRE_OVER, _CENTRE_UNDER)
    tail = u if q < 0 else 1.0 - u
    if tail <= 0.0:
        z = float(NORMAL_REACH)
    else:
        r = sqrt(-float(VALUES.ln(Decimal(tail))))
        near = r <= 5.0
        z = (
            _ratio(r - 1.6, _SHOULDER_OVER, _SHOULDER_UNDER)
            if near
            else _ratio(r - 5.0, _TAIL_OVER, _TAIL_UNDER)
        )
        z = min(z, float(NORMAL_REACH))
    return -z if q < 0 else z


def _ratio(r: float, over: tuple[float, ...], under: tuple[float, ...]) -> float:
    numerator = denominator = 0.0
    for above, below in zip(over, under, strict=True):
        numerator = numerator * r + above
        denominator = denominator * r + below
    return numerator / denominator


# AS 241's coefficients, highest power first.
_CENTRE_OVER = (
    2.5090809287301226727e3,
    3.3430575583588128105e4,
    6.7265770927008700853e4,
    4.5921953931549871457e4,
    1.3731693765509461125e4,
    1.9715909503065514427e3,
    1.3314166789178437745e2,
    3.3871328727963666080e0,
)
_CENTRE_UNDER = (
    5.2264952788528545610e3,
    2.8729085735721942674e4,
    3.9307895800092710610e4,
    2.1213794301586595867e4,
    5.3941960214247511077e3,
    6.8718700749205790830e2,
    4.2313330701600911252e1,
    1.0,
)
_SHOULDER_OVER = (
    7.74545014278341407640e-4,
    2.27238449892691845833e-2,
    2.41780725177450611770e-1,
    1.27045825245236838258e0,
    3.64784832476320460504e0,
    5.76949722146069140550e0,
    4.63033784615654529590e0,
    1.42343711074968357734e0,
)
_SHOULDER_UNDER = (
    1.05075007164441684324e-9,
    5.47593808499534494600e-4,
    1.51986665636164571966e-2,
    1.48103976427480074590e-1,
    6.89767334985100004550e-1,
    1.67638483018380384940e0,
    2.05319162663775882187e0,
    1.0,
)
_TAIL_OVER = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    1.24266094738807843860e-3,
    2.65321895265761230930e-2,
    2.96560571828504891230e-1,
    1.78482653991729133580e0,
    5.46378491116411436990e0,
    6.65790464350110377720e0,
)
_TAIL_UNDER = (
    2.04426310338993978564e-15,
    1.42151175831644588870e-7,
    1.84631831751005468180e-5,
    7.86869131145613259100e-4,
    1.48753612908506148525e-2,
    1.36929880922735805310e-1,
    5.99832206555887937690e-1,
    1.0,
)
