//! Compares secrets without telling of them, and keeps them out of what is repeated of others' words.
//!
//! Nodes and pinning services are sent keys, in a URL's path or in `authorization`, and some repeat in their errors
//! what they were sent. Their errors end in our log and in our answers; the keys must not. So whatever is sent with a
//! key goes through [`exchange`], and nothing of the key comes back.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::platform::{HttpRequest, HttpResponse, Platform, PlatformError};

/// What stands in a secret's place.
const HIDDEN: &str = "(secret)";
/// The shortest part of a URL that is taken for a secret: shorter ones are names (`v2`, `rpc`).
const SHORTEST: usize = 8;

/// Whether what was given is the secret. Their digests are compared, in constant time: these are equally long, so nothing is
/// told of the secret's length either.
pub fn is_same(secret: &str, given: &str) -> bool {
    Sha256::digest(secret)[..].ct_eq(&Sha256::digest(given)[..]).into()
}

/// Sends a request. What comes back, answer or error, repeats none of these secrets; the empty one is none.
///
/// # Errors
/// As [`Platform::http`].
pub async fn exchange(
    platform: &impl Platform,
    request: HttpRequest,
    secrets: &[&str],
) -> Result<HttpResponse, PlatformError> {
    // The longest first: one may be a part of another.
    let mut secrets: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    secrets.sort_unstable_by_key(|secret| std::cmp::Reverse(secret.len()));
    match platform.http(request).await {
        Ok(HttpResponse { status, body }) => Ok(HttpResponse { status, body: hide_in_body(body, &secrets) }),
        Err(PlatformError::Connection(reason)) => Err(PlatformError::Connection(hide(reason, &secrets))),
        Err(error) => Err(error),
    }
}

/// What in a URL may be a secret: in its path, its query's values and its user.
pub fn in_url(url: &str) -> Vec<&str> {
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (authority, path) = url.split_once('/').unwrap_or((url, ""));
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    let values = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    path.split('/').chain(user.split(':')).chain(values).filter(|part| part.len() >= SHORTEST).collect()
}

fn hide(mut text: String, secrets: &[&str]) -> String {
    for secret in secrets {
        if text.contains(*secret) {
            text = text.replace(secret, HIDDEN);
        }
    }
    text
}

fn hide_in_body(body: Vec<u8>, secrets: &[&str]) -> Vec<u8> {
    let broken = match String::from_utf8(body) {
        Ok(text) => return hide(text, secrets).into_bytes(),
        Err(broken) => broken.into_bytes(),
    };
    // Bytes that are no text stay what they are, unless there is a secret to be read among them.
    let text = String::from_utf8_lossy(&broken);
    if secrets.iter().any(|secret| text.contains(*secret)) {
        hide(text.into_owned(), secrets).into_bytes()
    } else {
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, block_on};

    const TOKEN: &str = "key-in-a-header";

    fn request() -> HttpRequest {
        let url = "https://user-name:pass-word@node.example:8545/v2/key-in-the-path?a=key-in-the-query&short=1";
        let mut request = HttpRequest::post_json(url.into(), Vec::new(), 1, 1_000);
        request.headers.push(("authorization", format!("Bearer {TOKEN}")));
        request
    }

    fn answered(answer: Result<HttpResponse, PlatformError>) -> Result<HttpResponse, PlatformError> {
        let platform = Memory::default().with("rpc_url", "https://user-name:pass-word@node.example:8545");
        platform.serve("https://", move |_| answer.clone());
        let url = request().url;
        let secrets = [in_url(&url), vec![TOKEN, ""]].concat();
        block_on(exchange(&platform, request(), &secrets))
    }

    #[test]
    fn what_a_server_repeats_of_a_key_is_hidden() {
        let echo = format!("wrong: {} {:?}", request().url, request().headers);
        let body =
            |bytes: &[u8]| answered(Ok(HttpResponse { status: 400, body: bytes.to_vec() })).expect("answered").body;
        let said = [
            String::from_utf8(body(echo.as_bytes())).expect("text"),
            String::from_utf8(body(&[echo.as_bytes(), &[0xff]].concat())).expect("text"),
            answered(Err(PlatformError::Connection(echo))).expect_err("broken").to_string(),
        ];
        for said in said {
            for secret in ["user-name", "pass-word", "key-in-the-path", "key-in-the-query", TOKEN] {
                assert!(!said.contains(secret), "{said}");
            }
            assert!(said.contains("wrong: https://(secret):(secret)@node.example:8545/v2/(secret)"), "{said}");
        }
    }

    #[test]
    fn what_has_nothing_to_do_with_a_key_comes_back_as_it_was() {
        for body in [&b"{\"result\":\"0x10\"}"[..], b"", b"v2 short 1", b"\xff\x00 bytes"] {
            let answer = HttpResponse { status: 200, body: body.to_vec() };
            assert_eq!(answered(Ok(answer.clone())), Ok(answer));
        }
        assert_eq!(answered(Err(PlatformError::Timeout(5))), Err(PlatformError::Timeout(5)));
    }
}
