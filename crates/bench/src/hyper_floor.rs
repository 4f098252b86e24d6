//! A bare hyper server: what HTTP alone costs. It reads each request to its end and answers the same
//! bytes to all.

use std::{fs, path::Path};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::{Result, answer::Answer};

/// Serves the answer that stands in the file until the process is ended.
pub(crate) fn serve(answer_file: &Path) -> Result<()> {
    let bytes = fs::read(answer_file)?;
    let answer = Answer::read(&bytes)?.ok_or("the file holds no whole answer")?;
    let response = template(&answer)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let response = response.clone();
            let service = service_fn(move |request| reply(request, response.clone()));
            // A client that goes away is no error here.
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    })
}

async fn reply(
    request: Request<Incoming>,
    response: Response<Full<Bytes>>,
) -> std::result::Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
    Ok(response)
}

/// The answer as hyper takes it. Hyper adds the length, and the date unless the answer has one.
fn template(answer: &Answer<'_>) -> Result<Response<Full<Bytes>>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(answer.body)));
    *response.status_mut() = StatusCode::from_u16(answer.status)?;
    for (name, value) in answer.headers() {
        if !name.eq_ignore_ascii_case(b"content-length") && !name.eq_ignore_ascii_case(b"date") {
            response
                .headers_mut()
                .append(HeaderName::from_bytes(name)?, HeaderValue::from_bytes(value)?);
        }
    }
    Ok(response)
}
