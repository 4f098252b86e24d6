//! The one table that a run prints.

use std::fmt;

use crate::stats::Spread;

/// What a figure should come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

/// One line of the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    measurement: String,
    ours: String,
    floor: String,
    ratio: String,
    goal: String,
    met: &'static str,
}

/// All lines, and what must be known to read them.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Goal {
    fn is_met(self, figure: f64) -> bool {
        match self {
            Self::AtMost(bound) => figure <= bound,
            Self::AtLeast(bound) => figure >= bound,
        }
    }
}

impl Row {
    /// A line that says only what was measured.
    pub(crate) fn new(measurement: impl Into<String>, ours: impl fmt::Display) -> Self {
        Self {
            measurement: measurement.into(),
            ours: ours.to_string(),
            ..Self::default()
        }
    }

    /// Adds what it is held against.
    pub(crate) fn floor(mut self, floor: impl fmt::Display) -> Self {
        self.floor = floor.to_string();
        self
    }

    /// Adds the ratio, and the goal for its median.
    pub(crate) fn ratio(mut self, ratio: Spread, goal: Option<Goal>) -> Self {
        self.ratio = ratio.show(1.0, 2).to_string();
        match goal {
            Some(goal) => self.goal(goal, ratio.median, ""),
            None => self,
        }
    }

    /// Adds a goal for a `figure` in some `unit`.
    pub(crate) fn goal(mut self, goal: Goal, figure: f64, unit: &str) -> Self {
        self.goal = match goal {
            Goal::AtMost(bound) => format!("<= {bound}{unit}"),
            Goal::AtLeast(bound) => format!(">= {bound}{unit}"),
        };
        self.met = if goal.is_met(figure) { "yes" } else { "NO" };
        self
    }
}

impl Table {
    pub(crate) fn push(&mut self, row: Row) {
        eprintln!("  {} | {} | {}", row.measurement, row.ours, row.ratio);
        self.rows.push(row);
    }

    /// Adds a line below the table, once.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

impl fmt::Display for Table {
    /// Markdown, padded so that it also reads well in a terminal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["measurement", "ours", "floor", "ratio", "goal", "met"].map(str::to_owned);
        let mut lines = vec![head];
        lines.extend(self.rows.iter().map(Row::cells));
        let widths: [usize; 6] = std::array::from_fn(|column| {
            lines
                .iter()
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or(0)
        });
        for (number, line) in lines.iter().enumerate() {
            for (cell, width) in line.iter().zip(widths) {
                write!(f, "| {cell:width$} ")?;
            }
            writeln!(f, "|")?;
            if number == 0 {
                let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
                writeln!(f, "|{}|", rule.join("|"))?;
            }
        }
        writeln!(f)?;
        self.notes.iter().try_for_each(|note| writeln!(f, "- {note}"))
    }
}

impl Row {
    fn cells(&self) -> [String; 6] {
        let Self {
            measurement,
            ours,
            floor,
            ratio,
            goal,
            met,
        } = self.clone();
        [measurement, ours, floor, ratio, goal, met.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_include_their_bound() {
        let rows = [
            (Goal::AtMost(2.0), 2.0, true),
            (Goal::AtMost(2.0), 2.01, false),
            (Goal::AtLeast(0.7), 0.7, true),
            (Goal::AtLeast(0.7), 0.69, false),
        ];
        for (goal, figure, met) in rows {
            assert_eq!(goal.is_met(figure), met, "{goal:?} {figure}");
        }
    }

    #[test]
    fn columns_line_up() {
        let mut table = Table::default();
        let ratio = Spread {
            median: 0.5,
            min: 0.4,
            max: 0.6,
        };
        table.push(
            Row::new("a", "1 ns")
                .floor("2 ns")
                .ratio(ratio, Some(Goal::AtLeast(0.7))),
        );
        table.note("quiet");
        table.note("quiet");
        let text = table.to_string();
        let expected = [
            "| measurement | ours | floor | ratio            | goal   | met |",
            "|-------------|------|-------|------------------|--------|-----|",
            "| a           | 1 ns | 2 ns  | 0.50 [0.40-0.60] | >= 0.7 | NO  |",
            "",
            "- quiet",
        ];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }
}
