//! Short names for what the module and its glue call each other. wasm-bindgen's hold hashes, which don't compress; nobody
//! else uses them.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode};
use wasm_encoder::{ExportSection, ImportSection, Module};
use wasmparser::{Export, ImportSectionReader, Parser, Payload};

/// What the names begin with that wasm-bindgen makes up.
const MADE_UP: [&str; 2] = ["__wb", "wasm_bindgen_"];

/// The module and its glue, with short names.
pub fn shortened(module: &[u8], glue: &str) -> Result<(Vec<u8>, String), String> {
    let names = long_names(module).map_err(|error| error.to_string())?;
    // What the glue passes on to its own callers keeps its name.
    let of_module_alone = names.iter().filter(|name| !glue.contains(&format!("export function {name}")));
    let short = of_module_alone.enumerate().map(|(number, name)| (name.as_str(), format!("${number}"))).collect();
    let mut renamed = Module::new();
    let done = Renamed(&short).parse_core_module(&mut renamed, Parser::new(0), module);
    done.map_err(|error| error.to_string())?;
    Ok((renamed.finish(), with_words_replaced(glue, &short)))
}

fn long_names(module: &[u8]) -> wasmparser::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let mut add = |name: &str| {
        if MADE_UP.iter().any(|beginning| name.starts_with(beginning)) {
            names.insert(name.to_owned());
        }
    };
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    add(import?.name);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    add(export?.name);
                }
            }
            _ => {}
        }
    }
    Ok(names)
}

type Short<'a> = HashMap<&'a str, String>;

struct Renamed<'a>(&'a Short<'a>);

impl Renamed<'_> {
    fn name<'b>(&'b self, name: &'b str) -> &'b str {
        self.0.get(name).map_or(name, String::as_str)
    }
}

impl Reencode for Renamed<'_> {
    type Error = Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> Result<(), Error> {
        for import in section.into_imports() {
            let import = import?;
            let kind = self.entity_type(import.ty)?;
            imports.import(import.module, self.name(import.name), kind);
        }
        Ok(())
    }

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Result<(), Error> {
        let kind = self.export_kind(export.kind)?;
        let index = self.external_index(export.kind, export.index)?;
        exports.export(self.name(export.name), kind, index);
        Ok(())
    }
}

fn with_words_replaced(text: &str, short: &Short<'_>) -> String {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(is_of_word).unwrap_or(rest.len());
        let (between, behind) = rest.split_at(start);
        let (word, behind) = behind.split_at(behind.find(|c| !is_of_word(c)).unwrap_or(behind.len()));
        out.push_str(between);
        out.push_str(short.get(word).map_or(word, String::as_str));
        rest = behind;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::shortened;
    use wasm_encoder::{EntityType, ExportKind, ExportSection, ImportSection, Module, TypeSection};
    use wasmparser::{Parser, Payload, Validator};

    #[test]
    fn the_module_and_its_glue_call_each_other_by_the_same_short_names() {
        let (mut types, mut imports, mut exports) = (TypeSection::new(), ImportSection::new(), ExportSection::new());
        types.ty().function([], []);
        imports.import("./glue.js", "__wbg_fetch_f8d735ba6fe1b719", EntityType::Function(0));
        for name in ["fetch", "__wbindgen_start", "__wbg_reset"] {
            exports.export(name, ExportKind::Func, 0);
        }
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&exports);
        let glue = "const imports = { __wbg_fetch_f8d735ba6fe1b719: () => fetch() };\n\
                    wasm.__wbindgen_start(); wasm.fetch();\nexport function __wbg_reset() { wasm.__wbg_reset(); }";
        let (short, text) = shortened(&module.finish(), glue).expect("shortened");
        Validator::new().validate_all(&short).expect("a module");
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(&short) {
            match payload.expect("a section") {
                Payload::ImportSection(all) => names.extend(all.into_imports().map(|one| one.expect("one").name)),
                Payload::ExportSection(all) => names.extend(all.into_iter().map(|one| one.expect("one").name)),
                _ => {}
            }
        }
        assert_eq!(names, ["$0", "fetch", "$1", "__wbg_reset"]);
        assert_eq!(
            text,
            "const imports = { $0: () => fetch() };\n\
             wasm.$1(); wasm.fetch();\nexport function __wbg_reset() { wasm.__wbg_reset(); }"
        );
    }
}
