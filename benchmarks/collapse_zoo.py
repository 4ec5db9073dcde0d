"""Does the guard notice collapsed networks, name the cause, repair them, and leave healthy ones alone?

    python -m benchmarks.collapse_zoo [--quick] [--seeds 5] [--scenarios NAME ...] [--tables NAME ...] [--healthy]
                                      [--rivals NAME ...] [--parts zoo margins ordinary] [--out FILE]

Each scenario of `benchmarks.zoo.scenarios` on each of its tables and seeds: a healthy training, the ruined one without
the guard, and with it; `--rivals` adds what people do instead. `--healthy` fits ordinary settings to 24 tables instead,
for false alarms only. `--quick` takes one seed, one table a scenario and fewer rows, in under three minutes.

The part `margins` fits settings that hold a network back a little (`benchmarks.zoo.margins`), the part `ordinary`
healthy settings on tables that are not in the zoo (`benchmarks.zoo.ordinary`). Both include the newest fits
(`benchmarks.zoo.new_margins`, `new_ordinary`, `outsider`, `strong_settings`), which `--new-only` measures alone, and
`--new` names the halves of. Without options all parts are measured.

Resumable: what the files of results hold is not measured again. What counts as collapsed is decided by the test rows of
the unguarded training, never by the guard."""

import argparse
import sys
from dataclasses import replace

from benchmarks.lines import RESULTS, ResultLines, versions
from benchmarks.zoo.cases import make_case
from benchmarks.zoo.contenders import RIVALS, ours
from benchmarks.zoo.figures import figures, is_collapsed
from benchmarks.zoo.margins import combinations, margin_figures, margin_times, measure_margins
from benchmarks.zoo.new_margins import measure_new_margins
from benchmarks.zoo.new_ordinary import measure_new_ordinary
from benchmarks.zoo.ordinary import measure_ordinary, ordinary_figures
from benchmarks.zoo.outsider import HALVES as OUTSIDER_HALVES
from benchmarks.zoo.outsider import measure_outsider, outsider_figures
from benchmarks.zoo.scenarios import NAMES, SCENARIOS, Scenario
from benchmarks.zoo.strong_settings import HALVES as STRONG_HALVES
from benchmarks.zoo.strong_settings import measure_strong_settings, strong_figures

KEYS = ("scenario", "table", "seed", "contender")
# The parts and the files of their results.
PARTS = {
    "zoo": "collapse_zoo.jsonl",
    "margins": "collapse_zoo_margins.jsonl",
    "ordinary": "collapse_zoo_ordinary.jsonl",
}
QUICK_EPOCHS = 40
# Halves of the newest fits: what was looked at while thresholds were chosen, and what was not.
NEW_HALVES = ("new", "new, aside", *OUTSIDER_HALVES, *STRONG_HALVES)

# Settings in which nothing is wrong, and tables on which a network finds something: any alarm here is false.
HEALTHY_SETTINGS = {
    "defaults": {},
    "one network": {"n_members": 1, "hidden_layer_sizes": (64, 64), "activation": "relu", "dropout": 0.0},
    "tanh, standardized": {"n_members": 1, "activation": "tanh", "scale": "standard", "learning_rate": 1e-3},
    "half dropped": {"dropout": 0.5, "n_members": 4},
    "SGD": {"optimizer": "sgd", "learning_rate": 0.1, "n_members": 2},
    "no early stopping": {"early_stopping": False, "n_members": 1, "max_iter": 30},
    "balanced weights": {"class_weight": "balanced", "n_members": 2},
}
HEALTHY_TABLES = (
    "iris",
    "wine",
    "breast_cancer",
    "digits",
    "australian",
    "banana",
    "contraceptive",
    "german",
    "heart",
    "ionosphere",
    "mammographic",
    "phoneme",
    "saheart",
    "segment",
    "sonar",
    "spambase",
    "vehicle",
    "vowel",
    "ecoli1",
    "glass1",
    "page-blocks0",
    "pima",
    "yeast1",
    "winequality-red-4",
)


def measure(results, scenario, table, seed, rivals, is_quick):
    """Measure what is missing of one cell, and write it."""
    shared = {"max_iter": QUICK_EPOCHS} if is_quick else {}

    def line(contender, make):
        found = results.find(scenario=scenario.name, table=table, seed=seed, contender=contender)
        if found is None:
            found = {"scenario": scenario.name, "table": table, "seed": seed, "contender": contender} | make()
            results.add(found | {"versions": versions()})
        return found

    def case(**kwargs):
        return make_case(scenario, table, seed, is_quick=is_quick, **kwargs)

    ruined = replace(case(), parameters=shared | dict(scenario.parameters))
    cell = {"off": line("off", lambda: ours(ruined, "off")), "ours": line("ours", lambda: ours(ruined))}
    if scenario.has_signal and scenario.group != "M":
        healthy = replace(case(is_ruined=False), parameters=shared)
        cell["healthy"] = line("healthy", lambda: same_healthy(results, cell["off"]) or ours(healthy, "off"))
    else:
        cell["healthy"] = cell["off"]
    if is_collapsed(cell):
        for rival in rivals:
            line(rival, lambda rival=rival: RIVALS[rival](ruined, cell["ours"]["n_fits"]))


def same_healthy(results, cell):
    """The figures of a healthy training of this table and seed, which scenarios that spoil no table share, or None."""
    keys = {"table": cell["table"], "seed": cell["seed"], "contender": "healthy"}
    unspoilt = [name for name, scenario in NAMES.items() if scenario.spoil is None]
    if cell["scenario"] not in unspoilt:
        return None
    found = next((line for name in unspoilt if (line := results.find(scenario=name, **keys))), None)
    return found and {name: value for name, value in found.items() if name not in KEYS}


def healthy_scenarios():
    """The scenarios of `--healthy`: controls, one per setting."""
    return tuple(
        Scenario(f"healthy: {name}", "M", (), settings, None, HEALTHY_TABLES)
        for name, settings in HEALTHY_SETTINGS.items()
    )


def measure_zoo(results, options):
    """Measure what is missing of the scenarios, and return their figures."""
    scenarios = [s for s in SCENARIOS if options.scenarios is None or s.name in options.scenarios]
    if options.healthy:
        scenarios = list(healthy_scenarios())
    for scenario in scenarios:
        tables = [t for t in scenario.tables if options.tables is None or t in options.tables]
        for table in tables[:1] if options.quick else tables:
            for seed in range(1 if options.quick else options.seeds):
                print(f"{scenario.name} | {table} | {seed}", file=sys.stderr, flush=True)
                measure(results, scenario, table, seed, options.rivals, options.quick)
    return figures(results.lines, NAMES | {s.name: s for s in healthy_scenarios()})


def parts_of(options):
    """The parts to measure: all, or the zoo alone where an option is about its scenarios."""
    is_about_zoo = options.quick or options.healthy or options.scenarios is not None or bool(options.rivals)
    return options.parts or (["zoo"] if is_about_zoo else list(PARTS))


def main(arguments=None):
    """Measure what is missing, print the figures, and say whether every claim holds."""
    parser = argparse.ArgumentParser(prog="collapse_zoo", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--scenarios", nargs="*", default=None)
    parser.add_argument("--tables", nargs="*", default=None)
    parser.add_argument("--rivals", nargs="*", default=[], choices=list(RIVALS))
    parser.add_argument("--healthy", action="store_true")
    parser.add_argument("--parts", nargs="+", default=None, choices=list(PARTS))
    parser.add_argument("--margins", nargs="+", default=None, choices=sorted({part for part, *_ in combinations()}))
    parser.add_argument("--new", nargs="*", default=list(NEW_HALVES), choices=NEW_HALVES)
    parser.add_argument("--new-only", action="store_true", help="of margins and ordinary, only the newest fits")
    parser.add_argument("--out", default=None, help="of the results; needs a single part")
    options = parser.parse_args(arguments)
    parts, table = parts_of(options), []
    if options.out is not None and len(parts) > 1:
        parser.error(f"--out names one file for {len(parts)} parts. Pass --parts with one of {', '.join(PARTS)}.")
    for part in parts:
        name = "collapse_zoo_quick.jsonl" if options.quick else PARTS[part]
        results = ResultLines(options.out or RESULTS / name, KEYS)
        if part == "zoo":
            table += measure_zoo(results, options)
        elif part == "margins":
            if not options.new_only:
                measure_margins(results, options.margins or {part for part, *_ in combinations()}, options.tables)
            measure_new_margins(results, options.new)
            measure_outsider(results, options.new)
            measure_strong_settings(results, options.new)
            table += [*margin_figures(results.lines), *margin_times(results.lines), *outsider_figures(results.lines)]
            table += strong_figures(results.lines)
        else:
            if not options.new_only:
                measure_ordinary(results, options.tables)
            measure_new_ordinary(results, options.new)
            table += ordinary_figures(results.lines)
    for what, text, is_enough in table:
        print(f"{'PASS' if is_enough else 'FAIL'}  {what}: {text}")
    return 0 if all(is_enough for *_, is_enough in table) else 1


if __name__ == "__main__":
    sys.exit(main())
