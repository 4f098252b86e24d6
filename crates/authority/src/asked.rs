use std::sync::Arc;

use keystead_store::AuditElements;
use keystead_verifier::Decided;
use keystead_wire::{ApiError, Encode, audit};

use crate::operation::Refusal;

/// What a request asked for, once it was decoded, and what was decided about it; for audit records of
/// reads and refusals, and for explanations.
#[derive(Default)]
pub struct Asked {
    input: Option<Arc<dyn Encode + Send + Sync>>,
    decisions: Vec<Decided>,
    response_elements: Option<AuditElements>,
}

impl Asked {
    /// Remembers the input, and passes it on.
    pub(crate) fn is<I: Encode + Send + Sync + 'static>(&mut self, input: I) -> Arc<I> {
        let input = Arc::new(input);
        self.input = Some(Arc::clone(&input) as Arc<dyn Encode + Send + Sync>);
        input
    }

    /// Remembers what is answered, for the record of what changes nothing in the store and is worth knowing.
    pub(crate) fn answered(&mut self, output: &dyn Encode) {
        self.response_elements = elements(output);
    }

    /// CloudTrail's `responseElements`, without what AWS's model marks sensitive; nothing for most reads.
    pub fn response_elements(&self) -> Option<AuditElements> {
        self.response_elements.clone()
    }

    /// Remembers what was decided.
    pub(crate) fn decided(&mut self, decisions: Vec<Decided>) {
        self.decisions = decisions;
    }

    /// Remembers what a refusal was decided by, if it is a denial; and passes the refusal on.
    pub(crate) fn refused(&mut self, refusal: Refusal) -> ApiError {
        if let Refusal::Denied(denied) = refusal {
            let error = (&*denied).into();
            self.decisions = vec![denied.into_decided()];
            return error;
        }
        refusal.into()
    }

    /// Takes what was decided: everything that the operation needed, or the first that was denied.
    pub fn take_decisions(&mut self) -> Vec<Decided> {
        std::mem::take(&mut self.decisions)
    }

    /// CloudTrail's `requestParameters`: without what AWS's model marks sensitive, and nothing for an
    /// operation that was asked nothing.
    pub fn request_parameters(&self) -> Option<AuditElements> {
        self.input.as_ref().and_then(|input| elements(&**input))
    }
}

/// A shape in CloudTrail's names; `None` where CloudTrail has `null`.
pub(crate) fn elements(shape: &dyn Encode) -> Option<AuditElements> {
    let text = audit::elements(shape);
    (text != "{}").then(|| AuditElements::new(text))?
}
