//! Finds the component for a path, by Spin's rules for routes.
//!
//! A route is a path of segments: plain text, `:name` for any one segment, and `...` at the end
//! for any number of segments (also none). Plain text goes before `:name`, and that before `...`;
//! so the most exact route wins, in whatever order they are written.

use thiserror::Error;

/// A route that can't be used.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum RouteError {
    /// A segment that is not plain text, `:name`, or a last `...`.
    #[error("the route {route:?} of {component:?}: {reason}")]
    Segment {
        /// The route as it is written.
        route: String,
        /// The component that it leads to.
        component: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two routes that match the same paths.
    #[error("the route {route:?} leads to {first:?} and to {second:?}; remove one of them")]
    Duplicate {
        /// The later route.
        route: String,
        /// Where the earlier one leads.
        first: String,
        /// Where the later one leads.
        second: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Text(String),
    /// Any one segment, kept under this name.
    Any(String),
}

/// A route and where it leads.
#[derive(Debug)]
pub struct Route {
    written: String,
    component: String,
    segments: Vec<Segment>,
    wildcard: bool,
}

/// A path's route, and what the path says beyond it.
#[derive(Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// The component that serves the path.
    pub component: &'a str,
    /// The route as the manifest has it.
    pub route: &'a str,
    /// What `...` stands for: empty, or a path that starts with `/`.
    pub rest: &'a str,
    /// What each `:name` stands for.
    pub names: Vec<(&'a str, &'a str)>,
}

/// All public routes of an application.
#[derive(Debug, Default)]
pub struct Router {
    routes: Vec<Route>,
}

impl Router {
    /// Makes a router from routes and the components that they lead to.
    ///
    /// # Errors
    /// When a route is malformed or there twice.
    pub fn new<'a>(routes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, RouteError> {
        let mut router = Self::default();
        for (route, component) in routes {
            let route = Route::parse(route, component)?;
            if let Some(first) = router.routes.iter().find(|other| other.same(&route)) {
                return Err(RouteError::Duplicate {
                    route: route.written,
                    first: first.component.clone(),
                    second: route.component,
                });
            }
            router.routes.push(route);
        }
        router.routes.sort_by_cached_key(Route::rank);
        Ok(router)
    }

    /// The most exact route for `path` (without a query).
    pub fn find<'a>(&'a self, path: &'a str) -> Option<Match<'a>> {
        self.routes.iter().find_map(|route| route.matches(path))
    }
}

impl Route {
    fn parse(written: &str, component: &str) -> Result<Self, RouteError> {
        let wrong = |reason| RouteError::Segment { route: written.to_owned(), component: component.to_owned(), reason };
        let path = written.strip_prefix('/').ok_or_else(|| wrong("a route starts with `/`"))?;
        let mut parts: Vec<&str> = path.split('/').collect();
        let wildcard = parts.last() == Some(&"...");
        // A route's own slash at the end means nothing, as in Spin: `/a/` is `/a`.
        if wildcard || parts.last() == Some(&"") {
            parts.pop();
        }
        let segments = parts
            .into_iter()
            .map(|part| match part.strip_prefix(':') {
                Some("") => Err("a `:` needs a name behind it"),
                Some(name) if !is_name(name) => Err("a `:name` has letters, digits, `-` and `_` only"),
                Some(name) => Ok(Segment::Any(name.to_owned())),
                None if part.is_empty() => Err("there is an empty segment"),
                None if part.contains("...") || part.contains('*') => Err("`...` may only be the whole last segment"),
                None => Ok(Segment::Text(part.to_owned())),
            })
            .collect::<Result<_, _>>()
            .map_err(wrong)?;
        Ok(Self { written: written.to_owned(), component: component.to_owned(), segments, wildcard })
    }

    /// Orders routes from the most to the least exact, segment by segment.
    fn rank(&self) -> Vec<u8> {
        let kinds = self.segments.iter().map(|segment| match segment {
            Segment::Text(_) => 0,
            Segment::Any(_) => 1,
        });
        // An end without `...` is more exact than one with it, and both than a longer `:name`:
        // the length is checked when matching, so only routes that both match are ever compared.
        kinds.chain([if self.wildcard { 3 } else { 2 }]).collect()
    }

    /// Whether both match the same paths.
    fn same(&self, other: &Self) -> bool {
        self.wildcard == other.wildcard
            && self.segments.len() == other.segments.len()
            && self.segments.iter().zip(&other.segments).all(|pair| match pair {
                (Segment::Text(a), Segment::Text(b)) => a == b,
                (Segment::Any(_), Segment::Any(_)) => true,
                _ => false,
            })
    }

    fn matches<'a>(&'a self, path: &'a str) -> Option<Match<'a>> {
        let mut names = Vec::new();
        let mut rest = path;
        for segment in &self.segments {
            let inner = rest.strip_prefix('/')?;
            let (part, behind) = inner.split_at(inner.find('/').unwrap_or(inner.len()));
            match segment {
                Segment::Text(text) if text == part => {}
                Segment::Any(name) if !part.is_empty() => names.push((name.as_str(), part)),
                _ => return None,
            }
            rest = behind;
        }
        if !self.wildcard && !matches!(rest, "" | "/") {
            return None;
        }
        Some(Match {
            component: &self.component,
            route: &self.written,
            rest: if self.wildcard { rest } else { "" },
            names,
        })
    }
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn router(routes: &[&str]) -> Router {
        // Each route's component is called like the route itself.
        Router::new(routes.iter().map(|route| (*route, *route))).unwrap()
    }

    fn found<'a>(router: &'a Router, path: &'a str) -> Option<&'a str> {
        router.find(path).map(|found| found.component)
    }

    #[test]
    fn the_most_exact_route_wins_in_any_order() {
        let routes = ["/...", "/a/...", "/a/:x", "/a/b", "/", "/a/:x/c", "/a/b/..."];
        for turn in 0..routes.len() {
            let mut routes = routes;
            routes.rotate_left(turn);
            let router = router(&routes);
            for (path, route) in [
                ("/", "/"),
                ("/z", "/..."),
                ("/a", "/a/..."),
                ("/a/", "/a/..."),
                ("/a/b", "/a/b"),
                ("/a/b/", "/a/b"),
                ("/a/z", "/a/:x"),
                ("/a/z/c", "/a/:x/c"),
                ("/a/z/d", "/a/..."),
                ("/a/b/c", "/a/b/..."),
                ("/ab", "/..."),
                ("/a/b/c/d", "/a/b/..."),
            ] {
                assert_eq!(found(&router, path), Some(route), "{path}");
            }
        }
    }

    #[test]
    fn an_exact_route_matches_nothing_else() {
        let router = router(&["/a/b"]);
        for path in ["/", "/a", "/a/b/c", "/a//b", "/A/b", "a/b", "", "//a/b", "/a/b//"] {
            assert_eq!(found(&router, path), None, "{path}");
        }
        assert_eq!(found(&router, "/a/b"), Some("/a/b"));
    }

    #[test]
    fn what_the_path_says_beyond_the_route_is_given() {
        let router = router(&["/u/:id/files/..."]);
        let found = router.find("/u/7/files/x/y.txt").unwrap();
        assert_eq!(found.names, [("id", "7")]);
        assert_eq!(found.rest, "/x/y.txt");
        assert_eq!(router.find("/u/7/files").unwrap().rest, "");
        assert_eq!(router.find("/u/7/files/").unwrap().rest, "/");
        assert_eq!(router.find("/u//files"), None);
    }

    #[test]
    fn malformed_and_double_routes_are_refused() {
        for route in ["", "a", "/a/.../b", "/a...", "/a//b", "/:", "/a/*", "/:a b"] {
            assert!(Router::new([(route, "x")]).is_err(), "{route}");
        }
        assert_eq!(
            Router::new([("/a/:x", "one"), ("/a/:y/", "two")]).unwrap_err(),
            RouteError::Duplicate { route: "/a/:y/".into(), first: "one".into(), second: "two".into() }
        );
        assert!(Router::new([("/a", "one"), ("/a/...", "two")]).is_ok());
    }

    proptest! {
        #[test]
        fn no_path_makes_the_router_panic(path in "\\PC{0,60}") {
            let router = router(&["/", "/a/:x/...", "/:y"]);
            let _ = router.find(&path);
        }

        #[test]
        fn no_route_makes_the_parser_panic(route in "[/:.*a-z]{0,20}") {
            let _ = Router::new([(route.as_str(), "x")]);
        }

        #[test]
        fn a_plain_route_matches_itself(route in "(/[a-z0-9._-]{1,6}){1,4}") {
            prop_assume!(!route.contains("..."));
            let router = router(&[&route]);
            prop_assert_eq!(found(&router, &route), Some(route.as_str()));
        }
    }
}
