//! What does not fit is refused with the node's name, the rule and the value; and no bytes make certify panic.

mod common;

use common::graph::*;
use common::random;
use proptest::prelude::*;
use tract_onnx::pb::{StringStringEntryProto, TensorProto};
use verdigris_certify::{CertifyError, Options, Rule, WriteOptions, certify, guard, write_onnx};

fn refusal(graph: &Graph) -> String {
    certify(&graph.bytes(), &Options::default()).expect_err("it is out of profile").to_string()
}

/// Asserts that the message has each of the parts.
fn says(graph: &Graph, parts: &[&str]) {
    let message = refusal(graph);
    for part in parts {
        assert!(message.contains(part), "`{message}` should say `{part}`");
    }
}

/// A graph with weights `w` of one row and a bias, then the activation's constants.
fn base(weights: &[f32], bias: f32) -> Graph {
    Graph::new()
        .input("x", FLOAT, &[0, weights.len() as i64])
        .floats("w", &[weights.len() as i64, 1], weights)
        .floats("b", &[1], &[bias])
        .floats("scale", &[], &[0.25])
        .floats("zero", &[], &[0.0])
        .floats("most", &[], &[255.0])
}

fn layer(weights: &[f32], bias: f32) -> Graph {
    base(weights, bias).node("Gemm", &["x", "w", "b"], "acc")
}

fn ended(graph: Graph) -> Graph {
    graph.node("Mul", &["acc", "scale"], "s").node("Floor", &["s"], "f").node("Clip", &["f", "zero", "most"], "y")
}

#[test]
fn weights_biases_and_scales_are_refused_with_their_values() {
    says(&ended(layer(&[1.0, 0.372], 0.0)), &["Gemm `the Gemm of acc`", "weight [1, 0] is 0.372;", "-128 to 127"]);
    says(&ended(layer(&[128.0], 0.0)), &["weight [0, 0] is 128"]);
    says(&ended(layer(&[f32::NAN], 0.0)), &["weight [0, 0] is NaN"]);
    says(&ended(layer(&[1.0], 0.25)), &["bias of channel 0 becomes 0.25", "n + 0.5"]);
    says(&ended(layer(&[1.0], f32::INFINITY)), &["bias of channel 0 becomes inf"]);
    says(&ended(layer(&[1.0], 3e9)), &["bias of channel 0 is 3000000000"]);
    let scaled = |scale: f32| {
        let graph = layer(&[1.0], 0.0).floats("k", &[], &[scale]);
        graph.node("Mul", &["acc", "k"], "s").node("Floor", &["s"], "f").node("Clip", &["f", "zero", "most"], "y")
    };
    for (scale, shown) in
        [(0.3, " 0.3 "), (2.0, "2"), (0.0, "0"), (-0.5, "-0.5"), (2f32.powi(-24), "0.000000059604645")]
    {
        says(&scaled(scale), &["Mul `the Mul of s`", shown, "2^-k"]);
    }
    let uneven = Graph::new()
        .input("x", FLOAT, &[0, 1])
        .floats("w", &[1, 2], &[1.0, 1.0])
        .floats("k", &[2], &[0.5, 0.25])
        .node("MatMul", &["x", "w"], "acc")
        .node("Mul", &["acc", "k"], "y");
    says(&uneven, &["scale differs between channels (0.5 and 0.25)"]);
}

#[test]
fn a_sum_that_can_reach_two_to_the_23_is_refused_with_its_bound() {
    // 127 · 255 · 259 = 8,387,715 and 892 more is 2^23 - 1.
    let heavy = vec![127.0; 259];
    assert!(certify(&ended(layer(&heavy, 892.0)).bytes(), &Options::default()).is_ok());
    says(&ended(layer(&heavy, 893.0)), &["Gemm `the Gemm of acc`", "channel 0 can reach [0, 8388608]", "2^23"]);
    let error = certify(&ended(layer(&heavy, 893.0)).bytes(), &Options::default()).expect_err("too large");
    let rule = Rule::AccumulatorRange { channel: 0, lo: 0, hi: 1 << 23 };
    assert!(matches!(error, CertifyError::Node { rule: found, .. } if *found == rule));
}

#[test]
fn constants_that_cancel_out_are_refused_if_a_sum_on_the_way_could_round() {
    let twice = |first: f32, second: f32| {
        let graph = base(&[1.0], first).floats("b2", &[1], &[second]).node("Gemm", &["x", "w", "b"], "first");
        ended(graph.node("Add", &["first", "b2"], "acc"))
    };
    says(&twice(1e9, -1e9), &["Gemm `the Gemm of first`", "channel 0 can reach", "2^23"]);
    says(&twice(16_777_216.0, -16_777_216.0), &["channel 0 can reach [-16777216, 255]"]);
    says(&twice(-16_777_216.0, 16_777_220.0), &["channel 0 can reach [-16777216, 255]"]);
    // 255 more is 2^23 - 1.
    assert!(certify(&twice(8_388_352.0, -8_388_000.0).bytes(), &Options::default()).is_ok());
    says(&twice(8_388_353.0, -8_388_000.0), &["channel 0 can reach [0, 8388608]"]);
    // The guard is no constant that something else could cancel.
    assert!(certify(&twice(-8_388_607.0, 0.5).bytes(), &Options::default()).is_ok());
}

#[test]
fn constants_of_features_and_latent_do_not_make_up_for_each_other() {
    let graph = |first: f32, second: f32| {
        let graph = base(&[1.0], first).input("latent", FLOAT, &[1, 1]).floats("b2", &[1], &[second]);
        let graph = graph.node("Gemm", &["x", "w", "b"], "first").node("Gemm", &["latent", "w", "b2"], "image");
        ended(graph.node("Add", &["first", "image"], "acc"))
    };
    assert!(certify(&graph(100.0, -100.0).bytes(), &Options::default()).is_ok());
    says(&graph(1e8, -1e8), &["channel 0 can reach"]);
}

#[test]
fn activations_in_the_wrong_order_are_refused() {
    let acc = || layer(&[1.0], 0.0);
    let cast = |to| vec![int("to", to)];
    says(&acc().node("Clip", &["acc", "zero", "scale"], "y"), &["Clip `the Clip of y`", "cuts at [0, 0.25]"]);
    says(&acc().node("Round", &["acc"], "y"), &["Round `the Round of y`", "not in the exact profile"]);
    says(&acc().node("MatMul", &["acc", "w"], "y"), &["MatMul", "an accumulator that has no activation yet"]);
    says(
        &acc().node("Mul", &["acc", "scale"], "s").node_with("Cast", &["s"], "y", cast(6)),
        &["rounds towards zero", "Floor"],
    );
    says(&acc().node("Mul", &["acc", "scale"], "y"), &["output `y`", "not finished", "not rounded down"]);
    says(&acc().node("Mul", &["acc", "scale"], "s").node("Floor", &["s"], "y"), &["output `y`", "neither cut"]);
    says(&acc().node("Relu", &["acc"], "r").node("Add", &["r", "most"], "y"), &["already cut"]);
    says(&ended(acc()).node("Add", &["y", "most"], "y2").renamed_output("y2"), &["accumulators only"]);
    says(&acc().node("Add", &["x", "x"], "q").node("Add", &["acc", "q"], "y"), &["accumulators only"]);
    says(&acc().node("MatMul", &["x", "w"], "other").node("Add", &["acc", "other"], "y"), &["two layers"]);
    let table = |entries: &[f32], dims: &[i64]| {
        acc()
            .floats("t", dims, entries)
            .int("n", INT32, 256)
            .node("Floor", &["acc"], "f")
            .node_with("Cast", &["f"], "i", cast(6))
            .node("Mod", &["i", "n"], "m")
            .node("Gather", &["t", "m"], "y")
    };
    says(&table(&[0.5; 256], &[256]), &["Gather `the Gather of y`", "table entry 0 is 0.5"]);
    says(&table(&[0.0; 255], &[255]), &["the table has shape [255]"]);
    says(&table(&[0.0; 256], &[256, 1]), &["the table has shape [256, 1]"]);
    let float_mod = acc().floats("n", &[], &[256.0]).node("Floor", &["acc"], "f").node("Mod", &["f", "n"], "y");
    says(&float_mod, &["without fmod"]);
    let signed = acc()
        .floats("t", &[256], &[0.0; 256])
        .floats("n", &[], &[256.0])
        .node("Floor", &["acc"], "f")
        .node_with("Mod", &["f", "n"], "m", vec![int("fmod", 1)])
        .node_with("Cast", &["m"], "i", cast(6))
        .node("Gather", &["t", "i"], "y");
    says(&signed, &["Gather", "on its way to modulo 256"]);
    let other_x = acc()
        .floats("part", &[], &[1.0 / 256.0])
        .floats("turn", &[], &[256.0])
        .node("Floor", &["acc"], "f")
        .node("Floor", &["acc"], "g")
        .node("Mul", &["g", "part"], "q")
        .node("Floor", &["q"], "n")
        .node("Mul", &["n", "turn"], "t")
        .node("Sub", &["f", "t"], "y");
    says(&other_x, &["subtracts two computed values"]);
}

trait Renamed {
    fn renamed_output(self, name: &str) -> Self;
}

impl Renamed for Graph {
    fn renamed_output(mut self, name: &str) -> Self {
        self.graph.output[0].name = name.into();
        self
    }
}

#[test]
fn latents_enter_through_one_affine_image() {
    let two = || base(&[1.0], 0.0).input("z", FLOAT, &[1, 1]).node("Gemm", &["x", "w", "b"], "a");
    says(
        &two().node("MatMul", &["z", "w"], "c").node("Floor", &["c"], "f").node("Clip", &["f", "zero", "most"], "y"),
        &["latent's image alone"],
    );
    let twice = two().node("MatMul", &["z", "w"], "c").node("Add", &["a", "c"], "d").node("Add", &["d", "c"], "y");
    says(&twice, &["second time"]);
    says(&two().node_with("Concat", &["x", "z"], "y", vec![int("axis", 1)]), &["Concat"]);
    let three = base(&[1.0], 0.0).input("z", FLOAT, &[1, 1]).input("t", FLOAT, &[1, 1]);
    says(&three.node("Gemm", &["x", "w", "b"], "y"), &["has 3 inputs (x, z, t)"]);
    let wide = base(&[1.0], 0.0).input("z", FLOAT, &[1, 1, 2, 2]).node("Gemm", &["x", "w", "b"], "y");
    says(&wide, &["input `z`", "[1, L]"]);
}

#[test]
fn shapes_that_break_memory_order_or_the_batch_are_refused() {
    let image =
        || Graph::new().input("x", FLOAT, &[0, 2, 2, 2]).ints("s", INT64, &[2, -1]).ints("c", INT64, &[-1, 2, 3]);
    says(
        &image().node_with("Transpose", &["x"], "y", vec![ints("perm", &[0, 2, 3, 1])]),
        &["Transpose", "memory order"],
    );
    says(&image().node("Reshape", &["x", "s"], "y"), &["Reshape `the Reshape of y`", "[2, 4]"]);
    says(&image().node("Reshape", &["x", "c"], "y"), &["Reshape"]);
    let open = Graph::new().input("x", FLOAT, &[1, 2, 0, 0]).floats("k", &[1, 2, 3, 3], &[0.0; 18]);
    says(&open.clone().node_with("Conv", &["x", "k"], "y", vec![ints("pads", &[1; 4])]), &["sides are numbers"]);
    says(&open.node("Flatten", &["x"], "y"), &["height and width must be numbers"]);
    says(&Graph::new().input("x", FLOAT, &[0, 0]).node("Relu", &["x"], "y"), &["input `x`", "[?, ?]"]);
    let short = base(&[1.0, 1.0], 0.0).floats("v", &[3, 1], &[0.0; 3]).node("MatMul", &["x", "v"], "y");
    says(&short, &["weights have shape [3, 1]", "2 channels"]);
}

#[test]
fn attributes_beyond_the_profile_are_refused_by_name() {
    let gemm = |attribute| base(&[1.0], 0.0).node_with("Gemm", &["x", "w", "b"], "y", vec![attribute]);
    says(&gemm(float("alpha", 2.0)), &["attribute `alpha` is 2", "takes 1"]);
    says(&gemm(float("beta", 0.0)), &["attribute `beta` is 0"]);
    says(&gemm(int("transA", 1)), &["attribute `transA` is 1"]);
    says(&gemm(int("colour", 1)), &["attribute `colour`"]);
    let mut other = base(&[1.0], 0.0).node("Gemm", &["x", "w", "b"], "y");
    other.graph.node[0].domain = "com.microsoft".into();
    says(&other, &["com.microsoft"]);
}

#[test]
fn graphs_that_do_not_hang_together_are_refused() {
    says(&base(&[1.0], 0.0).node("Gemm", &["x", "w", "nothing"], "y"), &["reads `nothing`"]);
    says(&base(&[1.0], 0.0), &["output `y`", "no node makes"]);
    says(&layer(&[1.0], 0.0).node("Floor", &["y"], "y"), &["reads `y`"]);
    says(&layer(&[1.0], 0.0).node("Floor", &["acc"], "acc"), &["makes `acc`, which exists already"]);
    says(&layer(&[1.0], 0.0).node("Floor", &["acc"], "x"), &["makes `x`"]);
    says(&base(&[1.0], 0.0).node("Identity", &["x"], "y"), &["no layer makes"]);
    says(&base(&[1.0], 0.0).node("Identity", &["w"], "y"), &["does not depend on the input"]);
    says(&layer(&[1.0], 0.0).opset(6), &["operator set 6"]);
    says(&layer(&[1.0], 0.0).opset(99), &["operator set 99"]);
    says(&layer(&[1.0], 0.0).meta("verdigris.tables", "missing"), &["verdigris.tables", "missing"]);
    let twice = base(&[1.0], 0.0).floats("w", &[1, 1], &[1.0]).node("Gemm", &["x", "w", "b"], "y");
    says(&twice, &["two initializers called `w`"]);
    let cycle = base(&[1.0], 0.0).node("Add", &["y", "b"], "q").node("Add", &["q", "b"], "y");
    says(&cycle, &["reads `y`"]);
}

#[test]
fn weights_in_another_file_are_refused_by_name() {
    let entry = StringStringEntryProto { key: "location".into(), value: "model.onnx.data".into() };
    let tensor = TensorProto {
        name: "elsewhere".into(),
        dims: vec![1, 1],
        data_type: FLOAT,
        data_location: Some(1),
        external_data: vec![entry],
        ..Default::default()
    };
    let graph = base(&[1.0], 0.0).tensor(tensor).node("MatMul", &["x", "elsewhere"], "y");
    says(&graph, &["MatMul", "constant `elsewhere`", "model.onnx.data", "weights inside"]);
}

#[test]
fn a_tensor_that_claims_to_be_huge_is_refused_before_it_is_made() {
    let tensor =
        |dims: &[i64]| TensorProto { name: "big".into(), dims: dims.to_vec(), data_type: FLOAT, ..Default::default() };
    for dims in [&[1 << 30, 1 << 30][..], &[1 << 25, 1], &[i64::MAX], &[-1, 1], &[0, 1 << 60], &[1; 9]] {
        let graph = base(&[1.0], 0.0).tensor(tensor(dims)).node("MatMul", &["x", "big"], "y");
        says(&graph, &["constant `big`"]);
    }
}

#[test]
fn control_flow_and_subgraphs_are_refused() {
    let mut graph = base(&[1.0], 0.0).node_with("If", &["x"], "y", vec![int("then_branch", 0)]);
    graph.graph.node[0].attribute[0].g = Some(Default::default());
    says(&graph, &["If `the If of y`", "not in the exact profile"]);
}

/// Files that use most of what there is.
fn samples() -> Vec<Vec<u8>> {
    let written = |seed| {
        let network = if seed % 2 == 0 { random::pictures(seed) } else { random::vectors(seed) };
        write_onnx(&network, &WriteOptions { guard: seed % 3 != 0, ..Default::default() }).expect("nothing is unused")
    };
    (0..24).map(written).chain([ended(layer(&[1.0, -2.0], 3.0)).bytes()]).collect()
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    for file in samples().into_iter().take(6) {
        for end in 0..file.len() {
            match certify(&file[..end], &Options::default()) {
                Err(error) => assert!(!error.to_string().is_empty()),
                // The metadata comes last: without it the file is whole, but says less.
                Ok(certificate) => assert_ne!(certificate.report.producer, "cut"),
            }
        }
    }
}

#[test]
fn a_file_cut_inside_its_graph_is_called_truncated() {
    let file = ended(layer(&[1.0, -2.0], 3.0)).bytes();
    let message = certify(&file[..file.len() / 2], &Options::default()).expect_err("half a file").to_string();
    assert!(message.starts_with("not an ONNX file: ") && message.contains("truncated"), "{message}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_changed_anywhere_never_make_it_panic(
        sample in 0usize..25,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..6),
    ) {
        let mut file = samples().swap_remove(sample);
        for (at, byte, kind) in changes {
            let at = at.index(file.len());
            match kind {
                0 => file[at] = byte,
                1 => file.insert(at, byte),
                _ => drop(file.remove(at)),
            }
        }
        if let Ok(certificate) = certify(&file, &Options::default()) {
            prop_assert!(certificate.report.worst() < 1 << 23);
            if let Ok(guarded) = guard(&file, &Options::default()) {
                prop_assert_eq!(certify(&guarded, &Options::default()).map(|c| c.network), Ok(certificate.network));
            }
        }
    }

    #[test]
    fn bytes_of_no_meaning_never_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(certify(&bytes, &Options::default()).is_err());
    }
}

#[test]
fn many_nodes_on_one_large_constant_are_refused_before_they_fill_the_memory() {
    // 20,000 additions of 65,535 channels would hold 10 GB of biases; their weights take a quarter of a megabyte.
    let channels = 65535;
    let mut graph = Graph::new().input("x", FLOAT, &[0, 1]).floats("w", &[1, channels], &vec![1.0; channels as usize]);
    graph = graph.floats("one", &[], &[1.0]).node("MatMul", &["x", "w"], "a0");
    for index in 0..20_000 {
        graph = graph.node("Add", &[&format!("a{index}"), "one"], &format!("a{}", index + 1));
    }
    says(&graph.clone().renamed_output("a20000"), &["Add `the Add of a", "beyond 16777216"]);
    // Layers that share their weights each hold them in the canonical form.
    let mut graph = Graph::new().input("x", FLOAT, &[0, 2048]).floats("w", &[2048, 2048], &vec![0.0; 1 << 22]);
    graph = graph.node("MatMul", &["x", "w"], "a").node("Floor", &["a"], "f");
    graph = graph.floats("zero", &[], &[0.0]).floats("most", &[], &[255.0]);
    let names: Vec<_> = (0..100).map(|index| format!("c{index}")).collect();
    for name in &names {
        graph = graph.node("Clip", &["f", "zero", "most"], name);
    }
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    says(&graph.node_with("Concat", &names, "y", vec![int("axis", 1)]), &["Clip `the Clip of c", "67108864 bytes"]);
}
