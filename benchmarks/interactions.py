"""Tables in which pairs of columns tell the classes, and no column does alone: is what they hold found?

    python -m benchmarks.interactions [--half choosing aside] [--seeds N] [--only NAME ...] [--report] [--out FILE]

Each table is fitted with the defaults and judged on fresh rows, beside the best that anybody could predict. So is the
same table with permuted labels, which hold nothing. Cases "aside" were written down with the others, before any was
fitted. A run that was interrupted goes on."""

import argparse
import sys
import warnings
from collections import Counter

import numpy as np
import pandas as pd
from scipy.special import softmax
from sklearn.metrics import log_loss

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.speed.common import claim

N_FRESH = 5_000
LEARNED, FOUND_NOTHING = ("HEALTHY", "REPAIRED"), ("NO_SIGNAL", "UNCHECKED")
# Claims. A table whose best prediction saves less than `CLEAR` of the prior's loss need not be found.
CLEAR, LEAST_SHARE_FOUND, MOST_WRONG, LEAST_SAVED = 0.05, 0.95, 0.01, 0.5


def _centred(law, shape, size):
    """Effects of two columns that have none alone: rows and columns sum to 0."""
    effects = law.normal(size=shape)
    effects -= effects.mean(axis=0)
    effects -= effects.mean(axis=1, keepdims=True)
    return size * effects / effects.std()


def _signs(law, n):
    """Plus and minus ones, as many of both."""
    return law.permutation(np.resize([1.0, -1.0], n))


def _named(values, prefix):
    return [f"{prefix} {value}" for value in values]


def hours_of_cities(law, rng, n):
    """An hour that means something else in each of thirty cities."""
    hour, city = rng.integers(0, 24, n), rng.integers(0, 30, n)
    frame = pd.DataFrame({"hour": hour, "city": _named(city, "city"), "noise": rng.normal(size=n)})
    return frame, _centred(law, (24, 30), 2.0)[hour, city]


def prices_of_users(law, rng, n):
    """A price that half of 150 users like, and half do not."""
    user, price = rng.integers(0, 150, n), rng.normal(size=n)
    frame = pd.DataFrame({"user": _named(user, "user"), "price": price, "age": rng.integers(18, 80, n)})
    return frame, 2.0 * _signs(law, 150)[user] * price


def two_categories(law, rng, n):
    """Three classes by the pair of two categories of 12 and 15 levels."""
    a, b = rng.integers(0, 12, n), rng.integers(0, 15, n)
    score = np.stack([_centred(law, (12, 15), 1.5)[a, b] for _ in range(3)], axis=1)
    return pd.DataFrame({"a": _named(a, "a"), "b": _named(b, "b")}), score


def doses_of_groups(law, rng, n):
    """A dose whose best value differs between twenty groups."""
    group, dose = rng.integers(0, 20, n), rng.uniform(size=n)
    best = law.permutation(np.linspace(0, 1, 20))[group]
    frame = pd.DataFrame({"group": _named(group, "group"), "dose": dose, "noise": rng.normal(size=n)})
    return frame, 2.5 * np.cos(2 * np.pi * (dose - best))


def fields_of_numbers(law, rng, n):
    """Two numbers, cut into six by six fields with an effect each."""
    X = rng.uniform(size=(n, 4))
    at = np.floor(6 * X).astype(int)
    return pd.DataFrame(X, columns=list("abcd")), _centred(law, (6, 6), 1.5)[at[:, 0], at[:, 1]]


def rare_buyers(law, rng, n):
    """One in ten buys: by the month of each product."""
    month, product = rng.integers(1, 13, n), rng.integers(0, 40, n)
    frame = pd.DataFrame({"month": month, "product": _named(product, "p")})
    return frame, _centred(law, (12, 40), 1.8)[month - 1, product]


def pairs_among_noise(law, rng, n):
    """One pair among sixteen categories of eight levels."""
    codes = rng.integers(0, 8, (n, 16))
    frame = pd.DataFrame({f"c{j}": _named(codes[:, j], "level") for j in range(16)})
    return frame, _centred(law, (8, 8), 1.5)[codes[:, 3], codes[:, 11]]


def gaps_and_levels(law, rng, n):
    """A gap that speaks for the class in half of 25 levels, and against it in the others."""
    level, is_gap = rng.integers(0, 25, n), rng.random(n) < 0.5
    frame = pd.DataFrame({"level": _named(level, "level"), "value": np.where(is_gap, np.nan, rng.normal(size=n))})
    return frame, 2.0 * _signs(law, 25)[level] * np.where(is_gap, 1, -1)


def days_of_shops(law, rng, n):
    """A weekday that means something else in each of sixty shops."""
    day, shop = rng.integers(0, 7, n), rng.integers(0, 60, n)
    return pd.DataFrame({"weekday": day, "shop": shop, "area": rng.lognormal(size=n)}), (
        _centred(law, (7, 60), 2.0)[day, shop]
    )


def slopes_of_patients(law, rng, n):
    """Four classes by a dose, in another order for each of 100 patients."""
    patient, dose = rng.integers(0, 100, n), rng.normal(size=n)
    slopes = law.permuted(np.tile([-1.5, -0.5, 0.5, 1.5], (100, 1)), axis=1)
    frame = pd.DataFrame({"patient": _named(patient, "p"), "dose": dose, "weight": rng.normal(70, 9, n)})
    return frame, 1.5 * slopes[patient] * dose[:, np.newaxis]


def equal_levels(law, rng, n):
    """Whether two categories of the same ten levels agree."""
    a, b = rng.integers(0, 10, n), rng.integers(0, 10, n)
    b = np.where(rng.random(n) < 0.45, a, b)
    frame = pd.DataFrame({"home": _named(a, "t"), "away": _named(b, "t"), "year": rng.integers(1990, 2020, n)})
    return frame, np.where(a == b, 1.8, -1.8)


def a_switch_among_noise(law, rng, n):
    """A category of thirty levels that a yes-or-no column turns around, among thirty numbers of noise."""
    level, switch = rng.integers(0, 30, n), rng.integers(0, 2, n)
    frame = pd.DataFrame(rng.normal(size=(n, 30)), columns=[f"x{j}" for j in range(30)])
    frame = frame.assign(level=_named(level, "level"), switch=switch == 1)
    return frame, 1.8 * _signs(law, 30)[level] * (2 * switch - 1)


def quarters(law, rng, n):
    """Two numbers with heavy tails: by the quarters in which they lie."""
    X = rng.standard_t(2, size=(n, 3))
    at = np.stack([np.searchsorted(np.quantile(x, [0.25, 0.5, 0.75]), x) for x in X.T], axis=1)
    return pd.DataFrame(X, columns=list("abc")), _centred(law, (4, 4), 1.5)[at[:, 0], at[:, 1]]


def rare_faults(law, rng, n):
    """One in twenty fails: by machine and material."""
    machine, material = rng.integers(0, 15, n), rng.integers(0, 20, n)
    frame = pd.DataFrame({"machine": machine + 100, "material": _named(material, "m"), "load": rng.normal(size=n)})
    return frame, _centred(law, (15, 20), 2.0)[machine, material]


def years_of_regions(law, rng, n):
    """A trend over thirty years that rises in some of forty regions, and falls in others."""
    year, region = rng.integers(1990, 2020, n), rng.integers(0, 40, n)
    frame = pd.DataFrame({"year": year, "region": _named(region, "r"), "income": rng.lognormal(size=n)})
    return frame, 2.0 * _signs(law, 40)[region] * (year - 2004.5) / 8.7


def numbered_pairs(law, rng, n):
    """Two numbers of levels in no order: 20 suppliers, 20 parts."""
    a, b = rng.integers(0, 20, n), rng.integers(0, 20, n)
    frame = pd.DataFrame({"supplier": a * 7 + 1000, "part": b * 13 + 5, "weight": rng.gamma(2, size=n)})
    return frame, _centred(law, (20, 20), 2.0)[a, b]


CHOOSING = (
    hours_of_cities,
    prices_of_users,
    two_categories,
    doses_of_groups,
    fields_of_numbers,
    rare_buyers,
    pairs_among_noise,
    gaps_and_levels,
)
ASIDE = (
    days_of_shops,
    slopes_of_patients,
    equal_levels,
    a_switch_among_noise,
    quarters,
    rare_faults,
    years_of_regions,
    numbered_pairs,
)
HALVES = {"choosing": CHOOSING, "aside": ASIDE}
ALL = {case.__name__: case for half in HALVES.values() for case in half}
# Log-odds of classes that are rare.
RARE = {"rare_buyers": -2.8, "rare_faults": -3.8}
# What the effects are multiplied by, and whether the labels are permuted.
VARIANTS = ((1.0, False), (0.6, False), (1.0, True))


def drawn(name, seed, n, stream, strength=1.0):
    """(X, y, best probabilities) of n rows."""
    number = list(ALL).index(name)
    law = np.random.default_rng([seed, number, 0])
    rng = np.random.default_rng([seed, number, stream])
    X, score = ALL[name](law, rng, n)
    if score.ndim == 1:
        score = np.column_stack([np.zeros(n), score + RARE.get(name, 0.0) / strength])
    P = softmax(strength * score, axis=1)
    y = (P.cumsum(axis=1) < rng.random(n)[:, np.newaxis]).sum(axis=1)
    return X, np.minimum(y, P.shape[1] - 1), P


def measured(case, seed, strength, is_noise):
    """One fit: a dict."""
    from robust_mlp import RobustMLPClassifier

    n_rows = int(np.random.default_rng([seed, list(ALL).index(case), 1]).choice([1500, 2500, 4000, 6000]))
    X, y, _ = drawn(case, seed, n_rows, 2, strength)
    fresh, labels, best = drawn(case, seed, N_FRESH, 3, strength)
    if is_noise:
        y = np.random.default_rng(seed).permutation(y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf = RobustMLPClassifier(random_state=seed).fit(X, y)
        P = clf.predict_proba(fresh)
    classes, shares = np.arange(best.shape[1]), np.bincount(y) / len(y)
    prior = log_loss(labels, np.tile(shares, (N_FRESH, 1)), labels=classes)
    report = clf.report_
    return {
        "n_rows": n_rows,
        "verdict": report.verdict.value,
        "causes": [finding.code for finding in report.findings],
        "trainings": len(report.attempts),
        "loss": log_loss(labels, P, labels=classes),
        "held_out_loss": report.comparison.loss,
        "prior_loss": prior,
        "best_loss": log_loss(labels, best, labels=classes),
        "seconds": report.seconds,
        "versions": versions(),
    }


def _print_lines(lines):
    for name in dict.fromkeys(line["case"] for line in lines):
        for strength, is_noise in VARIANTS:
            of_case = [x for x in lines if (x["case"], x["strength"], x["is_noise"]) == (name, strength, is_noise)]
            verdicts = Counter(line["verdict"] for line in of_case)
            if of_case:
                saved = [1 - line["loss"] / line["prior_loss"] for line in of_case]
                best = [1 - line["best_loss"] / line["prior_loss"] for line in of_case]
                told = ", ".join(f"{verdict} {n}" for verdict, n in sorted(verdicts.items()))
                what = "permuted" if is_noise else f"{strength}: saved {np.mean(saved):.3f} of {np.mean(best):.3f}"
                print(f"  {name:22} {what:30} {told}")


def claims(lines):
    """Print what the lines show. Returns whether every claim holds."""
    full = [line for line in lines if not line["is_noise"] and line["best_loss"] < (1 - CLEAR) * line["prior_loss"]]
    noise = [line for line in lines if line["is_noise"]]
    found = [line for line in full if line["verdict"] not in FOUND_NOTHING]
    holds = [
        claim(
            len(found) >= LEAST_SHARE_FOUND * len(full),
            f"{len(found)} of {len(full)} tables of pairs are not said to hold nothing (at least "
            f"{LEAST_SHARE_FOUND:.0%})",
        )
    ]
    learned = [line for line in full if line["verdict"] in LEARNED]
    if learned:
        shares = [(x["prior_loss"] - x["loss"]) / (x["prior_loss"] - x["best_loss"]) for x in learned]
        text = f"what is learned of what the pairs tell: {np.median(shares):.2f} in the median of {len(learned)}"
        holds.append(claim(float(np.median(shares)) >= LEAST_SAVED, f"{text} (at least {LEAST_SAVED})"))
    if noise:
        wrong = [line for line in noise if line["verdict"] in LEARNED]
        text = f"{len(wrong)} of {len(noise)} tables with permuted labels end in {' or '.join(LEARNED)}"
        holds.append(claim(len(wrong) <= MOST_WRONG * len(noise), f"{text} (at most {MOST_WRONG:.0%})"))
    return all(holds)


def main(arguments=None):
    """Fit what is missing; print each case and whether the claims hold."""
    parser = argparse.ArgumentParser(prog="interactions", description=__doc__.splitlines()[0])
    parser.add_argument("--half", nargs="+", default=list(HALVES), choices=HALVES)
    parser.add_argument("--only", nargs="+", choices=ALL, metavar="NAME")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--report", action="store_true", help="measure nothing")
    parser.add_argument("--out", default=RESULTS / "interactions.jsonl")
    options = parser.parse_args(arguments)
    lines = ResultLines(options.out, ("case", "seed", "strength", "is_noise"))
    names = options.only or [case.__name__ for half in options.half for case in HALVES[half]]
    for seed in range(options.seeds):
        for name in names:
            for strength, is_noise in VARIANTS:
                key = {"case": name, "seed": seed, "strength": strength, "is_noise": is_noise}
                if not options.report and lines.find(**key) is None:
                    lines.add(key | measured(**key))
    shown = [line for line in lines.lines if line["case"] in names and line["seed"] < options.seeds]
    _print_lines(shown)
    return 0 if claims(shown) else 1


if __name__ == "__main__":
    sys.exit(main())
