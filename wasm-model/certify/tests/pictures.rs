//! Pictures in ONNX: padding, doubling, reshapes and open images, in the spellings that exporters have.

mod common;

use common::graph::*;
use common::tract;
use tract_onnx::pb::AttributeProto;
use verdigris_certify::{Certificate, Options, certify};
use verdigris_model::{Operation, reference};

const ROWS: [f32; 6] = [1.0, 2.0, 11.0, 12.0, 21.0, 22.0];
const COLUMNS: [f32; 6] = [1.0, 11.0, 21.0, 2.0, 12.0, 22.0];

fn certified(graph: &Graph) -> Certificate {
    certify(&graph.bytes(), &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// A 3×3 convolution of a picture of odd or even side, then clip(0).
fn conv(side: i64, attributes: Vec<AttributeProto>) -> Graph {
    Graph::new()
        .input("x", FLOAT, &[1, 1, side, side])
        .floats("w", &[1, 1, 3, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0])
        .floats("b", &[1], &[-9.0])
        .floats("scale", &[], &[1.0 / 64.0])
        .floats("zero", &[], &[0.0])
        .floats("most", &[], &[255.0])
        .node_with("Conv", &["x", "w", "b"], "acc", attributes)
        .node("Mul", &["acc", "scale"], "s")
        .node("Floor", &["s"], "f")
        .node("Clip", &["f", "zero", "most"], "y")
}

#[test]
fn padding_that_means_one_zero_all_around_is_taken_and_no_other() {
    let explicit = |pads: [i64; 4], stride| vec![ints("pads", &pads), ints("strides", &[stride; 2])];
    let auto = |name: &str, stride| vec![text("auto_pad", name), ints("strides", &[stride; 2])];
    for (side, attributes) in [
        (5, explicit([1; 4], 1)),
        (4, explicit([1; 4], 2)),
        (4, auto("SAME_UPPER", 1)),
        (4, auto("SAME_LOWER", 1)),
        (5, auto("SAME_UPPER", 2)),
    ] {
        let graph = conv(side, attributes);
        let network = certified(&graph).network;
        let input: Vec<i16> = (0..(side * side) as i16).map(|i| i * 37 % 256).collect();
        let expected = reference::run(&network, &input, &[]).expect("in range");
        let shape = vec![1, 1, side as usize, side as usize];
        assert_eq!(tract::run(&graph.bytes(), &[(shape, &input)]), expected);
    }
    for (side, attributes) in [
        (4, auto("SAME_UPPER", 2)),
        (4, auto("VALID", 1)),
        (4, vec![]),
        (4, explicit([0, 0, 1, 1], 2)),
        (5, vec![ints("pads", &[1; 4]), ints("dilations", &[2, 2])]),
        (5, vec![ints("pads", &[1; 4]), ints("strides", &[2, 1])]),
        (5, vec![ints("pads", &[1; 4]), int("group", 2)]),
    ] {
        assert!(certify(&conv(side, attributes).bytes(), &Options::default()).is_err());
    }
}

#[test]
fn resize_means_pixel_doubling_in_all_spellings_that_do() {
    let base = || {
        Graph::new().input("x", FLOAT, &[1, 2, 2, 3]).floats("scales", &[4], &[1.0, 1.0, 2.0, 2.0]).ints(
            "sizes",
            INT64,
            &[1, 2, 4, 6],
        )
    };
    let mode = |transform: &str, nearest: &str| {
        vec![text("mode", "nearest"), text("coordinate_transformation_mode", transform), text("nearest_mode", nearest)]
    };
    let input: Vec<i16> = (0..12).collect();
    for (transform, nearest) in
        [("asymmetric", "floor"), ("half_pixel", "round_prefer_floor"), ("half_pixel", "round_prefer_ceil")]
    {
        for inputs in [&["x", "", "scales"][..], &["x", "", "", "sizes"]] {
            let graph = base().node_with("Resize", inputs, "y", mode(transform, nearest));
            let network = certified(&graph).network;
            assert_eq!(network.output_shape(), [2, 4, 6]);
            if transform == "asymmetric" && inputs.len() == 3 {
                let expected = reference::run(&network, &input, &[]).expect("in range");
                assert_eq!(tract::run(&graph.bytes(), &[(vec![1, 2, 2, 3], &input)]), expected);
            }
        }
    }
    certified(&base().node("Resize", &["x", "", "scales"], "y"));
    certified(&base().opset(9).node_with("Upsample", &["x", "scales"], "y", vec![text("mode", "nearest")]));
    certified(&base().opset(10).node_with("Resize", &["x", "scales"], "y", vec![text("mode", "nearest")]));
    let axes = base().opset(18).floats("two", &[2], &[2.0, 2.0]);
    certified(&axes.node_with("Resize", &["x", "", "two"], "y", vec![ints("axes", &[2, -1])]));
    for (transform, nearest) in [("asymmetric", "ceil"), ("half_pixel", "floor"), ("align_corners", "floor")] {
        let graph = base().node_with("Resize", &["x", "", "scales"], "y", mode(transform, nearest));
        assert!(certify(&graph.bytes(), &Options::default()).is_err(), "{transform} {nearest}");
    }
    let linear = base().node_with("Resize", &["x", "", "scales"], "y", vec![text("mode", "linear")]);
    assert!(certify(&linear.bytes(), &Options::default()).is_err());
}

#[test]
fn dense_layers_lead_into_pictures_through_any_reshape() {
    let graph = |shape: Graph| {
        shape
            .floats("k", &[1, 2, 1, 1], &[1.0, -1.0])
            .node("Conv", &["p", "k"], "acc")
            .node("Relu", &["acc"], "r")
            .floats("most", &[], &[255.0])
            .node("Min", &["r", "most"], "m")
            .node("Floor", &["m"], "y")
    };
    let start = || Graph::new().input("x", FLOAT, &[0, 8]);
    for reshape in [
        start().ints("s", INT64, &[-1, 2, 2, 2]).node("Reshape", &["x", "s"], "p"),
        start().ints("s", INT64, &[0, 2, -1, 2]).node("Reshape", &["x", "s"], "p"),
        start().ints("s", INT64, &[0, 2, 4]).node("Reshape", &["x", "s"], "q").ints("t", INT64, &[-1, 2, 2, 2]).node(
            "Reshape",
            &["q", "t"],
            "p",
        ),
        start()
            .ints("s", INT64, &[1, 1, 2, 4])
            .node("Reshape", &["x", "s"], "q0")
            .ints("t", INT64, &[1, 2, 2, 2])
            .node("Reshape", &["q0", "t"], "p"),
    ] {
        let graph = graph(reshape);
        let network = certified(&graph).network;
        assert_eq!(network.output_shape(), [1, 2, 2]);
        let input = [9, 2, 3, 4, 1, 1, 7, 200];
        let expected = reference::run(&network, &input, &[]).expect("in range");
        assert_eq!(tract::run(&graph.bytes(), &[(vec![1, 8], &input)]), expected);
    }
    let flat = Graph::new()
        .input("x", FLOAT, &[0, 2, 2, 2])
        .floats("w", &[8, 1], &[1.0; 8])
        .node("Flatten", &["x"], "f")
        .node("MatMul", &["f", "w"], "y");
    let network = certified(&flat).network;
    assert_eq!(network.spec().operations[0], Operation::Reshape { source: 0, shape: [8, 1, 1] });
    let squeezed = Graph::new()
        .input("x", FLOAT, &[1, 2, 1, 1])
        .floats("wt", &[2, 3], &COLUMNS)
        .ints("axes", INT64, &[2, 3])
        .node("Squeeze", &["x", "axes"], "v")
        .node("MatMul", &["v", "wt"], "m")
        .node("Unsqueeze", &["m", "axes"], "y");
    assert_eq!(certified(&squeezed).network.spec().operations.len(), 1);
}

#[test]
fn an_open_image_is_one_pixel() {
    let graph = Graph::new()
        .input("x", FLOAT, &[1, 2, 0, 0])
        .input("z", FLOAT, &[1, 1, 1, 1])
        .floats("k", &[3, 2, 1, 1], &ROWS)
        .floats("kz", &[3, 1, 1, 1], &[1.0, 2.0, 3.0])
        .node("Conv", &["x", "k"], "a")
        .node("Conv", &["z", "kz"], "b")
        .node("Add", &["a", "b"], "y");
    let network = certified(&graph).network;
    assert_eq!((network.spec().input.shape, network.output_shape()), ([2, 1, 1], [3, 1, 1]));
    let pixels =
        tract::run(&graph.bytes(), &[(vec![1, 2, 2, 3], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), (vec![1; 4], &[3])]);
    let last = reference::run(&network, &[6, 12], &[3]).expect("in range");
    assert_eq!([pixels[5], pixels[11], pixels[17]], *last);
}
