"""Normal-like angles."""
from __future__ import annotations

import math

from .. import _C
from .._grad_mode import no_grad
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all, lazy_property

__all__ = ["VonMises"]

# Abramowitz and Stegun 9.8.1 to 9.8.4: modified Bessel functions of orders 0 and 1, up to 3.75 and above.
_SMALL = (
    (1.0, 3.5156229, 3.0899424, 1.2067492, 0.2659732, 0.0360768, 0.0045813),
    (0.5, 0.87890594, 0.51498869, 0.15084934, 0.02658733, 0.00301532, 0.00032411),
)
_LARGE = (
    (0.39894228, 0.01328592, 0.00225319, -0.00157565, 0.00916281, -0.02057706, 0.02635537, -0.01647633, 0.00392377),
    (0.39894228, -0.03988024, -0.00362018, 0.00163801, -0.01031555, 0.02282967, -0.02895312, 0.01787654, -0.00420059),
)


def _polynomial(x, coefficients):
    total = coefficients[-1]
    for c in coefficients[-2::-1]:
        total = c + x * total
    return total


def _log_bessel(x, order):
    small = _polynomial((x / 3.75).square(), _SMALL[order])
    small = (x.abs() * small if order else small).log()
    large = x - 0.5 * x.log() + _polynomial(3.75 / x, _LARGE[order]).log()
    return _C.where(x < 3.75, small, large)


class VonMises(Distribution):
    """Density proportional to exp(concentration cos(x - loc)) on the circle."""

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False

    def __init__(self, loc, concentration, validate_args=None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, (), validate_args)

    @property
    def mean(self):
        """The circular mean."""
        return self.loc

    @property
    def mode(self):
        return self.loc

    @lazy_property
    def variance(self):
        """The circular variance."""
        return 1 - (_log_bessel(self.concentration, 1) - _log_bessel(self.concentration, 0)).exp()

    def log_prob(self, value):
        self._check_value(value)
        aligned = self.concentration * _C.cos(value - self.loc)
        return aligned - math.log(2 * math.pi) - _log_bessel(self.concentration, 0)

    @lazy_property
    def _proposal(self):
        """The parameter of the wrapped Cauchy distribution that encloses this one (Best and Fisher 1979)."""
        kappa = self.concentration.to(_C.float64)
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        return _C.where(kappa < 1e-5, 1 / kappa + kappa, (1 + rho**2) / (2 * rho))

    def sample(self, sample_shape=()):
        with no_grad():
            kappa, r, loc = self.concentration.to(_C.float64), self._proposal, self.loc.to(_C.float64)
            x = _C.zeros(self._extended_shape(sample_shape), dtype=_C.float64)
            done = _C.zeros(x.shape, dtype=_C.bool)
            while not bool(done.all()):
                # All are drawn again in each round; the last accepted draw counts.
                u1, u2, u3 = _C.rand((3,) + tuple(x.shape), dtype=_C.float64).unbind()
                z = _C.cos(math.pi * u1)
                f = (1 + r * z) / (r + z)
                c = kappa * (r - f)
                accept = (c * (2 - c) - u2 > 0) | ((c / u2).log() + 1 - c >= 0)
                x = _C.where(accept, (u3 - 0.5).sign() * f.acos(), x)
                done = done | accept
            return ((x + math.pi + loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)
