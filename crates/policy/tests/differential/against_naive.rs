//! Generated cases, put to the library and to the naive evaluator.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    case::Case,
    engine,
    generate::{self, has_list},
    naive,
    random::Random,
    shrink::shrink,
};

/// Cases in a run; the variable of this name asks for another number.
const CASES: usize = 20_000;
const CASES_VARIABLE: &str = "KEYSTEAD_POLICY_CASES";
/// How many disagreements are shown.
const SHOWN: usize = 5;

#[test]
fn generated_cases_are_decided_alike() {
    let count = std::env::var(CASES_VARIABLE).map_or(CASES, |count| count.parse().unwrap());
    let mut disagreements = 0;
    let mut shown = Vec::new();
    for seed in 0..count {
        let case = generate::case(&mut Random::new(seed as u64));
        if !differs(&case) {
            continue;
        }
        disagreements += 1;
        if shown.len() < SHOWN {
            let small = shrink(case, &differs);
            let (ours, theirs) = (engine::answer(&small), naive::decide(&small));
            shown.push(format!(
                "seed {seed}: ours {:?} {:?}, naive {theirs:?} {:?}\n{small:#?}",
                ours.verdict,
                ours.matched,
                naive::matched(&small)
            ));
        }
    }
    assert!(
        disagreements == 0,
        "{}\n{disagreements} of {count} differ",
        shown.join("\n\n")
    );
}

fn differs(case: &Case) -> bool {
    let answer = engine::answer(case);
    let mut matched = naive::matched(case);
    let mut ours = answer.matched;
    // The order is the library's own.
    matched.sort();
    ours.sort();
    answer.verdict != naive::decide(case) || ours != matched
}

/// The generator reaches every outcome by every type of policy, and every form of operator.
#[test]
fn generated_cases_cover_the_rules() {
    let mut verdicts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut operators = BTreeSet::new();
    let mut lists = 0;
    for seed in 0..CASES {
        let case = generate::case(&mut Random::new(seed as u64));
        let verdict = naive::decide(&case);
        *verdicts.entry((verdict.outcome, verdict.by)).or_default() += 1;
        generate::operators_of(&case, &mut operators);
        lists += usize::from(has_list(&case));
    }
    let types = [
        "identity",
        "boundary",
        "session",
        "resource",
        "trust",
        "serviceControl",
        "resourceControl",
    ];
    for by in types {
        for outcome in ["explicitDeny", "implicitDeny"] {
            let seen = verdicts.get(&(outcome, by)).copied().unwrap_or(0);
            assert!(seen >= 50, "{outcome} by {by} came {seen} times: {verdicts:?}");
        }
    }
    for by in ["identity", "resource", "trust"] {
        let seen = verdicts.get(&("allowed", by)).copied().unwrap_or(0);
        assert!(seen >= 100, "allowed by {by} came {seen} times: {verdicts:?}");
    }
    // 26 operators, with and without IfExists, with two prefixes and none; and Null.
    assert_eq!(operators.len(), 26 * 2 * 3 + 1, "{operators:?}");
    assert!(lists >= CASES / 2, "{lists}");
}
