//! What manifests are read, and how the others are refused.

use std::num::NonZero;
use std::path::Path;

use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"
spin_manifest_version = 2

[application]
name = "art"
version = "0.1.0"
description = "A test"
authors = ["A"]

[variables]
rpc_url = { default = "http://127.0.0.1:8545" }
key = { required = true, secret = true }

[[trigger.http]]
route = "/webhooks/..."
component = "intake"

[[trigger.http]]
route = { private = true }
component = "dispatch"

[component.intake]
source = "intake.wasm"
description = "takes"
allowed_outbound_hosts = ["{{ rpc_url }}", "http://dispatch.spin.internal"]
key_value_stores = ["default"]
environment = { RUST_LOG = "info" }
[component.intake.variables]
rpc = "{{ rpc_url }}"
signing = "{{ key }}"
[component.intake.build]
command = "cargo build"
watch = ["src/**/*.rs"]

[component.dispatch]
source = "/somewhere/dispatch.wasm"
"#;

fn parse(text: &str) -> Result<Manifest, String> {
    Manifest::parse(text, Path::new("folder/spin.toml")).map_err(|error| error.to_string())
}

fn refusal(text: &str) -> String {
    parse(text).expect_err("it should be refused")
}

fn environment(name: &str) -> Option<String> {
    (name == "SPIN_VARIABLE_KEY").then(|| "s3cret".to_owned())
}

#[test]
fn a_good_manifest_is_understood() {
    let manifest = parse(GOOD).unwrap();
    assert_eq!(manifest.application.name, "art");
    assert_eq!(manifest.triggers().len(), 2);
    assert!(matches!(&manifest.triggers()[0].route, Route::Path(path) if path == "/webhooks/..."));
    assert!(matches!(manifest.triggers()[1].route, Route::Private(_)));
    let intake = &manifest.component["intake"];
    assert_eq!(intake.source, Path::new("folder/intake.wasm"));
    assert_eq!(manifest.component["dispatch"].source, Path::new("/somewhere/dispatch.wasm"));
    let variables = Variables::resolve(&manifest, environment, None).unwrap();
    let seen = variables.of("intake", intake).unwrap();
    assert_eq!(seen["rpc"], "http://127.0.0.1:8545");
    assert_eq!(seen["signing"], "s3cret");
    assert_eq!(seen.len(), 2, "a component sees its own variables only");
}

#[test]
fn a_missing_required_variable_is_named_as_the_environment_calls_it() {
    let manifest = parse(GOOD).unwrap();
    let error = Variables::resolve(&manifest, |_| None, None).err().unwrap();
    assert_eq!(error.to_string(), "required variables have no value: set SPIN_VARIABLE_KEY");
}

#[test]
fn a_placeholder_stands_for_required_variables_only() {
    let manifest = parse(GOOD).unwrap();
    let variables = Variables::resolve(&manifest, |_| None, Some("-")).unwrap();
    assert_eq!(variables.fill("intake", "x", "{{ key }} {{ rpc_url }}").unwrap(), "- http://127.0.0.1:8545");
}

#[test]
fn the_environment_wins_over_a_default() {
    let manifest = parse(GOOD).unwrap();
    let variables = Variables::resolve(&manifest, |_| Some("given".to_owned()), None).unwrap();
    assert_eq!(variables.fill("intake", "x", "{{ rpc_url }}").unwrap(), "given");
}

#[test]
fn a_template_with_an_unknown_variable_is_named_with_its_place() {
    let manifest = parse(&GOOD.replace("{{ key }}", "{{ kee }}")).unwrap();
    let variables = Variables::resolve(&manifest, environment, None).unwrap();
    let error = variables.of("intake", &manifest.component["intake"]);
    assert_eq!(
        error.unwrap_err().to_string(),
        "[component.intake] variables.signing: there is no variable \"kee\"; declare it under [variables]"
    );
}

#[test]
fn a_component_may_be_given_fewer_places_and_other_tools_tables_are_theirs() {
    let with = |table: &str| GOOD.replace("[component.dispatch]\n", &format!("{table}\n[component.dispatch]\n"));
    let places = |text: &str| parse(text).unwrap().component["dispatch"].tool.host.requests_per_core;
    assert_eq!(places(GOOD), None);
    let two = with("[component.dispatch.tool.verdigris-host]\nrequests_per_core = 2\n");
    assert_eq!(places(&two).map(NonZero::get), Some(2));
    assert_eq!(places(&with("[component.dispatch.tool.another]\nrequests_per_core = -7\n")), None);
    for (wrong, reason) in [("requests_per_core = 0", "nonzero"), ("requests = 2", "unknown field `requests`")] {
        let said = refusal(&with(&format!("[component.dispatch.tool.verdigris-host]\n{wrong}\n")));
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn keys_without_effect_here_are_refused_by_name() {
    for (place, key) in [
        ("[component.dispatch]\n", "sqlite_databases = [\"default\"]\n"),
        ("[component.dispatch]\n", "ai_models = [\"llama\"]\n"),
        ("[component.dispatch]\n", "files = [\"a\"]\n"),
        ("[application]\n", "trigger = { http = { base = \"/x\" } }\n"),
        ("[[trigger.http]]\n", "executor = { type = \"wagi\" }\n"),
    ] {
        let reason = refusal(&GOOD.replace(place, &format!("{place}{key}")));
        let name = key.split(' ').next().unwrap();
        assert!(reason.contains(&format!("unknown field `{name}`")), "{reason}");
    }
    let reason = refusal(&format!("{GOOD}\n[[trigger.redis]]\nchannel = \"a\"\n"));
    assert!(reason.contains("unknown field `redis`"), "{reason}");
}

#[test]
fn parts_that_do_not_fit_together_are_refused_with_a_reason() {
    for (from, to, expected) in [
        ("version = 2", "version = 1", "this host reads version 2"),
        ("component = \"intake\"", "component = \"other\"", "no [component.other]"),
        ("private = true", "private = false", "means nothing"),
        ("route = \"/webhooks/...\"", "route = 5", "a route is a path"),
        ("[component.dispatch]", "[component.\"a b\"]", "no [component.dispatch]"),
        ("default = \"http://127.0.0.1:8545\"", "secret = true", "neither required nor has a default"),
        ("required = true", "required = true, default = \"a\"", "required and has a default"),
        ("rpc_url = {", "Rpc = {", "is not a variable's name"),
        ("source = \"intake.wasm\"", "source = { url = \"a\", digest = \"b\" }", "source"),
        ("[component.intake]", "[component.intake", "spin.toml"),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let reason = refusal(&GOOD.replace(from, to));
        assert!(reason.contains(expected), "{from} → {to}: {reason}");
    }
    assert!(refusal("").contains("missing field"));
}

#[test]
fn a_manifest_that_is_no_file_or_too_large_is_refused() {
    assert!(Manifest::read(Path::new("no/such/spin.toml")).is_err());
    let path = std::env::temp_dir().join(format!("verdigris-large-{}.toml", std::process::id()));
    fs::write(&path, vec![b'#'; MANIFEST_BYTES as usize + 1]).unwrap();
    let error = Manifest::read(&path).unwrap_err();
    fs::remove_file(&path).unwrap();
    assert!(matches!(error, ManifestError::TooLarge(_)), "{error}");
}

/// Cuts, doubles or replaces a piece of the good manifest.
fn damaged() -> impl Strategy<Value = String> {
    (0..GOOD.len(), 0..GOOD.len(), "\\PC{0,12}").prop_map(|(a, b, insert)| {
        let (from, to) = (a.min(b), a.max(b).min(a.min(b) + 40));
        format!("{}{insert}{}", &GOOD[..from], &GOOD[to..])
    })
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,400}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_damage_makes_the_parser_panic(text in damaged()) {
        if let Ok(manifest) = parse(&text) {
            let variables = Variables::resolve(&manifest, |_| Some(String::new()), None).unwrap();
            for (id, component) in &manifest.component {
                let _ = variables.of(id, component);
            }
        }
    }

    #[test]
    fn a_template_without_braces_is_itself(text in "[^{]{0,60}") {
        prop_assert_eq!(Template::parse(&text).unwrap().fill(|_| None).unwrap(), text);
    }

    #[test]
    fn no_template_makes_the_reader_panic(text in "[{} a-z_]{0,40}") {
        let _ = Template::parse(&text).map(|template| template.fill(|_| Some("x")));
    }
}
