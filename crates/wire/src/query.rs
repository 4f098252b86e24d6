//! The query protocol the other way round: from a shape to the parameters that a client would send for it.

use crate::{Encode, Parameters, Sink};

/// The parameters of an input.
pub(crate) fn parameters(shape: &dyn Encode) -> Parameters<'static> {
    let mut query = Query::default();
    shape.encode(&mut query);
    Parameters::of(query.pairs)
}

#[derive(Default)]
struct Query {
    pairs: Vec<(String, String)>,
    /// The structures and lists around the next value, the innermost last.
    around: Vec<Around>,
}

enum Around {
    /// A structure, by its path.
    Structure(String),
    /// A list, by its path, with the number of elements so far.
    List(String, usize),
}

impl Query {
    /// The path of the next value; elements of lists are numbered, whatever they are called.
    fn path(&mut self, name: &str) -> String {
        match self.around.last_mut() {
            None => name.to_owned(),
            Some(Around::Structure(path)) => format!("{path}.{name}"),
            Some(Around::List(path, count)) => {
                *count += 1;
                format!("{path}.{name}.{count}")
            }
        }
    }

    fn pair(&mut self, name: &str, text: &str) {
        let path = self.path(name);
        self.pairs.push((path, text.to_owned()));
    }
}

impl Sink for Query {
    fn text(&mut self, name: &str, text: &str) {
        self.pair(name, text);
    }

    fn sensitive(&mut self, name: &str, text: &str) {
        self.pair(name, text);
    }

    fn literal(&mut self, name: &str, text: &str) {
        self.pair(name, text);
    }

    fn open_structure(&mut self, name: &str) {
        let path = self.path(name);
        self.around.push(Around::Structure(path));
    }

    fn close_structure(&mut self, _: &str) {
        self.around.pop();
    }

    fn open_list(&mut self, name: &str, length: usize) {
        let path = self.path(name);
        if length == 0 {
            // How an empty list travels.
            self.pairs.push((path.clone(), String::new()));
        }
        self.around.push(Around::List(path, 0));
    }

    fn close_list(&mut self, _: &str, _: usize) {
        self.around.pop();
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Service, checked,
        iam::{CreateUserRequest, ListUsersRequest, SimulateCustomPolicyRequest, Tag},
    };

    #[test]
    fn an_input_comes_back_as_it_was() {
        let tag = |key: &str| Tag {
            key: key.to_owned(),
            value: "v".to_owned(),
        };
        let create = CreateUserRequest {
            user_name: "alice".to_owned(),
            tags: Some(vec![tag("a"), tag("b=.c")]),
            ..Default::default()
        };
        assert_eq!(checked(Service::Iam, &create), Ok(create.clone()));
        let empty = CreateUserRequest {
            tags: Some(Vec::new()),
            ..create
        };
        assert_eq!(checked(Service::Iam, &empty), Ok(empty.clone()));
        let list = ListUsersRequest {
            max_items: Some(7),
            ..Default::default()
        };
        assert_eq!(checked(Service::Iam, &list), Ok(list.clone()));
        let simulate = SimulateCustomPolicyRequest {
            policy_input_list: vec!["{}".to_owned(), "[]".to_owned()],
            action_names: vec!["iam:GetUser".to_owned()],
            ..Default::default()
        };
        assert_eq!(checked(Service::Iam, &simulate), Ok(simulate.clone()));
    }

    #[test]
    fn an_unfit_input_is_refused_in_the_words_for_a_request() {
        let create = CreateUserRequest {
            user_name: "no spaces".to_owned(),
            ..Default::default()
        };
        let refused = checked(Service::Iam, &create).unwrap_err();
        assert_eq!(refused.code().as_str(), "ValidationError");
    }
}
