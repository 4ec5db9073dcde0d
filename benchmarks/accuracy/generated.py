"""Generated tables of the kinds on which a network's representation matters: half for choosing, half for reporting.

    python -m benchmarks.accuracy.generated [--list]

Each kind draws its law (effects, places, borders) from the seed, and then its rows; tables of one kind differ in both.
The seeds of `SEEDS_FOR_CHOOSING` are for choosing, those of `SEEDS_FOR_REPORTING` for reporting."""

import sys

import numpy as np
import pandas as pd

from benchmarks.accuracy.drawn import without_rare_classes
from benchmarks.accuracy.mixed import as_table
from benchmarks.accuracy.structure import print_structure

SEEDS_FOR_CHOOSING = (0, 1)
SEEDS_FOR_REPORTING = (2, 3)


def many_levels(law, rng):
    """Two categories of 9,000 and 670 levels of unequal frequency that act together with a number."""
    n, sizes = 40_000, (9000, 670)
    first, second = (_unequal(law, rng, n, size) for size in sizes)
    effects = [law.normal(0, scale, size) for scale, size in zip((0.9, 0.9), sizes, strict=True)]
    slope = law.normal(0, 0.7, sizes[1])
    amount, month, weekday = rng.lognormal(3, 1, n), rng.integers(1, 13, n), rng.integers(0, 7, n)
    size = (np.log(amount) - 3) * slope[second]
    score = effects[0][first] + effects[1][second] + size + 0.4 * np.sin(month / 12 * 2 * np.pi) - 0.5
    frame = {"customer": _names("c", first), "product": _names("p", second), "amount": amount.round(2)}
    return pd.DataFrame(frame | {"month": month, "weekday": weekday, "noise": rng.normal(size=n)}), _drawn(rng, score)


def calendar(law, rng):
    """Categories of 16, 105 and 4,000 levels beside month, day and hour: 13 columns; an hour acts by the category."""
    n, sizes = 40_000, (16, 105, 4000)
    codes = [_unequal(law, rng, n, size) for size in sizes]
    month, day, hour = rng.integers(1, 13, n), rng.integers(1, 29, n), rng.integers(0, 24, n)
    distance, numbers = rng.gamma(2, 500, n).round(), rng.normal(size=(n, 6))
    score = law.normal(0, 0.6, (16, 24))[codes[0], hour] + law.normal(0, 0.4, (12, 28))[month - 1, day - 1]
    for scale, size, code in zip((0.3, 0.5, 0.7), sizes, codes, strict=True):
        score = score + law.normal(0, scale, size)[code]
    score = score + 0.3 * np.log(distance / 1000 + 0.1) + numbers @ law.normal(0, 0.15, 6) - 1
    frame = {"carrier": _names("c", codes[0]), "place": _names("p", codes[1]), "machine": _names("m", codes[2])}
    frame |= {"month": month, "day": day, "hour": hour, "distance": distance}
    return pd.DataFrame(frame | {f"number {i}": numbers[:, i] for i in range(6)}), _drawn(rng, score)


def places(law, rng):
    """Latitude and longitude, the region of each place (87 of them), and six more columns."""
    n, n_regions, n_spots = 20_000, 87, 150
    towns = law.uniform(0, 1, (n_regions, 2))
    at = np.clip(towns[rng.integers(0, n_regions, n)] + rng.normal(0, 0.05, (n, 2)), 0, 1)
    region = ((at[:, None] - towns) ** 2).sum(axis=2).argmin(axis=1)
    spots, heights = law.uniform(0, 1, (n_spots, 2)), law.normal(0, 2, n_spots)
    field = np.exp(-((at[:, None] - spots) ** 2).sum(axis=2) / (2 * 0.03**2)) @ heights
    age, price, rooms = rng.gamma(3, 10, n).round(), rng.lognormal(5, 0.8, n).round(1), rng.poisson(3, n)
    score = field + law.normal(0, 0.6, n_regions)[region] - 0.3 * np.log(price / 150) + 0.01 * (age - 30) - 0.5
    frame = {"latitude": 40 + 2 * at[:, 0], "longitude": -75 + 3 * at[:, 1], "region": _names("r", region)}
    frame |= {"age": age, "price": price, "rooms": rooms, "has_lift": rng.integers(0, 2, n)}
    return pd.DataFrame(frame | {"year": rng.integers(2000, 2020, n), "noise": rng.normal(size=n)}), _drawn(rng, score)


def persons(law, rng):
    """Twelve rows of each person, 44 numbers; some do not change from row to row and give the person away."""
    n_persons, n_rows = 1000, 12
    person = np.repeat(np.arange(n_persons), n_rows)
    fixed = rng.normal(size=(n_persons, 8)).round(3)
    state = 0.7 * rng.normal(size=(n_persons, 36))
    changing = (state[person] + rng.normal(size=(len(person), 36))).round(2)
    score = 2.0 * rng.normal(size=n_persons)[person] + fixed[person] @ law.normal(0, 0.3, 8)
    score = score + changing @ law.normal(0, 0.15, 36)
    order = rng.permutation(len(person))
    X = np.c_[fixed[person], changing][order]
    return pd.DataFrame(X, columns=[f"measure {i}" for i in range(44)]), _drawn(rng, score[order])


def fine_numbers(law, rng):
    """Three numbers of which narrow ranges tell the class, a year, and a category of 59 levels."""
    n, n_pieces = 20_000, 150
    numbers = np.c_[rng.uniform(0, 1, n), rng.gamma(2, 0.2, n), rng.beta(2, 5, n)].round(4)
    ranks = numbers.argsort(axis=0).argsort(axis=0) / n
    borders = np.sort(law.uniform(0, 1, (3, n_pieces)), axis=1)
    heights = law.normal(0, 1.1, (3, n_pieces + 1))
    score = sum(heights[i][np.searchsorted(borders[i], ranks[:, i])] for i in range(3))
    level, year = _unequal(law, rng, n, 59), rng.integers(1980, 2015, n)
    score = score + law.normal(0, 0.5, 59)[level] + 0.02 * (year - 1997)
    frame = {f"number {i}": numbers[:, i] for i in range(3)}
    return pd.DataFrame(frame | {"year": year, "category": _names("c", level)}), _drawn(rng, score)


def heavy_counts(law, rng):
    """Fourteen counts with heavy tails, many of them zero; the label follows their logarithms."""
    n, n_columns = 4000, 14
    common = rng.normal(size=(n, 3))
    rates = np.exp(common @ law.normal(0, 0.7, (3, n_columns)) + law.normal(0, 1.2, n_columns))
    counts = rng.poisson(np.minimum(rates * rng.gamma(0.5, 2, (n, n_columns)), 1e6))
    logs = np.log1p(counts)
    score = (logs - logs.mean(axis=0)) @ law.normal(0, 0.9, n_columns) - 1.5 * (counts[:, 0] == 0) - 1
    return pd.DataFrame(counts, columns=[f"count {i}" for i in range(n_columns)]), _drawn(rng, score)


def money(law, rng):
    """Few rows of skewed amounts, zero for many; ratios of two amounts tell the class."""
    n = 700
    income, debt, savings = rng.lognormal(10, 1, n), rng.lognormal(8, 1.8, n), rng.lognormal(7, 2.2, n)
    debt, savings = debt * (rng.random(n) < 0.7), savings * (rng.random(n) < 0.6)
    others = rng.lognormal(6, 1.5, (n, 6)) * (rng.random((n, 6)) < 0.8)
    weights = law.uniform(0.6, 1.4, 3)
    score = weights[0] * np.log((debt + 100) / income) - weights[1] * np.log1p(savings) / 3 - weights[2] * (debt == 0)
    score = score + np.log1p(others) @ law.normal(0, 0.12, 6)
    frame = {"income": income.round(2), "debt": debt.round(2), "savings": savings.round(2)}
    frame |= {f"amount {i}": others[:, i].round(2) for i in range(6)}
    return pd.DataFrame(frame | {"job": _names("j", rng.integers(0, 5, n))}), _drawn(rng, score - np.median(score) - 1)


def yes_or_no(law, rng):
    """Sixty answers, yes or no, some of which act in pairs; a class of about 8 %."""
    n, n_columns = 5000, 60
    answers = (rng.normal(size=(n, n_columns)) + 0.7 * rng.normal(size=(n, 1)) > law.normal(0.3, 0.7, n_columns)) * 1
    score = answers @ (law.normal(0, 0.7, n_columns) * (law.random(n_columns) < 0.4))
    for _ in range(8):
        first, second = law.choice(n_columns, 2, replace=False)
        score = score + law.normal(0, 1.2) * answers[:, first] * answers[:, second]
    score = 2 * (score - np.quantile(score, 0.92)) - 0.6
    return pd.DataFrame(answers, columns=[f"question {i}" for i in range(n_columns)]), _drawn(rng, score)


def rare_positives(law, rng):
    """About 2 % positives among nine categories of 2 to 40 levels and two numbers."""
    n, sizes = 7500, (2, 3, 4, 6, 8, 12, 18, 27, 40)
    codes = [_unequal(law, rng, n, size) for size in sizes]
    score = sum(law.normal(0, 0.6, size)[code] for size, code in zip(sizes, codes, strict=True))
    score = score + law.normal(0, 1.0, (6, 12))[codes[3], codes[5]]
    amount, age = rng.lognormal(4, 1.2, n).round(2), rng.integers(18, 80, n)
    score = score + 0.4 * np.log(amount) + 0.02 * age
    score = score - np.quantile(score, 0.97)
    frame = {f"category {i}": _names("l", code) for i, code in enumerate(codes)}
    return pd.DataFrame(frame | {"amount": amount, "age": age}), _drawn(rng, 1.5 * score - 1.7)


def classes_in_space(law, rng):
    """Twenty-eight classes that lie in a plane, behind 73 columns of numbers, yes-or-no and categories."""
    n, n_classes = 5000, 28
    centres = law.uniform(0, 10, (3 * n_classes, 2))
    at = centres[rng.integers(0, len(centres), n)] + rng.normal(0, 0.45, (n, 2))
    nearest = ((at[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    y = nearest % n_classes
    soil = _unequal(law, rng, n, 12)
    mixed = np.where(rng.random(n) < 0.6, law.integers(0, 12, n_classes)[y], soil)
    numbers = rng.normal(size=(n, 30)) + 0.5 * at @ law.normal(0, 0.3, (2, 30))
    answers = (rng.random((n, 35)) < law.uniform(0.05, 0.5, (n_classes, 35))[y] ** 1.5) * 1
    frame = {"x": at[:, 0].round(3), "y": at[:, 1].round(3), "soil": _names("s", mixed)}
    frame |= {f"number {i}": numbers[:, i].round(3) for i in range(30)} | {f"is {i}": answers[:, i] for i in range(35)}
    frame |= {f"kind {i}": _names("k", rng.integers(0, 4 + 3 * i, n)) for i in range(5)}
    return pd.DataFrame(frame), y


def rare_columns(law, rng):
    """1,500 columns, most of them 0 but for one row of a thousand, and three categories of 20 to 150 levels."""
    n, n_rare, n_usual = 4000, 1460, 37
    rare = (rng.random((n, n_rare)) < law.gamma(1.5, 0.0007, n_rare)) * 1
    usual = (rng.random((n, n_usual)) < law.uniform(0.02, 0.4, n_usual)) * 1
    codes = [_unequal(law, rng, n, size) for size in (20, 60, 150)]
    score = rare @ law.normal(0, 2.5, n_rare) + usual @ law.normal(0, 1.0, n_usual)
    score = score + sum(law.normal(0, 1.2, size)[code] for size, code in zip((20, 60, 150), codes, strict=True))
    frame = {f"category {i}": _names("l", code) for i, code in enumerate(codes)}
    frame |= {f"usual {i}": usual[:, i] for i in range(n_usual)} | {f"rare {i}": rare[:, i] for i in range(n_rare)}
    return pd.DataFrame(frame), _drawn(rng, 1.2 * (score - np.median(score)) - 0.7)


def tracks(law, rng):
    """Positions of 450 storms, every six hours: year, month, day, hour, place and pressure; six stages of a storm.

    Rows of one storm follow each other, and nothing but place and time tells which storm it is."""
    n_storms = 450
    years = (1975 + 45 * law.random(n_storms) ** 0.7).astype(int)
    days, peaks, is_wave = law.normal(245, 30, n_storms), law.gamma(2.5, 14, n_storms), law.random(n_storms) < 0.15
    return _in_one_table([_track(rng, *storm) for storm in zip(years, days, peaks, is_wave, strict=True)])


def _track(rng, year, day, peak, is_wave):
    """(frame, labels) of one storm."""
    n = int(rng.integers(8, 60))
    t = np.arange(n) / 4
    latitude = 12 + 8 * rng.random() + np.cumsum(rng.normal(0.35, 0.25, n))
    longitude = -40 - 50 * rng.random() + np.cumsum(rng.normal(-0.5, 0.5, n))
    wind = 20 + peak * np.exp(-(((t - n / 8) / (n / 12 + 0.5)) ** 2)) + rng.normal(0, 2, n)
    date = pd.Timestamp(year, 1, 1) + pd.to_timedelta(day + t, unit="D")
    is_warm = (latitude < 30 + rng.normal(0, 4)) & (wind > 18)
    cold = np.where(wind < 34, "wave" if is_wave else "low", "extratropical")
    stage = np.where(is_warm, np.array(["depression", "storm", "hurricane"])[np.digitize(wind, [34, 64])], cold)
    frame = {"year": year, "month": date.month, "day": date.day, "hour": date.hour // 6 * 6}
    frame |= {"latitude": latitude.round(1), "longitude": longitude.round(1)}
    return pd.DataFrame(frame | {"pressure": (1010 - 0.75 * wind + rng.normal(0, 3, n)).round()}), stage


def _in_one_table(parts):
    frames, labels = zip(*parts, strict=True)
    return pd.concat(frames, ignore_index=True), np.concatenate(labels)


def districts(law, rng):
    """Places in 150 districts of a city, the hour and one of 60 kinds: four classes, at night with other shares."""
    n, n_districts = 30_000, 150
    centers, shares = law.normal(size=(n_districts, 2)), law.dirichlet(np.full(n_districts, 0.7))
    by_day, by_night = law.normal(0, 1, (n_districts, 4)), law.normal(0, 0.6, (n_districts, 4))
    of_kind = law.normal(0, 0.8, (60, 4))
    district, hour, kind = rng.choice(n_districts, n, p=shares), rng.integers(0, 24, n), rng.integers(0, 60, n)
    at = centers[district] + rng.normal(0, 0.08, (n, 2))
    is_night = ((hour > 20) | (hour < 6))[:, None]
    scores = by_day[district] + by_night[district] * is_night + of_kind[kind] + np.array([1, 0, -0.5, -1])
    frame = {"latitude": (40.7 + 0.1 * at[:, 0]).round(5), "longitude": (-74 + 0.13 * at[:, 1]).round(5)}
    frame |= {"hour": hour, "kind": _names("k", kind), "noise": rng.normal(size=n)}
    return pd.DataFrame(frame), (scores + rng.gumbel(size=scores.shape)).argmax(axis=1)


KINDS = {
    kind.__name__: kind
    for kind in (
        money,
        heavy_counts,
        yes_or_no,
        rare_positives,
        classes_in_space,
        persons,
        places,
        fine_numbers,
        many_levels,
        calendar,
        rare_columns,
        tracks,
        districts,
    )
}
CHOOSING = tuple(f"{kind}-{seed}" for kind in KINDS for seed in SEEDS_FOR_CHOOSING)
REPORTING = tuple(f"{kind}-{seed}" for kind in KINDS for seed in SEEDS_FOR_REPORTING)


def load_generated(name):
    """A table by its name in `CHOOSING` or `REPORTING`, a kind and a seed as "places-0": Table."""
    kind, _, seed = name.rpartition("-")
    if kind not in KINDS or not seed.isdigit():
        raise ValueError(f"There is no generated table {name!r}. Pass one of: {', '.join([*CHOOSING, *REPORTING])}.")
    law, rng = (np.random.default_rng([int(seed), list(KINDS).index(kind), stream]) for stream in (0, 1))
    frame, y = KINDS[kind](law, rng)
    return without_rare_classes(as_table(name, frame.assign(label=y), "label"))


def _unequal(law, rng, n_rows, n_levels):
    """Codes of levels of which few are frequent."""
    shares = law.permutation(1 / np.arange(2, n_levels + 2) ** 0.8)
    return rng.choice(n_levels, n_rows, p=shares / shares.sum())


def _names(prefix, codes):
    """Codes as texts."""
    return np.char.add(prefix, codes.astype(str)).astype(object)


def _drawn(rng, score):
    """Labels 0 and 1 with these log-odds."""
    return (rng.random(len(score)) < 1 / (1 + np.exp(-score))).astype(int)


def main():
    """Print the tables."""
    print_structure("choosing", map(load_generated, CHOOSING))
    print_structure("reporting", map(load_generated, REPORTING))
    return 0


if __name__ == "__main__":
    sys.exit(main())
