//! The many ways in which exporters write the same layer all give the same network.

mod common;

use common::graph::*;
use common::tract;
use tract_onnx::pb::{AttributeProto, TensorProto};
use verdigris_certify::{Certificate, InputRange, Options, RangeSource, certify, guard};
use verdigris_model::{Activation, Linear, Network, Operation, reference};

fn certified(graph: &Graph) -> Certificate {
    certify(&graph.bytes(), &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn linear(network: &Network, index: usize) -> &Linear {
    match &network.spec().operations[index] {
        Operation::Linear(linear) => linear,
        other => panic!("operation {index} is {other:?}"),
    }
}

/// Weights of a layer from two channels to three: channel o takes 10·o + 1 times one and 10·o + 2 times the other.
const ROWS: [f32; 6] = [1.0, 2.0, 11.0, 12.0, 21.0, 22.0];
const COLUMNS: [f32; 6] = [1.0, 11.0, 21.0, 2.0, 12.0, 22.0];

/// `x` of rows, the weights in both orders, and the constants of an activation.
fn rows() -> Graph {
    Graph::new()
        .input("x", FLOAT, &[0, 2])
        .floats("w", &[3, 2], &ROWS)
        .floats("wt", &[2, 3], &COLUMNS)
        .floats("b", &[3], &[5.0, -6.0, 7.0])
        .floats("half", &[], &[0.5])
        .floats("scale", &[], &[1.0 / 16.0])
        .floats("sixteen", &[1], &[16.0])
        .floats("zero", &[], &[0.0])
        .floats("most", &[], &[255.0])
}

/// Ends a graph whose accumulator is `acc` with clip(4).
fn clip4(graph: Graph) -> Graph {
    graph.node("Mul", &["acc", "scale"], "s").node("Floor", &["s"], "f").node("Clip", &["f", "zero", "most"], "y")
}

fn is_the_layer(graph: &Graph, guarded: bool) {
    let Certificate { network, report } = certified(graph);
    assert_eq!(network.spec().operations.len(), 1);
    let layer = linear(&network, 0);
    assert_eq!((&layer.weights[..], &layer.biases[..]), (&ROWS.map(|w| w as i8)[..], &[5, -6, 7][..]));
    assert_eq!((layer.activation, &layer.latent), (Activation::Clip { shift: 4 }, &None));
    assert_eq!(report.guarded(), guarded);
    let expected = reference::run(&network, &[200, 3], &[]).expect("in range");
    assert_eq!(tract::run(&graph.bytes(), &[(vec![1, 2], &[200, 3])]), expected);
}

#[test]
fn a_dense_layer_is_gemm_or_matmul_with_bias_and_guard_wherever_they_stand() {
    let transposed = || vec![int("transB", 1)];
    is_the_layer(&clip4(rows().node_with("Gemm", &["x", "w", "b"], "acc", transposed())), false);
    is_the_layer(&clip4(rows().node("Gemm", &["x", "wt", "b"], "acc")), false);
    is_the_layer(&clip4(rows().node("MatMul", &["x", "wt"], "m").node("Add", &["b", "m"], "acc")), false);
    let several = rows()
        .floats("b1", &[1, 3], &[4.0, 0.5, 7.5])
        .floats("b2", &[1], &[1.0])
        .floats("b3", &[3], &[0.5, -7.0, -1.0])
        .node("MatMul", &["x", "wt"], "m0")
        .node("Add", &["m0", "b1"], "m1")
        .node("Add", &["b2", "m1"], "m2")
        .node("Add", &["m2", "b3"], "acc");
    is_the_layer(&clip4(several), true);
    let own_guard = rows().node("Gemm", &["x", "wt", "b"], "g").node("Add", &["g", "half"], "acc");
    is_the_layer(&clip4(own_guard), true);
    let minus = rows().floats("minus", &[3], &[-5.5, 5.5, -7.5]).node("MatMul", &["x", "wt"], "m").node(
        "Sub",
        &["m", "minus"],
        "acc",
    );
    is_the_layer(&clip4(minus), true);
    let turned =
        rows().node_with("Transpose", &["w"], "w2", vec![ints("perm", &[1, 0])]).node("Identity", &["w2"], "w3");
    is_the_layer(&clip4(turned.node("Gemm", &["x", "w3", "b"], "acc")), false);
}

#[test]
fn scale_floor_and_cuts_come_in_any_exact_spelling() {
    let acc = || rows().node("Gemm", &["x", "wt", "b"], "acc");
    is_the_layer(
        &acc().node("Div", &["acc", "sixteen"], "s").node("Floor", &["s"], "f").node(
            "Clip",
            &["f", "zero", "most"],
            "y",
        ),
        false,
    );
    is_the_layer(
        &acc().node("Mul", &["scale", "acc"], "s").node("Floor", &["s"], "f").node("Relu", &["f"], "r").node(
            "Min",
            &["r", "most"],
            "y",
        ),
        false,
    );
    is_the_layer(
        &acc().node("Mul", &["acc", "scale"], "s").node("Floor", &["s"], "f").node("Min", &["most", "f"], "m").node(
            "Max",
            &["zero", "m"],
            "y",
        ),
        false,
    );
    let relu_first = acc().node("Relu", &["acc"], "r").node("Mul", &["r", "scale"], "s");
    is_the_layer(&relu_first.clone().node("Floor", &["s"], "f").node("Min", &["f", "most"], "y"), false);
    is_the_layer(&relu_first.clone().node("Clip", &["s", "zero", "most"], "c").node("Floor", &["c"], "y"), false);
    is_the_layer(
        &relu_first
            .node_with("Cast", &["s"], "i", vec![int("to", 6)])
            .node_with("Cast", &["i"], "f", vec![int("to", 1)])
            .node("Clip", &["f", "", "most"], "y"),
        false,
    );
    let late_guard = acc()
        .node("Mul", &["acc", "scale"], "s")
        .floats("late", &[], &[0.5 / 16.0])
        .node("Add", &["s", "late"], "g")
        .node("Floor", &["g"], "f")
        .node("Clip", &["f", "zero", "most"], "y");
    is_the_layer(&late_guard, true);
    let twice = acc()
        .floats("quarter", &[3], &[0.25; 3])
        .node("Mul", &["acc", "quarter"], "s1")
        .node("Mul", &["quarter", "s1"], "s2")
        .node("Floor", &["s2"], "f")
        .node("Clip", &["f", "zero", "most"], "y0")
        .node("Relu", &["y0"], "y");
    is_the_layer(&twice, false);
    let old = acc().opset(9).node("Mul", &["acc", "scale"], "s").node("Floor", &["s"], "f").node_with(
        "Clip",
        &["f"],
        "y",
        vec![float("min", 0.0), float("max", 255.0)],
    );
    is_the_layer(&old, false);
    let to_byte = acc()
        .node("Mul", &["acc", "scale"], "s")
        .node("Floor", &["s"], "f")
        .node("Clip", &["f", "zero", "most"], "c")
        .node_with("Cast", &["c"], "y", vec![int("to", 2)]);
    is_the_layer(&to_byte, false);
}

fn sine() -> Vec<f32> {
    (0..256).map(|i: i32| (i * 7 % 256) as f32).collect()
}

#[test]
fn a_phase_is_modulo_256_in_any_exact_spelling() {
    let floor = || {
        rows()
            .floats("table", &[256], &sine())
            .floats("part", &[], &[1.0 / 256.0])
            .floats("turn", &[], &[256.0])
            .int("turn32", INT32, 256)
            .int("turn64", INT64, 256)
            .node("Gemm", &["x", "wt", "b"], "acc")
            .node("Mul", &["acc", "scale"], "s")
            .node("Floor", &["s"], "f")
    };
    let cast = |to| vec![int("to", to)];
    let fmod = || vec![int("fmod", 1)];
    let spellings = [
        floor().node_with("Cast", &["f"], "i", cast(7)).node("Mod", &["i", "turn64"], "m"),
        floor().node_with("Cast", &["f"], "i", cast(6)).node_with("Mod", &["i", "turn32"], "m", vec![int("fmod", 0)]),
        floor()
            .node("Mul", &["f", "part"], "q")
            .node("Floor", &["q"], "n")
            .node("Mul", &["n", "turn"], "t")
            .node("Sub", &["f", "t"], "r")
            .node_with("Cast", &["r"], "m", cast(7)),
        floor()
            .node("Div", &["f", "turn"], "q")
            .node("Floor", &["q"], "n")
            .node("Mul", &["turn", "n"], "t")
            .node("Sub", &["f", "t"], "r")
            .node_with("Cast", &["r"], "m", cast(6)),
        floor()
            .node_with("Mod", &["f", "turn"], "r1", fmod())
            .node("Add", &["r1", "turn"], "r2")
            .node_with("Mod", &["r2", "turn"], "r3", fmod())
            .node_with("Cast", &["r3"], "m", cast(6)),
        floor().opset(18).int("mask", INT32, 255).node_with("Cast", &["f"], "i", cast(6)).node(
            "BitwiseAnd",
            &["i", "mask"],
            "m",
        ),
    ];
    for graph in spellings {
        let graph = graph.node("Gather", &["table", "m"], "y");
        let network = certified(&graph).network;
        assert_eq!(linear(&network, 0).activation, Activation::Phase { shift: 4, table: 0 });
        assert_eq!(network.spec().tables, [std::array::from_fn(|i| (i * 7 % 256) as u8)]);
        let input = [255, 100];
        let expected = reference::run(&network, &input, &[]).expect("in range");
        assert_eq!(tract::run(&graph.bytes(), &[(vec![1, 2], &input)]), expected);
    }
}

#[test]
fn an_accumulator_as_output_is_raw() {
    let raw = |graph: &Graph| {
        let Certificate { network, report } = certified(graph);
        assert_eq!(linear(&network, 0).activation, Activation::Raw);
        (linear(&network, 0).biases.clone(), report.guarded())
    };
    let bare = rows().node("Gemm", &["x", "wt", "b"], "y");
    assert_eq!(raw(&bare), (vec![5, -6, 7], false));
    let cast = rows().node("Gemm", &["x", "wt", "b"], "acc").node_with("Cast", &["acc"], "y", vec![int("to", 6)]);
    assert_eq!(raw(&cast), (vec![5, -6, 7], false));
    let rounded =
        rows().node("Gemm", &["x", "wt", "b"], "acc").node("Add", &["acc", "half"], "h").node("Floor", &["h"], "y");
    assert_eq!(raw(&rounded), (vec![5, -6, 7], true));
    for graph in [bare, cast] {
        let guarded = guard(&graph.bytes(), &Options::default()).expect("it certifies");
        assert_eq!(
            tract::run(&guarded, &[(vec![1, 2], &[9, 8])]),
            tract::run(&graph.bytes(), &[(vec![1, 2], &[9, 8])])
        );
    }
}

#[test]
fn inputs_declare_their_ranges_by_type_metadata_or_caller() {
    let graph = |dtype, cast: bool| {
        let graph = Graph::new().input("x", dtype, &[0, 2]).floats("wt", &[2, 3], &COLUMNS);
        let graph = if cast { graph.node_with("Cast", &["x"], "xf", vec![int("to", 1)]) } else { graph };
        graph.node("MatMul", &[if cast { "xf" } else { "x" }, "wt"], "y")
    };
    let range = |graph: &Graph, options: &Options| {
        let report = certify(&graph.bytes(), options).unwrap_or_else(|error| panic!("{error}")).report;
        (report.input.range, report.input.declared)
    };
    let none = Options::default();
    let caller = Options::default().with_range("x=-3..4").expect("a range");
    assert_eq!(range(&graph(UINT8, true), &none), (InputRange::U8, RangeSource::Type));
    assert_eq!(range(&graph(INT8, true), &none), (InputRange::I8, RangeSource::Type));
    assert_eq!(range(&graph(INT8, true), &caller), (InputRange { lo: -3, hi: 4 }, RangeSource::Caller));
    assert_eq!(range(&graph(FLOAT, false), &none), (InputRange::U8, RangeSource::Assumed));
    let declared = graph(FLOAT, false).meta("verdigris.range.x", "i8");
    assert_eq!(range(&declared, &none), (InputRange::I8, RangeSource::Metadata));
    assert_eq!(range(&declared, &caller), (InputRange { lo: -3, hi: 4 }, RangeSource::Caller));
    for (graph, options) in [
        (graph(UINT8, true), caller.clone()),
        (graph(UINT8, false), none.clone()),
        (graph(FLOAT16, true), none.clone()),
        (graph(FLOAT, false).meta("verdigris.range.X", "i8"), none.clone()),
        (graph(FLOAT, false).meta("verdigris.range.x", "0..300"), none.clone()),
        (graph(FLOAT, false), Options::default().with_range("X=u8").expect("a range")),
    ] {
        assert!(certify(&graph.bytes(), &options).is_err());
    }
}

/// Features of two, a latent of three, both into one channel; the latent's image has a bias of its own.
fn two_inputs(latent_first: bool, latent_dims: &[i64]) -> Graph {
    let graph = Graph::new();
    let graph = if latent_first {
        graph.input("z", FLOAT, latent_dims).input("x", FLOAT, &[0, 2])
    } else {
        graph.input("x", FLOAT, &[0, 2]).input("z", FLOAT, latent_dims)
    };
    graph
        .floats("w", &[2, 1], &[1.0, 2.0])
        .floats("wz", &[3, 1], &[3.0, 4.0, 5.0])
        .floats("b", &[1], &[10.0])
        .floats("bz", &[1], &[-7.5])
        .node("Gemm", &["x", "w", "b"], "a")
        .node("Gemm", &["z", "wz", "bz"], "c")
}

#[test]
fn a_latents_image_folds_into_the_layer_it_is_added_to() {
    let end = |graph: Graph| {
        graph
            .node("Add", &["c", "a"], "acc")
            .floats("zero", &[], &[0.0])
            .floats("most", &[], &[255.0])
            .node("Floor", &["acc"], "f")
            .node("Clip", &["f", "zero", "most"], "y")
    };
    let shapes = |latent_first: bool| {
        let mut shapes = vec![(vec![1, 2], &[4i16, 5][..]), (vec![1, 3], &[6i16, 7, 8][..])];
        if latent_first {
            shapes.reverse();
        }
        shapes
    };
    for latent_first in [false, true] {
        let graph = end(two_inputs(latent_first, &[1, 3]));
        let Certificate { network, report } = certified(&graph);
        let layer = linear(&network, 0);
        assert_eq!((&layer.weights[..], layer.latent.as_deref()), (&[1, 2][..], Some(&[3, 4, 5][..])));
        assert_eq!(layer.biases, [2]);
        assert!(report.guarded());
        assert_eq!(report.latent.map(|latent| latent.name), Some("z".into()));
        let expected = reference::run(&network, &[4, 5], &[6, 7, 8]).expect("in range");
        assert_eq!(tract::run(&graph.bytes(), &shapes(latent_first)), expected);
    }
    let named = end(two_inputs(true, &[0, 3])).meta("verdigris.latent", "z");
    assert_eq!(certified(&named).report.input.name, "x");
    let swapped = Options { latent: Some("x".into()), ..Options::default() };
    let swapped = certify(&end(two_inputs(true, &[1, 3])).bytes(), &swapped).expect("both are rows");
    assert_eq!((swapped.network.input_len(), swapped.network.latent_len()), (3, 2));
    let unknown = Options { latent: Some("q".into()), ..Options::default() };
    assert!(certify(&end(two_inputs(true, &[1, 3])).bytes(), &unknown).is_err());
}

#[test]
fn nodes_that_do_not_reach_the_output_are_left_out() {
    let graph = clip4(rows().node("Gemm", &["x", "wt", "b"], "acc")).node("Softmax", &["acc"], "unused");
    let certificate = certified(&graph);
    assert_eq!((certificate.network.spec().operations.len(), certificate.report.unused_nodes), (1, 1));
}

#[test]
fn the_guard_is_put_only_where_it_lacks() {
    let mixed = clip4(rows().floats("mixed", &[3], &[1.5, 2.0, 3.0]).node("MatMul", &["x", "wt"], "m").node(
        "Add",
        &["m", "mixed"],
        "acc",
    ));
    let before = certified(&mixed);
    assert!(!before.report.guarded());
    let guarded = guard(&mixed.bytes(), &Options::default()).expect("it certifies");
    let after = certify(&guarded, &Options::default()).expect("it still does");
    assert!(after.report.guarded());
    assert_eq!(after.network, before.network);
    assert_eq!(linear(&after.network, 0).biases, [1, 2, 3]);
}

#[test]
fn the_guard_leaves_what_it_does_not_know_as_it_is() {
    let mut bytes = clip4(rows().node("Gemm", &["x", "wt", "b"], "acc")).bytes();
    // Field 99 of the model, which no version of ONNX has.
    let unknown = [0x9a, 0x06, 0x03, b'a', b'b', b'c'];
    bytes.extend(unknown);
    let guarded = guard(&bytes, &Options::default()).expect("it certifies");
    assert!(guarded.ends_with(&unknown));
}

#[test]
fn constants_may_come_from_nodes_and_in_other_types() {
    let mut value = AttributeProto { name: "value".into(), r#type: 4, ..Default::default() };
    value.t = Some(TensorProto {
        dims: vec![2, 3],
        data_type: INT8,
        raw_data: COLUMNS.map(|w| w as i8 as u8).to_vec(),
        ..Default::default()
    });
    let graph = clip4(
        rows().node_with("Constant", &[], "w8", vec![value]).node_with("Cast", &["w8"], "wf", vec![int("to", 1)]).node(
            "Gemm",
            &["x", "wf", "b"],
            "acc",
        ),
    );
    is_the_layer(&graph, false);
}
