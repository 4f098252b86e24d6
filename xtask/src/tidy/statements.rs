//! SQL: the placeholders of a statement are numbered in the order in which they are first used, so that
//! the statement means the same to an engine that counts them and to one that reads their numbers.

use super::{File, rust_text};

pub(super) fn check(files: &[File], complaints: &mut Vec<String>) {
    for file in files
        .iter()
        .filter(|file| file.is_rust() && file.path.starts_with("crates/store/"))
    {
        for (line, text) in rust_text::strings(&file.text) {
            if is_statement(&text) && !in_order(&text) {
                complaints.push(format!(
                    "{}:{line}: placeholders are not in order of first use",
                    file.path
                ));
            }
        }
    }
}

fn is_statement(text: &str) -> bool {
    ["SELECT ", "INSERT ", "UPDATE ", "DELETE "]
        .iter()
        .any(|verb| text.trim_start().starts_with(verb))
}

fn in_order(statement: &str) -> bool {
    let mut highest = 0;
    for part in statement.split('$').skip(1) {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let Some(number) = part.get(..digits).and_then(|number| number.parse::<usize>().ok()) else {
            continue;
        };
        if number == 0 || number > highest + 1 {
            return false;
        }
        highest = highest.max(number);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_up() {
        let rows = [
            ("SELECT 1", true),
            ("SELECT a FROM b WHERE c = $1 AND d = $2 AND e = $1", true),
            ("UPDATE a SET b = $2 WHERE c = $1", false),
            ("SELECT $2", false),
            ("SELECT $0", false),
        ];
        for (statement, expected) in rows {
            assert_eq!(in_order(statement), expected, "{statement}");
        }
    }
}
