//! The art model: a pixel network of twelve families, trained in `models/atlas`.

use crate::Network;

/// Reads the network.
pub fn atlas() -> Network {
    let form = include_bytes!("../../models/atlas/atlas.vdgn");
    Network::from_bytes(form).expect("the committed form is valid, and a test reads it")
}
