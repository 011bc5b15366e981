//! `spin:variables` and `wasi:config` for guests: the same settings through two interfaces.

use wasmtime::component::Accessor;

use crate::bindings::spin::variables::variables;
use crate::bindings::wasi::config::store as config;
use crate::state::{Guest, GuestView};

impl variables::Host for GuestView<'_> {}

impl<T: Send> variables::HostWithStore<T> for Guest {
    async fn get(accessor: &Accessor<T, Self>, name: String) -> wasmtime::Result<Result<String, variables::Error>> {
        if !is_name(&name) {
            return Ok(Err(variables::Error::InvalidName(format!(
                "{name:?} is not a variable's name: lower-case letters, digits and underscores, a letter first"
            ))));
        }
        let value = accessor.with(|mut access| access.get().reach.variables.get(&name).cloned());
        Ok(value.ok_or_else(|| {
            variables::Error::Undefined(format!(
                "the component has no variable {name:?}; add it to [component.….variables] in spin.toml"
            ))
        }))
    }
}

/// Spin's rule for names of variables.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

impl config::Host for GuestView<'_> {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, config::Error>> {
        Ok(Ok(self.reach.variables.get(&key).cloned()))
    }

    fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, config::Error>> {
        let all = self.reach.variables.iter();
        Ok(Ok(all.map(|(k, v)| (k.clone(), v.clone())).collect()))
    }
}
