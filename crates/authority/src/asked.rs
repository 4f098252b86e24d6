use std::sync::Arc;

use keystead_store::AuditElements;
use keystead_wire::{Encode, audit};

/// What a request asked for, once it was decoded; for audit records of reads and refusals.
#[derive(Default)]
pub struct Asked(Option<Arc<dyn Encode + Send + Sync>>);

impl Asked {
    /// Remembers the input, and passes it on.
    pub(crate) fn is<I: Encode + Send + Sync + 'static>(&mut self, input: I) -> Arc<I> {
        let input = Arc::new(input);
        self.0 = Some(Arc::clone(&input) as Arc<dyn Encode + Send + Sync>);
        input
    }

    /// CloudTrail's `requestParameters`: without what AWS's model marks sensitive, and nothing for an
    /// operation that was asked nothing.
    pub fn request_parameters(&self) -> Option<AuditElements> {
        self.0.as_ref().and_then(|input| elements(&**input))
    }
}

/// A shape in CloudTrail's names; `None` where CloudTrail has `null`.
pub(crate) fn elements(shape: &dyn Encode) -> Option<AuditElements> {
    let text = audit::elements(shape);
    (text != "{}").then(|| AuditElements::new(text))?
}
