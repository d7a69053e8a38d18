"""Erlang's formulas: lost calls (B), waiting calls (C), and waiting calls with abandonment (A).

All assume Poisson arrivals and exponential holding times. ``load`` is the traffic offered in erlang: calls a second
times seconds a call (ITU-T E.600, term 1.12).

* B and C: A. K. Erlang, "Løsning af nogle Problemer fra Sandsynlighedsregningen af Betydning for de automatiske
  Telefoncentraler", Elektroteknikeren 13, 1917.
* A (M/M/n+M): C. Palm, "Research on telephone traffic carried by full availability groups", Tele 1957; its use for
  call centres: O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call center with impatient customers", M&SOM 4,
  2002.
"""

from __future__ import annotations

import math
from typing import NamedTuple

_CONVERGED = 1e-15
"""A term of Palm's series smaller than this share of the sum so far changes no digit of a float any more."""
_BIG = 1e200
"""Where a sum is scaled down, long before a float ends at 1e308."""


class Waiting(NamedTuple):
    """Waiting times and abandonment of callers who ask for an operator.

    Attributes:
        waits: Share of callers who find no operator free.
        served_in_time: Share of all who are served within the limit.
        abandoned: Share of all whose patience ends before an operator is free.
        mean_wait_s: Of all callers, including those served at once and those who give up; seconds.
    """

    waits: float
    served_in_time: float
    abandoned: float
    mean_wait_s: float


def erlang_b(servers: int, load: float) -> float:
    """Return the share of calls lost when all servers are busy.

    By the recursion of the inverse, 1/B(n) = 1 + n/load · 1/B(n-1) with B(0) = 1: all its terms are positive, so
    nothing cancels, however many servers.
    """
    if load <= 0:
        return 0.0 if servers else 1.0
    inverse = 1.0
    for n in range(1, servers + 1):
        inverse = 1 + inverse * n / load
        if math.isinf(inverse):
            return 0.0
    return 1 / inverse


def erlang_c(servers: int, load: float) -> float:
    """Return the share of calls that wait when nobody gives up; 1 when the load is more than the servers can do.

    From B: C = n·B / (n - load·(1 - B)).
    """
    if load >= servers:
        return 1.0
    lost = erlang_b(servers, load)
    return servers * lost / (servers - load * (1 - lost))


def waiting_c(servers: int, load: float, *, handle_s: float, limit_s: float) -> Waiting:
    """Return waiting times when callers never give up, first come first served.

    Those who wait do so exponentially, with mean handle_s / (servers - load): P(W > t) = C·exp(-(n - load)·t/handle_s).
    """
    if load >= servers:
        return Waiting(waits=1.0, served_in_time=0.0, abandoned=0.0, mean_wait_s=math.inf)
    waits = erlang_c(servers, load)
    late = waits * math.exp(-(servers - load) * limit_s / handle_s)
    return Waiting(waits, 1 - late, 0.0, waits * handle_s / (servers - load))


def waiting_a(servers: int, load: float, *, handle_s: float, patience_s: float, limit_s: float) -> Waiting:
    """Return waiting times when callers hang up after a patience that is exponential with this mean.

    With arrivals λ, services μ and patience θ each second, E = 1/B(n-1), and Palm's series
    A(x, y) = 1 + Σ y^j / ((x+1)…(x+j)) at x = nμ/θ, y = λ/θ, the time V that one of endless patience would wait has

        P(V > 0) = ρA / (E + ρA),  ρ = λ/(nμ),  density λ·g(t) / (E + ρA),  g(t) = exp(λ/θ·(1 - e^(-θt)) - nμt).

    g' = (λ·e^(-θt) - nμ)·g turns the integral of those still there when served, λ·e^(-θt)·g(t), into
    g(T) - 1 + nμ·∫g, and ∫g from T on is g(T)/(nμ)·A(x, y·e^(-θT)); hence

        P(served within T) = (E + (A - 1) - g(T)·(A_T - 1)) / (E + ρA).

    T = ∞ gives those served at all, the rest gave up, and each wait ends a patience as often: E[W] = P(gives up)/θ.
    """
    if load <= 0:
        return Waiting(0.0, 1.0, 0.0, 0.0)
    free = erlang_b(servers - 1, load)  # 1/E
    rate, leave, clear = load / handle_s, 1 / patience_s, servers / handle_s
    x, y = clear / leave, rate / leave
    # All is divided by A: with far too much traffic A itself overflows.
    log_a = _log_palm(x, y)
    ease = math.exp(-math.log(free) - log_a) if free > 0 else math.inf
    if math.isinf(ease):
        return Waiting(0.0, 1.0, 0.0, 0.0)
    whole = ease + load / servers
    log_g = y * -math.expm1(-leave * limit_s) - clear * limit_s
    log_late = _log_palm(x, y * math.exp(-leave * limit_s))
    late = math.exp(log_g + log_late - log_a) - math.exp(log_g - log_a)
    served = ease - math.expm1(-log_a)
    abandoned = min(1.0, max(0.0, 1 - served / whole))
    in_time = min(1.0, max(0.0, (served - late) / whole))
    return Waiting(load / servers / whole, in_time, abandoned, abandoned * patience_s)


def _log_palm(x: float, y: float) -> float:
    """Return the logarithm of Palm's series A(x, y): only positive terms, summed until they no longer count."""
    term = total = 1.0
    scale = 0.0
    j = 0
    while term > total * _CONVERGED:
        j += 1
        term *= y / (x + j)
        total += term
        if total > _BIG:
            scale += math.log(total)
            term, total = term / total, 1.0
    return scale + math.log(total)
