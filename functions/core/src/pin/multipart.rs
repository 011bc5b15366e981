//! A form with one file, as pinning services take it (RFC 7578).

/// Separates the parts. It can't occur by chance; if it occurs on purpose, the service sees a broken form, and its
/// CID won't be ours.
const BOUNDARY: &str = "verdigris-7c1d0a5be34f49f0a9b1a2d3c4e5f607";

/// The form's content type.
pub(super) fn content_type() -> String {
    format!("multipart/form-data; boundary={BOUNDARY}")
}

/// The form's bytes: plain fields first, then the file under the name `file`.
pub(super) fn form(fields: &[(&str, &str)], name: &str, content_type: &str, content: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(content.len() + 512);
    for (field, value) in fields {
        let part = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let head = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: \
         {content_type}\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(content);
    body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body
}
