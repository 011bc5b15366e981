//! Times instances and requests without a socket: the figures `instantiate_p50_us` and
//! `request_p50_us` of `cargo xtask bench`.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use http::{Request, Uri};
use http_body_util::{BodyExt, Empty};
use serde_json::{Map, Value};
use verdigris_engine::Failure;

use crate::app::App;

/// Makes `count` instances of each component and sends as many requests to `path`; gives a flat
/// map of times in microseconds. `instantiate_p50_us` is that of the slowest component.
///
/// # Errors
/// When an instance can't be made, or a request is not answered with success.
pub async fn run(app: &App, count: usize, path: Option<&str>) -> Result<Map<String, Value>, String> {
    let mut figures = Map::new();
    let mut slowest = (0.0, 0.0);
    for (id, ..) in &app.loaded {
        let Some(component) = app.components().get(id) else {
            continue;
        };
        let failed = |failure: Failure| format!("{id}: {failure}");
        // The first ones fill the pool.
        component.time_instantiations(20).await.map_err(failed)?;
        let mut times = component.time_instantiations(count).await.map_err(failed)?;
        let (p50, p99) = percentiles(&mut times);
        if p50 > slowest.0 {
            slowest = (p50, p99);
        }
        figures.insert(format!("instantiate_{id}_p50_us"), p50.into());
    }
    figures.insert("instantiate_p50_us".to_owned(), slowest.0.into());
    figures.insert("instantiate_p99_us".to_owned(), slowest.1.into());
    if let Some(path) = path {
        let mut times = Vec::with_capacity(count);
        for _ in 0..count {
            times.push(request(app, path).await?);
        }
        let (p50, p99) = percentiles(&mut times);
        figures.insert("request_p50_us".to_owned(), p50.into());
        figures.insert("request_p99_us".to_owned(), p99.into());
    }
    Ok(figures)
}

async fn request(app: &App, path: &str) -> Result<Duration, String> {
    let url: Uri =
        format!("http://127.0.0.1{path}").parse().map_err(|error| format!("{path:?} is not a path: {error}"))?;
    let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
    let mut request = Request::new(body);
    *request.uri_mut() = url;
    let started = Instant::now();
    let response = app.route(request, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    let status = response.status();
    response.into_body().collect().await.map_err(|error| format!("{path}: {error}"))?;
    if status.is_success() { Ok(started.elapsed()) } else { Err(format!("{path} answered {status}")) }
}

/// The median and the 99th percentile, in microseconds.
fn percentiles(times: &mut [Duration]) -> (f64, f64) {
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| (time.as_secs_f64() * 1e7).round() / 10.0)
    };
    (at(50), at(99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_taken_from_the_sorted_times() {
        let mut times: Vec<Duration> = (1..=100).rev().map(Duration::from_micros).collect();
        assert_eq!(percentiles(&mut times), (51.0, 100.0));
        assert_eq!(percentiles(&mut [Duration::from_nanos(1250)]), (1.3, 1.3));
        assert_eq!(percentiles(&mut []), (0.0, 0.0));
    }
}
