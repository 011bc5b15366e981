//! A folder of models in Triton's layout: `{model}/config.pbtxt` and `{model}/{version}/{file}`.

mod config;
mod text_format;

pub use config::{Config, Named, Versions};
