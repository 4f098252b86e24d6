use crate::{Operation, Service};

/// The operations that Keystead does not have yet, sorted as `service:Operation`.
///
/// They stand in `unimplemented.txt`, which may only shrink; the crate that implements operations
/// tests that this list and its own add up to the model.
pub fn unimplemented() -> impl Iterator<Item = &'static Operation> {
    lines().filter_map(|(service, name)| service.operation(name))
}

fn lines() -> impl Iterator<Item = (Service, &'static str)> {
    let lines = include_str!("../unimplemented.txt").lines();
    lines.filter_map(|line| {
        let (service, name) = line.split_once(':')?;
        Some((Service::of_signing_name(service)?, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_names_operations_of_the_model() {
        let text = include_str!("../unimplemented.txt");
        let names: Vec<String> = unimplemented().map(ToString::to_string).collect();
        assert_eq!(names, text.lines().collect::<Vec<_>>());
        assert!(names.is_sorted_by(|left, right| left < right));
    }
}
