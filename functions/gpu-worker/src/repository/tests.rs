use super::*;
use crate::tensor::DataType;

const ATLAS: &[u8] = include_bytes!("../../../../models/atlas/atlas.vdgn");
const DUEL: &[u8] = include_bytes!("../../../../models/duel/duel.vdgn");

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("verdigris-models-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn fault(repository: &Repository, name: &str) -> Option<String> {
    repository.standings().into_iter().find(|standing| standing.name == name).and_then(|standing| standing.fault)
}

#[test]
fn what_lies_there_is_served_by_its_policy() {
    let folder = Folder::new("policy");
    folder.write("atlas/1/model.vdgn", ATLAS);
    folder.write("atlas/2/model.vdgn", ATLAS);
    folder.write("all/config.pbtxt", "version_policy { all {} } default_model_filename: \"duel.vdgn\"");
    folder.write("all/1/duel.vdgn", DUEL);
    folder.write("all/7/duel.vdgn", DUEL);
    folder.write(".hidden/1/model.vdgn", ATLAS);
    folder.write("no model, by its name/1/model.vdgn", ATLAS);
    folder.write("README.md", "no folder");
    let repository = Repository::new(&folder.0, Engines::default(), Arc::default());
    repository.reload().expect("the folder is there");
    assert_eq!(repository.versions("atlas"), [2]);
    assert_eq!(repository.versions("all"), [1, 7]);
    assert_eq!(repository.standings().len(), 3);
    assert!(repository.is_ready());
    assert_eq!(repository.get("all", None).expect("it serves").version, 7);
    assert_eq!(repository.get("all", Some(1)).expect("it serves").version, 1);
    assert!(repository.get("all", Some(2)).is_none() && repository.get("none", None).is_none());
}

#[test]
fn a_change_is_taken_up_and_a_broken_one_leaves_what_served() {
    let folder = Folder::new("reload");
    folder.write("m/1/model.vdgn", DUEL);
    let repository = Repository::new(&folder.0, Engines::default(), Arc::default());
    let inputs = || repository.get("m", None).expect("it serves").batcher.engine().signature().inputs[0].shape.clone();
    repository.reload().expect("the folder is there");
    let (before, first) = (repository.get("m", None).expect("it serves"), inputs());
    repository.reload().expect("the folder is there");
    assert!(
        Arc::ptr_eq(&before, &repository.get("m", None).expect("it serves")),
        "what is the same is not loaded again"
    );

    folder.write("m/1/model.vdgn", &ATLAS[..ATLAS.len() - 1]);
    repository.reload().expect("the folder is there");
    assert!(fault(&repository, "m").expect("it is broken").contains("model.vdgn"));
    assert!(repository.is_ready());
    assert_eq!(inputs(), first, "the old one serves on");

    folder.write("m/1/model.vdgn", ATLAS);
    repository.reload().expect("the folder is there");
    assert_eq!((fault(&repository, "m"), inputs()), (None, vec![Some(6), Some(1), Some(1)]));

    fs::remove_dir_all(folder.0.join("m")).expect("removed");
    repository.reload().expect("the folder is there");
    assert!(repository.get("m", None).is_none() && repository.standings().is_empty());
    drop(folder);
    assert!(repository.reload().expect_err("the folder is gone").contains("verdigris-models-reload"));
}

#[test]
fn a_version_that_does_not_load_keeps_none_of_the_others_away() {
    let folder = Folder::new("versions");
    for model in ["latest", "all"] {
        folder.write(&format!("{model}/1/model.vdgn"), DUEL);
        folder.write(&format!("{model}/2/model.vdgn"), ATLAS);
        folder.write(&format!("{model}/3/model.vdgn"), "nonsense");
    }
    folder.write("all/config.pbtxt", "version_policy { all {} }");
    let repository = Repository::new(&folder.0, Engines::default(), Arc::default());
    repository.reload().expect("the folder is there");
    assert_eq!((repository.versions("latest"), repository.versions("all")), (vec![2], vec![1, 2]));
    assert!(fault(&repository, "latest").expect("one is broken").starts_with("version 3: "));
    assert!(repository.is_ready());

    folder.write("all/2/model.vdgn", "nonsense, too");
    folder.write("all/3/model.vdgn", ATLAS);
    repository.reload().expect("the folder is there");
    assert_eq!(repository.versions("all"), [1, 2, 3], "of version 2 the old one serves on");
    assert!(fault(&repository, "all").expect("one is broken").starts_with("version 2: "));

    fs::remove_dir_all(folder.0.join("all/2")).expect("removed");
    fs::remove_dir_all(folder.0.join("latest/1")).expect("removed");
    fs::remove_dir_all(folder.0.join("latest/2")).expect("removed");
    repository.reload().expect("the folder is there");
    assert_eq!(repository.versions("all"), [1, 3]);
    assert!(
        repository.get("latest", None).is_none(),
        "what is taken away serves no longer, though nothing is in its place"
    );
}

#[test]
fn what_cannot_be_served_says_why() {
    let folder = Folder::new("faults");
    folder.write("empty/config.pbtxt", "");
    folder.write("text/config.pbtxt", "name: ");
    folder.write("bytes/config.pbtxt", [255]);
    folder.write("backend/config.pbtxt", "backend: \"python\"");
    folder.write("backend/1/model.py", "");
    folder.write("missing/1/other.vdgn", DUEL);
    folder.write("port/config.pbtxt", "input { name: \"input\" data_type: TYPE_FP32 dims: [ 6, 1, 1 ] }");
    folder.write("port/1/model.vdgn", ATLAS);
    folder.write("name/config.pbtxt", "output { name: \"x\" data_type: TYPE_UINT8 dims: [ 3, 1, 1 ] }");
    folder.write("name/1/model.vdgn", ATLAS);
    let repository = Repository::new(&folder.0, Engines::default(), Arc::default());
    repository.reload().expect("the folder is there");
    assert!(!repository.is_ready());
    for (name, wrong) in [
        ("empty", "has no version to serve"),
        ("text", "line 1: a value is missing"),
        ("bytes", "is not UTF-8"),
        ("backend", "its backend is `python`"),
        ("missing", "has none of model.vdgn, model.onnx and model_index.json"),
        ("port", "input `input` is INT16 [6, 1, 1], not FP32 [6, 1, 1]"),
        ("name", "the model has no output `x`"),
    ] {
        let found = fault(&repository, name).expect(name);
        assert!(found.contains(wrong), "{name}: {found}");
    }
}

#[tokio::test]
async fn the_flagship_runs_from_its_file() {
    let folder = Folder::new("run");
    folder.write("atlas/1/model.vdgn", ATLAS);
    let repository = Repository::new(&folder.0, Engines::default(), Arc::default());
    repository.reload().expect("the folder is there");
    let model = repository.get("atlas", None).expect("it serves");
    let tensor = |name, shape: &[i64], values: &[i16]| {
        let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        crate::tensor::Tensor::from_bytes(name, DataType::Int16, shape, data, 1 << 20).expect("a tensor")
    };
    let (points, latent) = ([[1, 2, 3, 4, 5, 6], [-8, 7, 9, 0, 3, 2]], [5; 32]);
    let inputs = vec![tensor("input", &[2, 6, 1, 1], points.as_flattened()), tensor("latent", &[32], &latent)];
    let made = model.batcher.run(inputs).await.expect("an answer");
    let network = verdigris_model::Network::from_bytes(ATLAS).expect("a network");
    let right =
        points.iter().flat_map(|point| verdigris_model::reference::run(&network, point, &latent).expect("runs"));
    assert_eq!((made[0].datatype, &made[0].shape[..]), (DataType::Uint8, &[2, 3, 1, 1][..]));
    assert_eq!(made[0].data, right.map(|value| value as u8).collect::<Vec<_>>());
}
