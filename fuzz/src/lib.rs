//! What is tried with arbitrary bytes: each function takes any, and panics if something is found that must not be.
//!
//! `cargo xtask fuzz` runs them under libFuzzer; `fuzz/corpus` keeps inputs that reach different places of the code, and
//! `tests/corpus.rs` runs those on any machine.
#![allow(clippy::expect_used, reason = "a panic is a finding")]

use alloy_primitives::Address;
use verdigris_certify::{Options, certify};
use verdigris_core::car;
use verdigris_core::cid::{self, PROFILE, Shape};
use verdigris_core::event::Served;
use verdigris_core::http::Request;
use verdigris_core::webhook::{self, Signed, Told};
use verdigris_model::kernel::{Backend, Executor};
use verdigris_model::{Network, reference};

/// Every target.
pub const TARGETS: [&str; 9] =
    ["alchemy", "canonical_form", "car", "goldsky", "moralis", "onnx", "quicknode", "standard", "tenderly"];

/// The time at which webhooks come, in milliseconds since 1970.
pub const NOW_MS: u64 = 1_795_168_800_000;

/// Runs a target by its name.
///
/// # Panics
/// If something is found, or there is no such target.
pub fn run(target: &str, data: &[u8]) {
    match target {
        "onnx" => onnx(data),
        "canonical_form" => canonical_form(data),
        "car" => car(data),
        name => provider(name, data),
    }
}

/// A provider's webhook: as a body whose signature was believed, and as a request that nobody has signed.
///
/// # Panics
/// If an unsigned request is believed, or more is read out of a body than it can hold.
pub fn provider(name: &str, body: &[u8]) {
    let provider = webhook::provider(name).expect("a provider of this name");
    let signed = Signed { body: body.into(), made_ms: NOW_MS };
    if let Ok(Told::Logs(delivery)) = (provider.read)(&signed) {
        // The shortest log in any format is longer than this.
        assert!(delivery.events.len() + delivery.transactions.len() <= body.len() / 20 + 1);
        let contracts: Vec<Address> = delivery.events.iter().map(|event| event.contract).collect();
        let hub = contracts.first().copied().unwrap_or_default();
        let served = Served { chain_id: 31337, hub, consumers: contracts };
        delivery.events.iter().for_each(|event| drop(served.meaning(event)));
    }
    let request = Request { method: "POST".into(), headers: headers(), body: body.into(), ..Request::default() };
    assert!((provider.check)("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &request, NOW_MS).is_err());
}

/// What a provider's check looks for, with signatures of the right form.
fn headers() -> Vec<(String, Vec<u8>)> {
    let hexadecimal = "00".repeat(32);
    let headers = [
        ("x-alchemy-signature", hexadecimal.clone()),
        ("x-signature", format!("0x{hexadecimal}")),
        ("goldsky-webhook-secret", "none".into()),
        ("x-qn-nonce", "nonce".into()),
        ("x-qn-timestamp", (NOW_MS / 1000).to_string()),
        ("x-qn-signature", hexadecimal.clone()),
        ("webhook-id", "msg_1".into()),
        ("webhook-timestamp", (NOW_MS / 1000).to_string()),
        ("webhook-signature", format!("v1,{}=", "A".repeat(43))),
        ("x-tenderly-signature", hexadecimal),
        ("date", "2026-11-20 10:00:00 +0000 UTC".into()),
    ];
    headers.map(|(name, value)| (name.to_owned(), value.into_bytes())).into()
}

/// An ONNX file. What is certified is a network whose canonical form reads back as itself.
///
/// # Panics
/// If it doesn't.
pub fn onnx(file: &[u8]) {
    if let Ok(certificate) = certify(file, &Options::default()) {
        let form = certificate.network.to_bytes();
        let again = Network::from_bytes(&form).expect("the form of a certified network");
        assert_eq!(again.canonical_hash(), certificate.network.canonical_hash());
    }
}

/// Steps of a network that is small enough to be run for every input.
const QUICK: u64 = 1 << 20;

/// A canonical form: there is one for each network, and every kernel computes what the reference computes.
///
/// # Panics
/// If a form has a twin, or kernels differ.
pub fn canonical_form(form: &[u8]) {
    let Ok(network) = Network::from_bytes(form) else { return };
    assert_eq!(network.to_bytes(), form, "another form of the same network");
    let cost = network.cost();
    if cost.steps() > QUICK || cost.live_elements > 1 << 16 || network.input_len() > 1 << 12 {
        return;
    }
    let spec = network.spec();
    let between = |lo: i16, hi: i16, at: usize| {
        let span = i32::from(hi) - i32::from(lo) + 1;
        (i32::from(lo) + (at as i32).wrapping_mul(97).rem_euclid(span)) as i16
    };
    let input: Vec<i16> = (0..network.input_len()).map(|at| between(spec.input.lo, spec.input.hi, at)).collect();
    let latent: Vec<i16> = spec
        .latent
        .as_ref()
        .map(|latent| (0..network.latent_len()).map(|at| between(latent.lo, latent.hi, at)).collect())
        .unwrap_or_default();
    let expected = reference::run(&network, &input, &latent).expect("an input within its range");
    for backend in Backend::available() {
        let executor = Executor::new(&network, &latent, backend).expect("a latent within its range");
        let actual = executor.run(&input).expect("an input within its range");
        assert!(actual.iter().map(|value| i64::from(*value)).eq(expected.iter().copied()), "{backend:?}");
    }
}

/// An archive; and the same bytes as content, which must come back from the archive that is made of it.
///
/// # Panics
/// If they don't, or an archive is read that would not be made.
pub fn car(bytes: &[u8]) {
    // Of an input as short as these are, only the small shapes make trees.
    for shape in [PROFILE, Shape { chunk: 64, width: 3 }, Shape { chunk: 5, width: 2 }] {
        if let Ok((root, content)) = car::read_as(bytes, shape) {
            assert_eq!(car::archive_as(&content, shape), (root, bytes.to_vec()));
        }
        let (root, archive) = car::archive_as(bytes, shape);
        assert_eq!(root, cid::build(bytes, shape, |_, _| {}));
        assert_eq!(car::read_as(&archive, shape), Ok((root, bytes.to_vec())));
    }
}
