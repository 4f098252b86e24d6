//! The statements keep to the subset that both engines run.

use crate::statements::ALL;

#[test]
fn parameters_are_numbered_by_first_use() {
    for (name, text) in ALL {
        let mut next = 1;
        for part in text.split('$').skip(1) {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            let number: u32 = digits.parse().unwrap();
            assert!(number <= next, "{name} uses ${number} before ${next}");
            next = next.max(number + 1);
        }
    }
}

#[test]
fn nothing_of_one_engine_only() {
    let banned = [
        "OFFSET",
        "OR IGNORE",
        "OR REPLACE",
        "RETURNING",
        "COUNT(",
        "LENGTH(",
        "COALESCE(",
        "DATETIME",
        "NOW(",
        "ILIKE",
        "GLOB",
        "AUTOINCREMENT",
        "SERIAL",
        "::",
    ];
    for (name, text) in ALL {
        let text = text.to_uppercase();
        for word in banned {
            assert!(!text.contains(word), "{name} says {word}");
        }
        let insert_is_guarded = !text.starts_with("INSERT")
            || text.contains("ON CONFLICT DO NOTHING")
            || ["INSERT_CHANGE", "INSERT_DATA_KEY", "INSERT_AUDIT_EVENT"].contains(name);
        assert!(insert_is_guarded, "{name} can abort a transaction");
    }
}
