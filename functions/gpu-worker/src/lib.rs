//! Heavy inference, as a native server that functions at the edge hand work to.

pub mod exact;
