//! A component that serves `wasi:http` 0.2: it says hello, or fetches the URL's path in its query
//! from the authority in front of it.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam, Scheme,
};

struct Older;

wasip2::http::proxy::export!(Older);

impl Guest for Older {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        let said = match path.split_once('?') {
            None => Ok(format!("hello from {path}")),
            Some((_, "trap")) => panic!("the test asked for a trap"),
            Some((_, "silence")) => return,
            Some((_, url)) => fetch(url).map_err(|code| format!("{code:?}")),
        };
        let (status, text) = match said {
            Ok(text) => (200, text),
            Err(reason) => (502, reason),
        };
        respond(out, status, &text);
    }
}

fn respond(out: ResponseOutparam, status: u16, text: &str) {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).expect("a known status");
    let body = response.body().expect("the first call");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("the first call");
    // Short enough for one write.
    stream.blocking_write_and_flush(text.as_bytes()).expect("the host takes it");
    drop(stream);
    OutgoingBody::finish(body, None).expect("all is written");
}

/// Gets `http://{url}` and gives the first bytes of its body.
fn fetch(url: &str) -> Result<String, ErrorCode> {
    let (authority, path) = url.split_once('/').ok_or(ErrorCode::HttpRequestUriInvalid)?;
    let request = OutgoingRequest::new(Fields::new());
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_scheme(Some(&Scheme::Http)).map_err(invalid)?;
    request.set_authority(Some(authority)).map_err(invalid)?;
    request.set_path_with_query(Some(&format!("/{path}"))).map_err(invalid)?;
    let future = outgoing_handler::handle(request, None)?;
    future.subscribe().block();
    let response = future.get().expect("it is ready").expect("taken once")?;
    let body = response.consume().expect("the first call");
    let stream = body.stream().expect("the first call");
    let bytes = stream.blocking_read(4096).unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
