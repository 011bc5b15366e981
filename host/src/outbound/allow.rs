//! Where a component may send requests: `allowed_outbound_hosts`, as Spin reads it.
//!
//! An entry is `scheme://host[:port]`. Each part may be `*`; a host may also be `*.domain` or a
//! network such as `10.0.0.0/8`, a port a range such as `8000..9000` (its end left out). Without
//! a port, the scheme's own is meant. Names are compared as they are written: `localhost` is not
//! `127.0.0.1`.

use std::net::IpAddr;

use http::Uri;
use thiserror::Error;

/// An entry that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("allowed_outbound_hosts: {entry:?} {reason}")]
pub struct AllowError {
    /// The entry, its variables filled in.
    pub entry: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// All entries of a component.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<Rule>);

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    /// `None` stands for any.
    scheme: Option<String>,
    host: Host,
    port: Port,
}

#[derive(Debug, PartialEq, Eq)]
enum Host {
    Any,
    Exact(String),
    /// Ends with this, which begins with a dot.
    Below(String),
    Network(IpAddr, u32),
}

#[derive(Debug, PartialEq, Eq)]
enum Port {
    Any,
    Exact(u16),
    /// From the first up to, but without, the second.
    Range(u16, u16),
}

impl AllowedHosts {
    /// Reads entries.
    ///
    /// # Errors
    /// Names the first entry that is malformed.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, AllowError> {
        entries
            .into_iter()
            .map(|entry| Rule::parse(entry).map_err(|reason| AllowError { entry: entry.to_owned(), reason }))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether a request to `url` may be sent.
    pub fn allows(&self, url: &Uri) -> bool {
        let (Some(scheme), Some(authority)) = (url.scheme_str(), url.authority()) else {
            return false;
        };
        let Some(port) = authority.port_u16().or_else(|| default_port(scheme)) else {
            return false;
        };
        // A user name in front of the host could make a reader mistake the host.
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host().to_ascii_lowercase();
        self.0.iter().any(|rule| rule.allows(scheme, &host, port))
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

impl Rule {
    fn parse(entry: &str) -> Result<Self, &'static str> {
        if entry.trim().is_empty() {
            return Err("is empty; leave it out, or give the variable in it a value");
        }
        let (scheme, rest) =
            entry.trim().split_once("://").ok_or("has no scheme; write http://…, https://… or *://…")?;
        let scheme = match scheme {
            "*" => None,
            _ if scheme.is_empty() || !scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                return Err("has a malformed scheme");
            }
            _ => Some(scheme.to_ascii_lowercase()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_port(rest)?;
        Ok(Self {
            port: match (port, &scheme) {
                (Some(port), _) => Port::parse(port)?,
                (None, Some(scheme)) => {
                    Port::Exact(default_port(scheme).ok_or("needs a port, as its scheme has none of its own")?)
                }
                (None, None) => return Err("needs a port (or :*), as its scheme is any"),
            },
            host: Host::parse(host)?,
            scheme,
        })
    }

    fn allows(&self, scheme: &str, host: &str, port: u16) -> bool {
        self.scheme.as_deref().is_none_or(|own| own == scheme) && self.host.allows(host) && self.port.allows(port)
    }
}

/// Cuts a port off a host, which may be an IPv6 address in brackets.
fn split_port(rest: &str) -> Result<(&str, Option<&str>), &'static str> {
    let host_end = match rest.find(']') {
        Some(bracket) => bracket + 1,
        None => rest.find(':').unwrap_or(rest.len()),
    };
    let (host, behind) = rest.split_at(host_end);
    match behind.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if behind.is_empty() => Ok((host, None)),
        // `[::1]/128` keeps its prefix length with the address.
        None => match behind.split_once(':') {
            Some((bits, port)) => Ok((&rest[..host.len() + bits.len()], Some(port))),
            None => Ok((rest, None)),
        },
    }
}

impl Host {
    fn parse(host: &str) -> Result<Self, &'static str> {
        if host == "*" {
            return Ok(Self::Any);
        }
        if host.is_empty() {
            return Err("has no host");
        }
        if host == "self" {
            return Err(
                "means the application itself, which this host offers only as http://<component>.spin.internal",
            );
        }
        if let Some((address, bits)) = host.split_once('/') {
            let address: Option<IpAddr> = unbracketed(address).parse().ok();
            let bits: Option<u32> = bits.parse().ok();
            return match (address, bits) {
                (Some(address), Some(bits)) if bits <= width(address) => Ok(Self::Network(address, bits)),
                _ => Err("has a path, which is not allowed: a host is allowed with all its paths"),
            };
        }
        let host = host.to_ascii_lowercase();
        if let Some(domain) = host.strip_prefix('*') {
            return match domain.strip_prefix('.') {
                Some(rest) if !rest.is_empty() && !rest.contains('*') => Ok(Self::Below(domain.to_owned())),
                _ => Err("has a `*` that is neither the whole host nor its first label"),
            };
        }
        if host.contains(['*', '@', '?', '#', ' ', '{', '}']) {
            return Err("has a character that no host has");
        }
        Ok(Self::Exact(host))
    }

    fn allows(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(own) => own == host,
            Self::Below(domain) => host.len() > domain.len() && host.ends_with(domain.as_str()),
            Self::Network(network, bits) => {
                unbracketed(host).parse().is_ok_and(|address| within(address, *network, *bits))
            }
        }
    }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// Whether the first `bits` bits of both addresses are the same.
fn within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let number = |address| match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let beyond = width(network) - bits;
    width(address) == width(network) && (beyond == 128 || number(address) >> beyond == number(network) >> beyond)
}

impl Port {
    fn parse(port: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "has a port that is no number, range or *";
        if port == "*" {
            return Ok(Self::Any);
        }
        let number = |text: &str| text.parse().map_err(|_| WRONG);
        match port.split_once("..") {
            Some((from, to)) => Ok(Self::Range(number(from)?, number(to)?)),
            None if port.contains('/') => Err("has a path, which is not allowed: a host is allowed with all its paths"),
            None => number(port).map(Self::Exact),
        }
    }

    fn allows(&self, port: u16) -> bool {
        match *self {
            Self::Any => true,
            Self::Exact(own) => own == port,
            Self::Range(from, to) => (from..to).contains(&port),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allows(entry: &str, url: &str) -> bool {
        AllowedHosts::parse([entry]).unwrap().allows(&url.parse().unwrap())
    }

    #[test]
    fn each_kind_of_entry_allows_what_it_says_and_no_more() {
        for (entry, yes, no) in [
            ("http://a.example", "http://a.example/x?y", "https://a.example/"),
            ("http://a.example", "http://A.example:80/", "http://a.example:8080/"),
            ("https://a.example", "https://a.example/", "https://b.a.example/"),
            ("https://A.example/", "https://a.example/", "https://a.example.evil/"),
            ("http://a.example:81", "http://a.example:81/", "http://a.example/"),
            ("http://a.example:*", "http://a.example:9/", "https://a.example:9/"),
            ("http://a.example:80..90", "http://a.example:89/", "http://a.example:90/"),
            ("*://a.example:*", "https://a.example:1/", "https://b.example:1/"),
            ("https://*.example", "https://a.b.example/", "https://example/"),
            ("https://*.example", "https://a.example/", "https://aexample/"),
            ("*://*:*", "http://anything:5/", "//nothing"),
            ("http://*", "http://anything/", "http://anything:81/"),
            ("http://127.0.0.1:8545", "http://127.0.0.1:8545/", "http://localhost:8545/"),
            ("http://10.1.0.0/16:*", "http://10.1.255.1:3/", "http://10.2.0.1:3/"),
            ("http://10.0.0.0/8", "http://10.9.9.9/", "http://11.0.0.0/"),
            ("http://[::1]:80", "http://[::1]/", "http://[::2]/"),
            ("http://[fd00::]/8:*", "http://[fdff::1]:7/", "http://[fe00::1]:7/"),
            ("http://0.0.0.0/0", "http://1.2.3.4/", "http://name/"),
            ("http://a.spin.internal", "http://a.spin.internal/p", "http://b.spin.internal/p"),
            ("http://*.spin.internal", "http://a.spin.internal/p", "http://spin.internal/p"),
        ] {
            assert!(allows(entry, yes), "{entry} should allow {yes}");
            if !no.starts_with("//") {
                assert!(!allows(entry, no), "{entry} should not allow {no}");
            }
        }
    }

    #[test]
    fn a_user_name_in_front_of_the_host_is_never_allowed() {
        assert!(!allows("*://*:*", "http://a.example@evil.example/"));
        assert!(!allows("http://a.example", "http://a.example:80@evil.example/"));
    }

    #[test]
    fn nothing_is_allowed_without_an_entry() {
        let none = AllowedHosts::default();
        assert!(!none.allows(&"http://a.example/".parse().unwrap()));
        assert!(!none.allows(&"/relative".parse().unwrap()));
    }

    #[test]
    fn malformed_entries_are_refused_with_a_reason() {
        for (entry, reason) in [
            ("", "is empty"),
            ("  ", "is empty"),
            ("a.example", "no scheme"),
            ("*", "no scheme"),
            ("http://", "no host"),
            ("http://a/b", "has a path"),
            ("http://a:80/b", "has a path"),
            ("https://a.example/v3/key", "has a path"),
            ("http://a:b", "a port that is no number"),
            ("http://a:99999", "a port that is no number"),
            ("http://a*.example", "has a character"),
            ("http://*a.example", "neither the whole host"),
            ("http://*.*.example", "neither the whole host"),
            ("*://a.example", "needs a port"),
            ("redis://a.example", "needs a port"),
            ("h t://a", "malformed scheme"),
            ("http://self", "the application itself"),
            ("http://u@a", "a character that no host has"),
            ("http://10.0.0.0/33", "has a path"),
        ] {
            let error = AllowedHosts::parse([entry]).unwrap_err().to_string();
            assert!(error.contains(reason), "{entry}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_entry_makes_the_parser_panic(entry in "\\PC{0,40}") {
            let _ = AllowedHosts::parse([entry.as_str()]);
        }

        #[test]
        fn no_odd_url_makes_the_check_panic(
            entry in "(http|\\*)://[a-z0-9.*\\[\\]:/]{0,20}",
            url in "http://[a-z0-9.@:\\[\\]]{1,20}/",
        ) {
            if let (Ok(hosts), Ok(url)) = (AllowedHosts::parse([entry.as_str()]), url.parse()) {
                let _ = hosts.allows(&url);
            }
        }
    }
}
