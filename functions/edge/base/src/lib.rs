//! What the Workers that send requests have in common: how requests go out and bodies come in, within their bounds, and
//! where settings are.

mod body;
mod exchange;
mod outgoing;

pub use body::read;
pub use exchange::{exchange, received, within};
pub use outgoing::{made, outgoing};

use worker::Env;

/// A setting, named in upper case among the Worker's variables and secrets; `None` if it is missing or empty.
pub fn variable(env: &Env, name: &str) -> Option<String> {
    let value = env.var(&name.to_ascii_uppercase()).ok()?.to_string();
    Some(value).filter(|value| !value.is_empty())
}
