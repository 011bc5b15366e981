//! What starts nothing: tests, calls that are not the provider's, too old, too new, too large, about others.

use std::io::Write;
use std::time::Duration;

use alloy_primitives::{Address, U256, keccak256};
use alloy_sol_types::SolEvent;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use verdigris_core::abi::ISeedArt::SeedRequested;
use verdigris_tests::functions::{Functions, PLATFORMS, Settings};
use verdigris_tests::http::get;
use verdigris_tests::simulator::{self, ALL, Block, Call, Provider};

use super::{Heard, reported, seconds_now, send};

const DAY_S: u64 = 24 * 3600;
/// A secret of the form that every provider's has, and that none has.
const ANOTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// Events of a large webhook.
const MANY: u64 = 400;

/// The functions on both platforms, told the same.
struct Both([Functions; 2]);

impl Both {
    fn start(settings: &Settings) -> Self {
        Self(PLATFORMS.map(|platform| Functions::start(platform, settings.clone(), 0)))
    }

    /// What both answer, which must be the same.
    fn answer(&self, what: &str, ask: impl Fn(&str) -> Heard) -> Heard {
        let [host, worker] = self.0.each_ref().map(|functions| ask(functions.url()));
        assert_eq!(host, worker, "{what}: host and Worker differ");
        Heard { after: host.after.max(worker.after), ..host }
    }

    /// What both answer; the time is the slower one's.
    fn hear(&self, what: &str, provider: Provider, call: &Call) -> Heard {
        self.answer(&format!("{what}, {provider:?}"), |functions| send(functions, call))
    }
}

fn block(seconds: u64) -> Block {
    Block { chain_id: 31337, number: 5, hash: keccak256("a block"), seconds }
}

/// A log of a token whose seed is to be drawn, in a block that never comes.
fn minted(block: &Block, contract: Address) -> Value {
    mint_of(block, contract, U256::from(7))
}

fn mint_of(block: &Block, contract: Address, token: U256) -> Value {
    let event = SeedRequested { tokenId: token, drawBlock: 1_000_000 }.encode_log_data();
    simulator::log(block, &contract.to_string(), event.topics(), &event.data.to_string())
}

/// A collection that is served.
fn ours() -> Address {
    Address::repeat_byte(0x22)
}

/// A provider's call about a mint in a block of this time, made at this time.
fn call_of(provider: Provider, seconds: u64) -> Call {
    let block = block(seconds);
    provider.happened(&block, &[minted(&block, ours())]).remove(0).call(seconds)
}

#[test]
fn what_starts_nothing_is_answered_alike_and_leaves_nothing() {
    let both = Both::start(&Settings::bare().with("consumers", &ours().to_string()).with_providers());
    let bare = Both::start(&Settings::bare());
    first_looks(&both, &bare);
    tests_of_the_provider(&both);
    for provider in ALL {
        strangers(&both, &bare, provider);
        too_old_and_too_new(&both, provider);
        others_events(&both, provider);
        retractions(&both, provider);
    }
    bombs(&both);
    for provider in ALL {
        let heard = both.hear("after all that", provider, &call_of(provider, seconds_now()));
        let is_first = provider == ALL[0];
        assert_eq!((heard.status, reported(&heard, "taken")), (200, u64::from(is_first)), "{provider:?}: {heard:?}");
    }
}

/// As many as fit into a webhook: the provider gives up after a few seconds, and would send all of it again.
#[test]
fn a_webhook_with_very_many_events_is_taken_whole_before_its_provider_gives_up() {
    let both = Both::start(&Settings::bare().with("consumers", &ours().to_string()).with_providers());
    let block = block(seconds_now());
    for provider in [Provider::AlchemyGraphql, Provider::AlchemyActivity, Provider::QuickNodeGzip] {
        let tokens = U256::from(1000 * provider as u64);
        let logs: Vec<Value> = (0..MANY).map(|token| mint_of(&block, ours(), tokens + U256::from(token))).collect();
        let call = provider.happened(&block, &logs).remove(0).call(seconds_now());
        for what in ["taken", "known"] {
            let heard = both.hear(what, provider, &call);
            assert_eq!(reported(&heard, what), MANY, "{provider:?}: {heard:?}");
            assert!(provider.manner().is_content(heard.answer()), "{provider:?}: {heard:?}");
        }
    }
}

fn first_looks(both: &Both, bare: &Both) {
    let look = |of: &Both, path: &str| {
        of.answer(path, |functions| {
            let answer = get(&format!("{functions}/webhooks/{path}"));
            Heard {
                status: answer.status,
                content_type: answer.content_type.clone(),
                body: answer.text(),
                after: Duration::ZERO,
            }
        })
        .status
    };
    assert_eq!(look(both, "tenderly"), 200, "Tenderly looks first");
    for path in ["alchemy", "goldsky", "moralis", "quicknode", "standard"] {
        assert_eq!(look(both, path), 405, "{path}");
    }
    for path in ["alchemy", "goldsky", "moralis", "quicknode", "standard", "tenderly"] {
        // Which methods a route takes is no secret, whether it is set up or not.
        assert!(matches!(look(bare, path), 404 | 405), "{path}");
    }
    assert_eq!(look(both, "nobody"), 404);
}

fn tests_of_the_provider(both: &Both) {
    for test in ALL.into_iter().flat_map(Provider::test) {
        let now = seconds_now();
        let heard = both.hear("a test", test.provider, &test.call(now));
        assert!(test.provider.manner().is_content(heard.answer()), "{:?}: {heard:?}", test.provider);
        assert_eq!(both.hear("a stranger's test", test.provider, &test.call_with(ANOTHER, now)).status, 401);
    }
}

fn strangers(both: &Both, bare: &Both, provider: Provider) {
    let now = seconds_now();
    let block = block(now);
    let delivery = provider.happened(&block, &[minted(&block, ours())]).remove(0);
    let call = delivery.call(now);
    assert_eq!(bare.hear("no secret is set", provider, &call).status, 404);
    assert_eq!(both.hear("another's secret", provider, &delivery.call_with(ANOTHER, now)).status, 401);
    assert_eq!(both.hear("no signature", provider, &Call { headers: Vec::new(), ..call.clone() }).status, 401);
    let mut changed = call;
    let middle = changed.body.len() / 2;
    changed.body[middle] ^= 1;
    match provider {
        // A secret that is sent along protects no body.
        Provider::GoldskySubgraph | Provider::GoldskySink => {}
        Provider::QuickNodeGzip => {
            assert!(matches!(both.hear("a changed body", provider, &changed).status, 400 | 401));
        }
        _ => assert_eq!(both.hear("a changed body", provider, &changed).status, 401, "{provider:?}"),
    }
}

fn too_old_and_too_new(both: &Both, provider: Provider) {
    for (what, seconds) in [("too old", seconds_now() - DAY_S - 60), ("too new", seconds_now() + DAY_S + 60)] {
        let heard = both.hear(what, provider, &call_of(provider, seconds));
        let is_refused = heard.status == 401;
        assert!(is_refused || reported(&heard, "taken") + reported(&heard, "known") == 0, "{provider:?}: {heard:?}");
    }
}

fn others_events(both: &Both, provider: Provider) {
    let now = seconds_now();
    let here = block(now);
    let foreign = provider.happened(&here, &[minted(&here, Address::repeat_byte(0x33))]).remove(0);
    let elsewhere = Block { chain_id: 1, ..here };
    let names_chain = !matches!(
        provider,
        Provider::GoldskySubgraph
            | Provider::GoldskySink
            | Provider::QuickNode
            | Provider::QuickNodeGzip
            | Provider::Standard
    );
    let of_another_chain = provider.happened(&elsewhere, &[minted(&elsewhere, ours())]).remove(0);
    for delivery in [Some(foreign), names_chain.then_some(of_another_chain)].into_iter().flatten() {
        let heard = both.hear("an event of others", provider, &delivery.call(now));
        let is_content = provider.manner().is_content(heard.answer());
        assert!(is_content && reported(&heard, "ignored") >= 1, "{provider:?}: {heard:?}");
        assert_eq!(reported(&heard, "taken") + reported(&heard, "known") + reported(&heard, "lookups"), 0);
    }
}

fn retractions(both: &Both, provider: Provider) {
    let now = seconds_now();
    let block = block(now);
    for delivery in provider.retracted(&block, &[minted(&block, ours())]) {
        let heard = both.hear("a retraction", provider, &delivery.call(now));
        assert!(provider.manner().is_content(heard.answer()), "{provider:?}: {heard:?}");
        assert_eq!((reported(&heard, "retracted"), reported(&heard, "taken")), (1, 0), "{provider:?}");
    }
}

/// Small on the wire, and large once unpacked.
fn bombs(both: &Both) {
    let mut call = call_of(Provider::QuickNodeGzip, seconds_now());
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b' '; 16 << 20]).unwrap();
    call.body = packed.finish().unwrap();
    let heard = both.hear("a packed body that unpacks to 16 MiB", Provider::QuickNodeGzip, &call);
    assert_eq!((heard.status, reported(&heard, "taken")), (202, 0), "a refusal would stop the stream: {heard:?}");
    call.body = b"\x1f\x8b no gzip after all".to_vec();
    assert!(matches!(both.hear("not packed", Provider::QuickNodeGzip, &call).status, 400 | 401));
    let mut large = Call { body: vec![b'x'; (1 << 20) + 1], ..call_of(Provider::Standard, seconds_now()) };
    // The refusal comes before the body is read; who sends it all the same may find the connection gone.
    large.headers.push(("expect", "100-continue".to_owned()));
    assert_eq!(both.hear("a large body", Provider::Standard, &large).status, 413);
}
