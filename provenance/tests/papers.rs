//! Papers hold as they were signed, and not with anything changed.
#![allow(clippy::unwrap_used, reason = "test code: a panic is a failed test")]

mod common;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use common::{Model, commit, key};
use serde_json::{Value, json};
use verdigris_provenance::{
    Bundle, Folder, MANIFEST, MODEL_BUNDLE, Manifest, Outcome, PrivateKey, SIGNER, Sha256Digest, Statement,
    TRAINING_BUNDLE, Tree, sign, to_canonical, verify, verify_data,
};

#[test]
fn what_was_signed_holds() {
    let model = Model::signed();
    let papers = verify(&model.folder, Some(key().public_key()));
    let not_held: Vec<_> = papers.checks.iter().filter(|check| !matches!(check.outcome, Outcome::Holds(_))).collect();
    assert!(not_held.is_empty(), "{not_held:#?}");
    assert!(papers.checks.len() > 20, "every part is a check of its own: {:#?}", papers.checks);
    assert_eq!(papers.manifest.unwrap().to_bytes().unwrap(), model.read(MANIFEST));
}

#[test]
fn a_folder_may_be_called_something_else() {
    let model = Model::signed();
    let elsewhere = model.folder.path().with_file_name("toy-2");
    std::fs::rename(model.folder.path(), &elsewhere).unwrap();
    let checks = verify(&Folder::at(elsewhere), Some(key().public_key())).checks;
    assert!(!checks.iter().any(|check| check.outcome.fails()), "{checks:#?}");
}

#[test]
fn a_declared_name_does_not_lead_out_of_the_folder() {
    let model = Model::signed();
    let declared = String::from_utf8(model.read("model.toml")).unwrap();
    model.write("model.toml", declared.replace("'toy'", "'../toy'"));
    assert!(format!("{:?}", model.failures()).contains("`../toy.onnx` is not the name of a file inside the folder"));
}

#[test]
fn signing_twice_gives_the_same_bytes() {
    let (one, other) = (Model::signed(), Model::signed());
    for name in [MANIFEST, MODEL_BUNDLE, TRAINING_BUNDLE, SIGNER] {
        assert_eq!(one.read(name), other.read(name), "{name}");
    }
    sign(&one.folder, Some(commit()), &key()).unwrap();
    assert_eq!(one.read(MODEL_BUNDLE), other.read(MODEL_BUNDLE), "papers that are there already don't count");
}

#[test]
fn a_changed_missing_or_added_file_is_named() {
    let all =
        ["toy.onnx", "toy.vdgn", "train.py", "requirements.txt", "README.md", "metrics.json", "model.toml", SIGNER];
    for name in all {
        let model = Model::signed();
        let mut bytes = model.read(name);
        bytes.push(b'\n');
        model.write(name, bytes);
        let failures = format!("{:?}", model.failures());
        assert!(failures.contains(&format!("{name} is ")), "{name}: {failures}");

        std::fs::remove_file(model.folder.path_of(name)).unwrap();
        let failures = format!("{:?}", model.failures());
        assert!(failures.contains(&format!("{name} is missing")), "{name}: {failures}");
    }
    let model = Model::signed();
    model.write("provenance/extra.py", "");
    assert!(format!("{:?}", model.failures()).contains("provenance/extra.py is not signed"));
}

#[test]
fn every_field_of_the_manifest_is_compared() {
    let model = Model::signed();
    let manifest: Value = serde_json::from_slice(&model.read(MANIFEST)).unwrap();
    let other = PrivateKey::from_random(&[8; 32]).unwrap().public_key().to_string();
    let changes = [
        ("name", json!("other")),
        ("version", json!(3)),
        ("task", json!("tensor")),
        ("parent", json!(format!("0x{}", "11".repeat(32)))),
        ("canonicalHash", json!(format!("0x{}", "11".repeat(32)))),
        ("onnxHash", json!(format!("0x{}", "11".repeat(32)))),
        ("dataSets", json!([])),
        ("code", json!({ "commit": null, "files": [] })),
        ("hyperparameters", json!({ "rate": 0.003 })),
        ("environment", json!({})),
        ("metrics", json!({ "psnr": 41.25, "seconds": 9 })),
        ("licence", json!("GPL-3.0-only")),
        ("signingKey", json!(other)),
        ("format", json!("verdigris/model-manifest/2")),
    ];
    assert_eq!(changes.len(), manifest.as_object().unwrap().len(), "all fields are in the list");
    for (field, value) in changes {
        let mut changed = manifest.clone();
        changed[field] = value;
        model.write(MANIFEST, to_canonical(&changed).unwrap());
        let failures = model.failures();
        let named = failures.iter().any(|check| {
            check.claim.contains(field) || check.outcome.detail().contains(field) || check.claim.contains("signer.pem")
        });
        assert!(named, "{field}: {failures:#?}");
        assert!(failures.iter().any(|check| check.outcome.detail().contains("manifest.json is ")), "{failures:#?}");
    }
}

#[test]
fn papers_of_another_key_fail() {
    let model = Model::signed();
    let stranger = PrivateKey::from_random(&[8; 32]).unwrap();
    let failures = model.failures_with(stranger.public_key());
    assert_eq!(failures.len(), 3, "the manifest and both signatures: {failures:#?}");
    assert!(failures[1].outcome.detail().starts_with("it names the key "), "{failures:#?}");
}

#[test]
fn a_manifest_that_names_another_key_than_the_one_that_signed_fails() {
    let model = Model::signed();
    let other = PrivateKey::from_random(&[8; 32]).unwrap();
    let (manifest, pem) = (model.read(MANIFEST), model.read(SIGNER));
    sign(&model.folder, Some(commit()), &other).unwrap();
    model.write(MANIFEST, manifest);
    model.write(SIGNER, pem);
    let failures = model.failures_with(other.public_key());
    assert_eq!(failures[0].claim, "the manifest's signingKey is the key that signed", "{failures:#?}");
}

/// Changes a bundle's statement; signs it again, or leaves the signature as it is.
fn change_statement(model: &Model, bundle: &str, sign_again: bool, change: impl FnOnce(&mut Value)) {
    let mut outer: Value = serde_json::from_slice(&model.read(bundle)).unwrap();
    let payload = BASE64.decode(outer["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
    let mut statement: Value = serde_json::from_slice(&payload).unwrap();
    change(&mut statement);
    outer["dsseEnvelope"]["payload"] = BASE64.encode(to_canonical(&statement).unwrap()).into();
    let mut changed = outer.to_string().into_bytes();
    if sign_again {
        let statement: Statement<Value> = serde_json::from_value(statement).unwrap();
        changed = Bundle::sign(&statement, &key()).unwrap().to_bytes().unwrap();
    }
    model.write(bundle, changed);
}

#[test]
fn every_part_of_the_training_statement_is_compared() {
    let parts = [
        "/subject/0/digest/sha256",
        "/predicate/buildDefinition/buildType",
        "/predicate/buildDefinition/externalParameters/hyperparameters/rate",
        "/predicate/buildDefinition/internalParameters/environment/numpy",
        "/predicate/buildDefinition/resolvedDependencies/0/digest/rfc9162-sha256",
        "/predicate/buildDefinition/resolvedDependencies/1/digest/gitCommit",
        "/predicate/runDetails/builder/id",
        "/predicate/runDetails/metadata/invocationId",
        "/predicate/runDetails/byproducts/0/name",
    ];
    for part in parts {
        let model = Model::signed();
        let change = |statement: &mut Value| *statement.pointer_mut(part).unwrap() = json!("cd".repeat(32));
        change_statement(&model, TRAINING_BUNDLE, true, change);
        let failures = model.failures();
        assert_eq!(failures.len(), 1, "{part}: {failures:#?}");
        let name = part.rsplit('/').next().unwrap();
        assert!(format!("{failures:?}").contains(name), "{part}: {failures:#?}");
    }
    let model = Model::signed();
    change_statement(&model, TRAINING_BUNDLE, true, |statement| statement["predicate"]["more"] = json!(1));
    assert!(format!("{:?}", model.failures()).contains("unknown field `more`"));
}

#[test]
fn a_list_of_files_that_does_not_fit_itself_fails() {
    let changes: [(&str, Value, &str); 6] = [
        ("/subject/0/digest/sha256", json!("cd".repeat(32)), "its subject says"),
        ("/predicate/resources/0/digest", json!("cd".repeat(32)), "its files hash to"),
        ("/predicate/resources/0/name", json!("../../etc/passwd"), "is not the name of a file inside the folder"),
        ("/predicate/resources/0/algorithm", json!("md5"), "unknown variant `md5`"),
        ("/predicate/serialization/method", json!("shards"), "unknown variant `shards`"),
        ("/predicate/resources/0/name", json!("model.toml"), "twice"),
    ];
    for (part, value, why) in changes {
        let model = Model::signed();
        change_statement(&model, MODEL_BUNDLE, false, |statement| *statement.pointer_mut(part).unwrap() = value);
        let failures = format!("{:?}", model.failures());
        assert!(failures.contains(why), "{part}: {failures}");
        assert!(failures.contains("it is not signed by"), "{part}: {failures}");
    }
}

#[test]
fn a_signature_that_leaves_the_model_out_is_not_enough() {
    let model = Model::signed();
    change_statement(&model, MODEL_BUNDLE, true, |statement| {
        let predicate = &mut statement["predicate"];
        predicate["serialization"]["ignore_paths"].as_array_mut().unwrap().push(json!("toy.onnx"));
        let resources = predicate["resources"].as_array_mut().unwrap();
        resources.retain(|resource| resource["name"] != "toy.onnx");
        let digests = resources.iter().flat_map(|resource| hex::decode(resource["digest"].as_str().unwrap()).unwrap());
        let root = Sha256Digest::of(&digests.collect::<Vec<_>>());
        statement["subject"][0]["digest"]["sha256"] = json!(root);
    });
    let failures = model.failures();
    assert_eq!(failures.len(), 2, "{failures:#?}");
    assert!(failures.iter().all(|check| check.outcome.detail() == "toy.onnx is not signed"), "{failures:#?}");
}

#[test]
fn what_a_signer_leaves_out_beside_git_s_files_and_the_signatures_counts_as_unsigned() {
    let model = Model::signed();
    change_statement(&model, MODEL_BUNDLE, true, |statement| {
        statement["predicate"]["serialization"]["ignore_paths"].as_array_mut().unwrap().push(json!("plugins"));
    });
    assert!(model.failures().is_empty(), "nothing lies there: {:#?}", model.failures());
    std::fs::create_dir(model.folder.path_of("plugins")).unwrap();
    model.write("plugins/numpy.so", "planted");
    let failures = model.failures();
    assert_eq!(failures.len(), 1, "{failures:#?}");
    assert_eq!(failures[0].outcome.detail(), "plugins/numpy.so is not signed");

    let model = Model::signed();
    for name in [".gitignore", ".gitattributes"] {
        model.write(name, "*.npy\n");
    }
    assert!(model.failures().is_empty(), "git's own files are not signed: {:#?}", model.failures());
}

#[test]
fn compiled_python_is_neither_signed_nor_accepted() {
    for name in ["__pycache__/train.cpython-311.pyc", "sub/__PyCache__/x", "train.pyc"] {
        let plant = |model: &Model| {
            let path = model.folder.path_of(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "planted").unwrap();
        };
        let model = Model::signed();
        plant(&model);
        let failures = model.failures();
        assert_eq!(failures[0].claim, "the folder holds no compiled Python", "{failures:#?}");
        assert!(failures[0].outcome.detail().contains(name), "{failures:#?}");
        assert_eq!(failures[1].outcome.detail(), format!("{name} is not signed"), "{failures:#?}");

        let model = Model::unsigned();
        plant(&model);
        let error = sign(&model.folder, None, &key()).expect_err("it is there").to_string();
        assert!(error.contains(name) && error.contains("python -B"), "{error}");
        assert!(!model.folder.has(MANIFEST), "nothing is written");
    }
}

#[test]
fn a_number_that_canonical_json_cannot_write_is_not_signed() {
    let model = Model::unsigned();
    model.write("metrics.json", r#"{"recipe": {"seed": 9007199254740993}}"#);
    let error = sign(&model.folder, None, &key()).expect_err("it is not exact").to_string();
    assert!(error.contains("not exact as a double"), "{error}");
}

#[test]
fn a_double_that_is_a_whole_number_is_written_as_one_and_still_holds() {
    let model = Model::unsigned();
    model.write("metrics.json", r#"{"recipe": {"rate": 3.0}, "environment": {}, "psnr": [30.0, 31.5]}"#);
    sign(&model.folder, None, &key()).unwrap();
    assert!(String::from_utf8(model.read(MANIFEST)).unwrap().contains("[30,31.5]"));
    assert!(model.failures().is_empty(), "{:#?}", model.failures());
}

#[test]
fn a_data_set_s_root_is_computed_again() {
    let model = Model::unsigned();
    let mut tree = Tree::default();
    for index in 0..3_u8 {
        tree.push(&[&[0, 0, 0, index], &[10 * index, 10 * index + 1]]);
    }
    let declared = String::from_utf8(model.read("model.toml")).unwrap();
    model.write("model.toml", declared.replace(&"ab".repeat(32), &tree.root().to_string()));
    sign(&model.folder, None, &key()).unwrap();
    let manifest = Manifest::from_bytes(&model.read(MANIFEST)).unwrap();

    let data = tempfile::tempdir().unwrap();
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2), }\n";
    let file = |values: [u8; 6]| {
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &values].concat()
    };
    let check = || verify_data(&manifest, data.path()).remove(0).outcome;
    assert!(check().detail().contains("train.npy"), "it is missing");
    std::fs::write(data.path().join("train.npy"), file([0, 1, 10, 11, 20, 21])).unwrap();
    assert!(matches!(check(), Outcome::Holds(_)), "{:?}", check());
    std::fs::write(data.path().join("train.npy"), file([0, 1, 10, 11, 20, 22])).unwrap();
    assert!(check().detail().starts_with("expected 3 entries, root "), "{:?}", check());
}

#[test]
fn a_folder_without_papers_fails_and_says_what_is_missing() {
    let failures = Model::unsigned().failures();
    assert_eq!(failures.len(), 3, "{failures:#?}");
    assert!(failures[0].outcome.detail().contains("provenance/manifest.json"), "{failures:#?}");
}
