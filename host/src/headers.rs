//! The `spin-*` headers that tell a component how a request reached it.
//!
//! Spin sends `spin-path-info`, `spin-full-url`, `spin-matched-route`, `spin-base-path`,
//! `spin-component-route`, `spin-raw-component-route`, `spin-client-addr` and, for each `:name`
//! of the route, `spin-path-match-<name>`. A client's own headers of that kind are dropped: a
//! component can rely on what it reads.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Uri};

use crate::routes::Match;

/// What begins the names of the host's own headers.
const PREFIX: &str = "spin-";

/// Replaces whatever `headers` say about routing by what is true.
pub fn describe(headers: &mut HeaderMap, url: &Uri, found: &Match<'_>, client: SocketAddr) {
    drop_forged(headers);
    let prefix = found.route.strip_suffix("/...").unwrap_or(found.route);
    let mut put = |name: HeaderName, value: &str| {
        // A path may hold bytes that a header may not; they are left out.
        let value = HeaderValue::from_str(value).or_else(|_| {
            let plain: String = value.chars().filter(|c| !c.is_control()).collect();
            HeaderValue::from_bytes(plain.as_bytes())
        });
        if let Ok(value) = value {
            headers.insert(name, value);
        }
    };
    let named = HeaderName::from_static;
    put(named("spin-path-info"), found.rest);
    put(named("spin-full-url"), &url.to_string());
    put(named("spin-matched-route"), found.route);
    put(named("spin-base-path"), "/");
    put(named("spin-component-route"), prefix);
    put(named("spin-raw-component-route"), found.route);
    put(named("spin-client-addr"), &client.to_string());
    for (name, value) in &found.names {
        let name = format!("spin-path-match-{}", name.to_ascii_lowercase());
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            put(name, value);
        }
    }
}

fn drop_forged(headers: &mut HeaderMap) {
    let forged: Vec<HeaderName> = headers.keys().filter(|name| name.as_str().starts_with(PREFIX)).cloned().collect();
    for name in forged {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Router;

    #[test]
    fn the_headers_say_how_the_request_came_and_forged_ones_are_gone() {
        let router = Router::new([("/u/:User/...", "users")]).unwrap();
        let found = router.find("/u/7/a/b").unwrap();
        let url: Uri = "http://h:80/u/7/a/b?q=1".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.append("Spin-Client-Addr", "6.6.6.6:1".parse().unwrap());
        headers.append("spin-client-addr", "7.7.7.7:1".parse().unwrap());
        headers.append("spin-path-match-admin", "yes".parse().unwrap());
        headers.append("accept", "text/plain".parse().unwrap());
        describe(&mut headers, &url, &found, ([127, 0, 0, 1], 9).into());
        let mut seen: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        seen.sort_unstable();
        assert_eq!(
            seen,
            [
                ("accept", "text/plain"),
                ("spin-base-path", "/"),
                ("spin-client-addr", "127.0.0.1:9"),
                ("spin-component-route", "/u/:User"),
                ("spin-full-url", "http://h:80/u/7/a/b?q=1"),
                ("spin-matched-route", "/u/:User/..."),
                ("spin-path-info", "/a/b"),
                ("spin-path-match-user", "7"),
                ("spin-raw-component-route", "/u/:User/..."),
            ]
        );
    }
}
