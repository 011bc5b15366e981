//! What is written about providers, against what there is.

use super::*;

const OPENAPI: &str = include_str!("../../../openapi.yaml");
const SPIN: &str = include_str!("../../../../spin.toml");
const PROTOCOL: &str = include_str!("../../../../docs/protocol.md");

#[test]
fn every_provider_has_a_path_a_variable_and_a_line_in_the_documents() {
    for Provider { name, setting, looks_first, .. } in &PROVIDERS {
        let (_, path) = OPENAPI.split_once(&format!("\n  /webhooks/{name}:\n")).expect(name);
        let path = path.split_once("\n  /").expect("another path").0;
        assert!(path.contains(&format!("`{setting}`")), "the path of {name} does not name {setting}");
        assert_eq!(path.contains("    get:\n"), *looks_first, "{name}");
        assert!(SPIN.contains(&format!("\n{setting} = {{ default = \"\", secret = true }}\n")), "{setting}");
        assert!(SPIN.contains(&format!("\n{setting} = \"{{{{ {setting} }}}}\"\n")), "intake gets no {setting}");
        assert!(PROTOCOL.contains(&format!("| `{setting}` | secret: ")), "docs/protocol.md has no line for {setting}");
        assert!(PROTOCOL.contains(&format!("`/webhooks/{name}`")), "docs/protocol.md says nothing of {name}");
    }
    let workers = OPENAPI.matches("\n  /webhooks/worker").count();
    assert_eq!(OPENAPI.matches("\n  /webhooks/").count(), PROVIDERS.len() + workers);
}

#[test]
fn names_and_settings_are_each_one_provider_s() {
    for (index, one) in PROVIDERS.iter().enumerate() {
        assert!(provider(one.name).is_some_and(|found| found.setting == one.setting));
        assert!(PROVIDERS[..index].iter().all(|other| other.name < one.name && other.setting != one.setting));
    }
    assert!(provider("").is_none() && provider("alchemy/").is_none());
}
