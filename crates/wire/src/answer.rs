//! Answers: the bytes, the status and the content type.

use keystead_types::RequestId;

use crate::{ApiError, Encode, ErrorCode, Operation, Service, json, xml::XmlWriter};

/// The header that repeats the request id of the body.
pub const REQUEST_ID_HEADER: &str = "x-amzn-RequestId";

/// An answer, but for its headers `Date`, `Content-Length` and [`REQUEST_ID_HEADER`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Location`, when the answer leads elsewhere.
    pub location: Option<&'static str>,
    /// Body. It may hold a secret that is shown this once.
    pub body: Vec<u8>,
}

/// How a client expects an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorFormat {
    /// XML in the service's namespace.
    Query(Service),
    /// AWS JSON 1.1, for a request that carried `X-Amz-Target`.
    Json,
}

const XML: &str = "text/xml";
const JSON: &str = "application/x-amz-json-1.1";

/// Room for most answers, and below the size from which an allocator has to tidy up first.
const ANSWER_BYTES_USUAL: usize = 768;

/// Writes the answer of an operation that succeeded.
pub fn encode_response(operation: &Operation, output: &dyn Encode, request_id: RequestId) -> Answer {
    let root = [operation.name, "Response"];
    let mut xml = XmlWriter::with_capacity(ANSWER_BYTES_USUAL);
    xml.open_root(&root, operation.service.namespace());
    if let Some(wrapper) = operation.result_wrapper {
        xml.open(wrapper);
        output.encode(&mut xml);
        xml.close(&[wrapper]);
    }
    xml.open("ResponseMetadata");
    xml.element("RequestId", request_id.encode(&mut [0; 36]));
    xml.close(&["ResponseMetadata"]);
    xml.close(&root);
    Answer {
        status: 200,
        content_type: XML,
        location: None,
        body: xml.finish(),
    }
}

/// Writes the answer of a request that was refused or failed.
pub fn encode_error(format: ErrorFormat, error: &ApiError, request_id: RequestId) -> Answer {
    match format {
        ErrorFormat::Query(service) => {
            let mut xml = XmlWriter::with_capacity(ANSWER_BYTES_USUAL);
            xml.open_root(&["ErrorResponse"], service.namespace());
            xml.open("Error");
            xml.element(
                "Type",
                if error.status() < 500 {
                    "Sender"
                } else {
                    "Receiver"
                },
            );
            xml.element("Code", error.code().as_str());
            if let Some(message) = error.message() {
                xml.element("Message", message);
            }
            xml.close(&["Error"]);
            xml.element("RequestId", request_id.encode(&mut [0; 36]));
            xml.close(&["ErrorResponse"]);
            Answer {
                status: error.status(),
                content_type: XML,
                location: (error.code() == ErrorCode::MethodNotAllowed).then(|| service.documentation()),
                body: xml.finish(),
            }
        }
        ErrorFormat::Json => Answer {
            status: error.status(),
            content_type: JSON,
            location: None,
            body: json::error(error.code().as_str(), error.message()),
        },
    }
}

#[cfg(test)]
mod tests;
