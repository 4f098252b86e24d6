use keystead_types::limits;

/// How much there is of policies to hold against texts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Patterns {
    bytes: u64,
    /// Each takes a value's place, however long.
    variables: u64,
}

impl Patterns {
    pub(super) fn of(document: &str) -> Self {
        // Either character of `${` may be written as an escape, which counts as a variable whatever it is.
        let variables = document.matches("${").count() + document.matches("\\u00").count();
        Self {
            bytes: document.len() as u64,
            variables: variables as u64,
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.variables += other.variables;
    }
}

/// What evaluating one action costs: the patterns, variables filled in, times the texts. For each resource these are the
/// resource itself and the values of condition keys.
pub(super) fn of_action<'t>(
    patterns: Patterns,
    resources: &[&str],
    values: impl Iterator<Item = &'t str>,
) -> u64 {
    /// What every request has: the time, a region, an account.
    const VALUES_BYTES_MIN: u64 = 64;

    let (mut all, mut longest) = (VALUES_BYTES_MIN, VALUES_BYTES_MIN);
    for value in values {
        let bytes = value.len() as u64;
        all += bytes;
        longest = longest.max(bytes);
    }
    let filled_in = patterns
        .bytes
        .saturating_add(patterns.variables.saturating_mul(longest));
    let texts: u64 = resources.iter().map(|resource| resource.len() as u64 + all).sum();
    filled_in.saturating_mul(texts)
}

/// How many actions one page can afford.
pub(super) fn actions_per_page(of_action: u64) -> usize {
    let actions = limits::SIMULATION_COST_MAX / of_action.max(1);
    usize::try_from(actions).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_count_as_texts_and_in_the_place_of_variables() {
        let long = "v".repeat(1000);
        let rows: [(&str, &[&str], &[&str], u64); 6] = [
            ("123456", &["*"], &[], 6 * (1 + 64)),
            ("123456", &["*", "1234"], &[], 6 * (1 + 64 + 4 + 64)),
            ("123456", &["*"], &["123", "45"], 6 * (1 + 64 + 5)),
            ("${a}", &["*"], &[], (4 + 64) * (1 + 64)),
            (
                "${a}${b}",
                &["*"],
                &[&long, "1"],
                (8 + 2 * 1000) * (1 + 64 + 1001),
            ),
            (
                r"\u0024{a}$\u007Bb}",
                &["*"],
                &[&long],
                (18 + 2 * 1000) * (1 + 64 + 1000),
            ),
        ];
        for (document, resources, values, expected) in rows {
            let cost = of_action(Patterns::of(document), resources, values.iter().copied());
            assert_eq!(cost, expected, "{document}");
        }
    }

    #[test]
    fn a_page_affords_what_the_limit_says() {
        assert_eq!(actions_per_page(limits::SIMULATION_COST_MAX + 1), 0);
        assert_eq!(actions_per_page(limits::SIMULATION_COST_MAX), 1);
        assert_eq!(actions_per_page(limits::SIMULATION_COST_MAX / 7), 7);
        assert!(actions_per_page(0) > 1_000_000);
    }
}
