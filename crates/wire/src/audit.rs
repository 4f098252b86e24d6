//! What an audit record shows of a request and of its answer.

use crate::{Encode, json};

/// Longest JSON text that a record holds of one request or answer, in bytes. CloudTrail: 100 KB.
const ELEMENT_BYTES_MAX: usize = 100 * 1024;

/// The JSON object of CloudTrail's `requestParameters` or `responseElements`.
///
/// Members that the model marks sensitive are left out. A text beyond 100 KB is replaced by an
/// object that says how long it was.
pub fn elements(shape: &dyn Encode) -> String {
    let text = json::object(shape);
    if text.len() <= ELEMENT_BYTES_MAX {
        return text;
    }
    format!(r#"{{"omitted":true,"originalSize":{}}}"#, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::PutUserPolicyRequest;

    #[test]
    fn an_outsized_element_is_left_out() {
        let frame = elements(&PutUserPolicyRequest::default()).len();
        for (length, kept) in [
            (ELEMENT_BYTES_MAX - frame, true),
            (ELEMENT_BYTES_MAX - frame + 1, false),
        ] {
            let request = PutUserPolicyRequest {
                policy_document: "x".repeat(length),
                ..Default::default()
            };
            assert_eq!(elements(&request).len() == ELEMENT_BYTES_MAX, kept, "{length}");
        }
    }
}
