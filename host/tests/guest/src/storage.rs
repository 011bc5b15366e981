//! The behaviours that use key-value stores.

use spin_sdk::experimental::wasi::keyvalue::{atomics, batch, store};
use spin_sdk::http::body::IncomingBodyExt;
use spin_sdk::http::{IntoResponse, Request, StatusCode};
use spin_sdk::key_value::Store;

use crate::{Answer, text};

/// Turns an error into an answer, so that tests see what a component sees.
macro_rules! or_say {
    ($result:expr) => {
        match $result {
            Ok(value) => value,
            Err(error) => return text(format!("error: {error:?}")),
        }
    };
}

/// Does what `behaviour` says to the default store; the query `parameter` names the key.
pub(crate) async fn handle(behaviour: &str, request: Request, parameter: String) -> Answer {
    match behaviour {
        "open" => {
            or_say!(Store::open(&parameter).await);
            text("opened")
        }
        "increment" => {
            let bucket = or_say!(store::open("default"));
            text(or_say!(atomics::increment(&bucket, &parameter, 1)))
        }
        "append" => append(request, &parameter).await,
        "batch" => many(&parameter),
        "pages" => pages(),
        _ => plain(behaviour, request, parameter).await,
    }
}

async fn plain(behaviour: &str, request: Request, key: String) -> Answer {
    let store = or_say!(Store::open_default().await);
    match behaviour {
        "set" => {
            let value = request.into_body().bytes().await?;
            or_say!(store.set(&key, &value).await);
            text("set")
        }
        "get" => match or_say!(store.get(&key).await) {
            Some(value) => Ok(value.into_response()?),
            None => Ok(StatusCode::NOT_FOUND.into_response()?),
        },
        "exists" => text(or_say!(store.exists(&key).await)),
        "delete" => {
            or_say!(store.delete(&key).await);
            text("deleted")
        }
        "keys" => {
            let keys = store.get_keys().await;
            text(or_say!(keys.collect().await).join(" "))
        }
        // What goes wrong without atomics: read, then write.
        "careless-increment" => {
            let before = or_say!(store.get(&key).await).unwrap_or_default();
            let before: u64 = String::from_utf8_lossy(&before).parse().unwrap_or(0);
            or_say!(store.set(&key, (before + 1).to_string().as_bytes()).await);
            text(before + 1)
        }
        _ => Ok(StatusCode::NOT_FOUND.into_response()?),
    }
}

/// Appends the body to a value by compare-and-swap, however many try that at once.
async fn append(request: Request, key: &str) -> Answer {
    let piece = request.into_body().bytes().await?;
    let bucket = or_say!(store::open("default"));
    let mut cas = or_say!(atomics::Cas::new(&bucket, key));
    for turn in 1.. {
        let mut value = or_say!(cas.current()).unwrap_or_default();
        value.extend_from_slice(&piece);
        match atomics::swap(cas, &value) {
            Ok(()) => return text(turn),
            Err(atomics::CasError::CasFailed(fresh)) => cas = fresh,
            Err(error) => return text(format!("error: {error:?}")),
        }
    }
    text("never")
}

/// Writes, reads and deletes several keys with a prefix.
fn many(prefix: &str) -> Answer {
    let bucket = or_say!(store::open("default"));
    let keys: Vec<String> = (0..5).map(|i| format!("{prefix}{i}")).collect();
    let pairs: Vec<(String, Vec<u8>)> = keys.iter().map(|key| (key.clone(), key.clone().into_bytes())).collect();
    or_say!(batch::set_many(&bucket, &pairs));
    or_say!(batch::delete_many(&bucket, &keys[..2]));
    let found = or_say!(batch::get_many(&bucket, &keys));
    let found: Vec<String> =
        found.into_iter().map(|(key, value)| format!("{key}={}", value.map_or(0, |value| value.len()))).collect();
    text(found.join(" "))
}

/// Counts all keys, page by page.
fn pages() -> Answer {
    let bucket = or_say!(store::open("default"));
    let (mut keys, mut pages, mut cursor) = (0, 0, None::<String>);
    loop {
        let page = or_say!(bucket.list_keys(cursor.as_deref()));
        keys += page.keys.len();
        pages += 1;
        match page.cursor {
            Some(next) => cursor = Some(next),
            None => return text(format!("{keys} {pages}")),
        }
    }
}
