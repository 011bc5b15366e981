//! The operators that move values without changing them: Reshape and its kin, Concat, Resize.

use crate::attributes::{Attributes, refused};
use crate::compile::{Compiler, Made};
use crate::constant::Constant;
use crate::error::Rule;
use crate::value::{Exact, Origin, Value};
use crate::view::{Dim, MAX_RANK, View, product, show};
use tract_onnx::pb::NodeProto;
use verdigris_model::Operation;

impl<'a> Compiler<'a> {
    /// Reshape, Flatten, Squeeze, Unsqueeze; Transpose of constants.
    pub fn reshape(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let known: &[&str] = match node.op_type.as_str() {
            "Reshape" => &["allowzero"],
            "Flatten" => &["axis"],
            "Transpose" => &["perm"],
            _ => &["axes"],
        };
        let attributes = self.arguments(node, known, 1..=2)?;
        match self.operand(node, 0)? {
            Value::Constant(constant) => self.reshape_constant(node, &attributes, constant).map(Value::Constant),
            Value::Exact(exact) => {
                let view = self.new_view(node, &attributes, &exact.view)?;
                self.see_as(&exact, view)
            }
            Value::Layer(mut layer) => {
                let view = self.new_view(node, &attributes, &layer.view)?;
                if view.shape != layer.view.shape {
                    return Err(layer.out_of_order("reshapes"));
                }
                layer.view = view;
                Ok(Value::Layer(layer))
            }
        }
    }

    fn see_as(&mut self, exact: &Exact, view: View) -> Result<Value, Rule> {
        let origin = match exact.origin {
            origin if view.shape == exact.view.shape => origin,
            Origin::Latent => return Err(Rule::Shape("makes something else of the latent than a vector".into())),
            Origin::Value(source) => {
                // Lossless: every side of a view is at most 65,535.
                let operation = Operation::Reshape { source, shape: view.shape.map(|side| side as u16) };
                Origin::Value(self.emit(operation, Made { node: self.at, guard: None })?)
            }
        };
        Ok(Value::Exact(Exact { origin, view, ..*exact }))
    }

    fn new_view(&mut self, node: &NodeProto, attributes: &Attributes, view: &View) -> Result<View, Rule> {
        match node.op_type.as_str() {
            "Reshape" => {
                let target = self.constant_operand(node, 1, "its shape")?.integers()?;
                if attributes.int("allowzero", 0) != 0 && target.contains(&0) {
                    return Err(refused("allowzero", 1, 0));
                }
                view.reshape(&target)
            }
            "Flatten" => {
                let axis = normal(attributes.int("axis", 1), view.dims.len() + 1)?;
                let (before, after) = view.dims.split_at(axis);
                view.seen_as(vec![product(before), product(after)])
            }
            "Squeeze" => {
                let rank = view.dims.len();
                let axes = match self.axes(node, attributes)? {
                    Some(axes) => axes.iter().map(|&axis| normal(axis, rank)).collect::<Result<Vec<_>, _>>()?,
                    None => (0..rank).filter(|&axis| view.dims[axis] == Dim::Known(1)).collect(),
                };
                if let Some(axis) = axes.iter().find(|&&axis| view.dims[axis] != Dim::Known(1)) {
                    return Err(Rule::Shape(format!("drops dimension {axis} of {}, which is not 1", show(&view.dims))));
                }
                let kept = view.dims.iter().enumerate().filter(|(axis, _)| !axes.contains(axis));
                view.seen_as(kept.map(|(_, &dim)| dim).collect())
            }
            "Unsqueeze" => {
                let missing = || Rule::Operand("does not say which dimensions it inserts".into());
                let axes = self.axes(node, attributes)?.ok_or_else(missing)?;
                view.seen_as(inserted(&view.dims, &axes, Dim::Known(1))?)
            }
            _ => Err(Rule::Shape(format!("permutes {}; an exact network keeps memory order", show(&view.dims)))),
        }
    }

    /// Axes are an attribute before operator set 13, an input since.
    fn axes(&mut self, node: &NodeProto, attributes: &Attributes) -> Result<Option<Vec<i64>>, Rule> {
        match attributes.ints("axes") {
            Some(axes) => Ok(Some(axes.to_vec())),
            None if node.input.get(1).is_some_and(|name| !name.is_empty()) => {
                self.constant_operand(node, 1, "its list of dimensions")?.integers().map(Some)
            }
            None => Ok(None),
        }
    }

    fn reshape_constant(
        &mut self,
        node: &NodeProto,
        attributes: &Attributes,
        constant: Constant,
    ) -> Result<Constant, Rule> {
        let rank = constant.dims.len();
        let dims = match node.op_type.as_str() {
            "Transpose" => {
                let reversed: Vec<_> = (0..rank as i64).rev().collect();
                self.spend_elements(constant.values.len())?;
                let moved = transposed(&constant, attributes.ints("perm").unwrap_or(&reversed))?;
                return Ok(moved);
            }
            "Reshape" => {
                let target = self.constant_operand(node, 1, "its shape")?.integers()?;
                constant_shape(&constant, &target)?
            }
            "Flatten" => {
                let (before, after) = constant.dims.split_at(normal(attributes.int("axis", 1), rank + 1)?);
                vec![before.iter().product(), after.iter().product()]
            }
            "Squeeze" => {
                let axes = self.axes(node, attributes)?;
                let axes = axes.map(|axes| axes.iter().map(|&a| normal(a, rank)).collect::<Result<Vec<_>, _>>());
                let axes = axes.transpose()?;
                let dropped = |axis: usize| axes.as_ref().map_or(constant.dims[axis] == 1, |axes| axes.contains(&axis));
                (0..rank).filter(|&axis| !dropped(axis)).map(|axis| constant.dims[axis]).collect()
            }
            _ => {
                let missing = || Rule::Operand("does not say which dimensions it inserts".into());
                let axes = self.axes(node, attributes)?.ok_or_else(missing)?;
                inserted(&constant.dims, &axes, 1)?
            }
        };
        if dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim)) != Some(constant.values.len()) {
            return Err(Rule::Shape(format!("makes {dims:?} of {:?}: the elements do not match", constant.dims)));
        }
        Ok(Constant { dims, ..constant })
    }

    pub fn concat(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let attributes = self.arguments(node, &["axis"], 1..=255)?;
        let mut parts = Vec::with_capacity(node.input.len());
        for index in 0..node.input.len() {
            match self.operand(node, index)? {
                Value::Exact(exact) => parts.push(exact),
                Value::Layer(layer) => return Err(layer.out_of_order("joins")),
                Value::Constant(_) => {
                    return Err(Rule::Operand("joins a constant; only computed values are joined".into()));
                }
            }
        }
        let first = parts[0].clone();
        let axis = first.view.channel_axis()?;
        if attributes.get("axis").is_none_or(|given| normal(given.i, first.view.dims.len()) != Ok(axis)) {
            let found = attributes.get("axis").map_or("absent".into(), |given| given.i.to_string());
            return Err(refused("axis", found, format!("{axis}, the channels")));
        }
        let mut sources = Vec::with_capacity(parts.len());
        let mut joined = first.clone();
        joined.view.shape[0] = 0;
        for part in &parts {
            let [c, h, w] = part.view.shape;
            let fits = part.view.with_shape(first.view.shape).dims == first.view.dims && part.dtype == first.dtype;
            if !fits || [h, w] != first.view.shape[1..] || part.view.channel_axis()? != axis {
                let (one, other) = (show(&first.view.dims), show(&part.view.dims));
                return Err(Rule::Shape(format!("joins {one} with {other}; only channels may differ")));
            }
            let Origin::Value(source) = part.origin else {
                let why = "joins the latent to another value; add its image to a layer instead (two-input form)";
                return Err(Rule::Order(why.into()));
            };
            sources.push(source);
            joined.view.shape[0] += c;
            (joined.lo, joined.hi) = (joined.lo.min(part.lo), joined.hi.max(part.hi));
        }
        if sources.len() == 1 {
            return Ok(Value::Exact(first));
        }
        let [c, h, w] = joined.view.shape;
        if c > usize::from(u16::MAX) {
            return Err(Rule::Shape(format!("makes {c} channels; at most 65535 are allowed")));
        }
        let origin = self.emit(Operation::Concat { sources }, Made { node: self.at, guard: None })?;
        Ok(Value::Exact(Exact { origin: Origin::Value(origin), view: first.view.with_shape([c, h, w]), ..joined }))
    }

    /// Nearest neighbour, twice the height and width.
    pub fn resize(&mut self, node: &'a NodeProto) -> Result<Value, Rule> {
        let upsample = node.op_type == "Upsample";
        let known: &[&str] = if upsample {
            &["mode", "scales"]
        } else {
            &[
                "mode",
                "coordinate_transformation_mode",
                "nearest_mode",
                "antialias",
                "axes",
                "cubic_coeff_a",
                "exclude_outside",
                "extrapolation_value",
                "keep_aspect_ratio_policy",
            ]
        };
        let attributes = self.arguments(node, known, 1..=4)?;
        match attributes.text("mode", "nearest") {
            "nearest" => {}
            other => return Err(refused("mode", other, "nearest")),
        }
        attributes.expect_int("antialias", 0, 0)?;
        if !upsample && self.file.opset >= 11 {
            check_doubling(&attributes)?;
        }
        let exact = match self.operand(node, 0)? {
            Value::Exact(exact) => exact,
            Value::Layer(layer) => return Err(layer.out_of_order("resizes")),
            Value::Constant(_) => return Err(Rule::Operand("resizes a constant".into())),
        };
        let Origin::Value(source) = exact.origin else {
            return Err(Rule::Order("resizes the latent".into()));
        };
        if !exact.view.is_image() || exact.view.is_open_image() {
            return Err(Rule::Shape(format!("resizes {}; take [1, C, H, W] with numbers", show(&exact.view.dims))));
        }
        let [c, h, w] = exact.view.shape;
        self.check_target(node, &attributes, &exact.view)?;
        let view = exact.view.with_shape([c, 2 * h, 2 * w]);
        if 2 * h.max(w) > usize::from(u16::MAX) {
            return Err(Rule::Shape(format!("makes {}; sides are at most 65535", show(&view.dims))));
        }
        let origin = self.emit(Operation::Resize { source }, Made { node: self.at, guard: None })?;
        Ok(Value::Exact(Exact { origin: Origin::Value(origin), view, ..exact }))
    }

    /// Scales of [1, 1, 2, 2], or sizes that mean the same.
    fn check_target(&mut self, node: &NodeProto, attributes: &Attributes, view: &View) -> Result<(), Rule> {
        // Upsample: (x, scales); Resize of operator set 10 likewise, since 11: (x, roi, scales, sizes).
        let at = if node.op_type == "Upsample" || self.file.opset < 11 { 1 } else { 2 };
        let floats = attributes.get("scales").map(|given| given.floats.iter().map(|&v| v.into()).collect::<Vec<f64>>());
        let mut scales = floats.unwrap_or_default();
        if let Some(Value::Constant(given)) = self.optional(node, at)? {
            scales = given.values.to_vec();
        }
        if scales.is_empty() && node.input.get(at + 1).is_some_and(|name| !name.is_empty()) {
            let sizes = self.constant_operand(node, at + 1, "its sizes")?;
            let axes = self.axis_list(attributes, view.dims.len())?;
            let side = |(&axis, &size): (&usize, &f64)| match view.dims[axis] {
                Dim::Known(side) => size / side as f64,
                Dim::Free => 1.0,
            };
            scales = axes.iter().zip(sizes.values.iter()).map(side).collect();
        }
        scales.truncate(MAX_RANK);
        let axes = self.axis_list(attributes, view.dims.len())?;
        let wanted = |axis: usize| if axis >= 2 { 2.0 } else { 1.0 };
        let doubles =
            scales.len() == axes.len() && axes.iter().zip(&scales).all(|(&axis, &scale)| scale == wanted(axis));
        // What `axes` leaves out is not resized.
        if doubles && axes.contains(&2) && axes.contains(&3) {
            return Ok(());
        }
        Err(Rule::Shape(format!("resizes {} by {scales:?}; take [1, 1, 2, 2]", show(&view.dims))))
    }

    fn axis_list(&self, attributes: &Attributes, rank: usize) -> Result<Vec<usize>, Rule> {
        match attributes.ints("axes") {
            Some(axes) => axes.iter().map(|&axis| normal(axis, rank)).collect(),
            None => Ok((0..rank).collect()),
        }
    }
}

/// Which pairs of attributes mean that output 2i and 2i + 1 are input i.
fn check_doubling(attributes: &Attributes) -> Result<(), Rule> {
    let transform = attributes.text("coordinate_transformation_mode", "half_pixel");
    let nearest = attributes.text("nearest_mode", "round_prefer_floor");
    let doubles = match transform {
        // Coordinates i and i + 1/2.
        "asymmetric" => matches!(nearest, "floor" | "round_prefer_floor"),
        // Coordinates i - 1/4 and i + 1/4.
        "half_pixel" | "pytorch_half_pixel" | "half_pixel_symmetric" => {
            matches!(nearest, "round_prefer_floor" | "round_prefer_ceil")
        }
        // Coordinates i + 1/4 and i + 3/4.
        "tf_half_pixel_for_nn" => nearest == "floor",
        _ => false,
    };
    let policy = attributes.text("keep_aspect_ratio_policy", "stretch");
    if policy != "stretch" {
        return Err(refused("keep_aspect_ratio_policy", policy, "stretch"));
    }
    if doubles {
        return Ok(());
    }
    let found = format!("{transform} with nearest_mode {nearest}");
    Err(refused(
        "coordinate_transformation_mode",
        found,
        "asymmetric with floor, or half_pixel with round_prefer_floor",
    ))
}

/// An axis counted from the end is made one from the start.
fn normal(axis: i64, rank: usize) -> Result<usize, Rule> {
    let counted = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    let counted = counted.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < rank);
    counted.ok_or_else(|| Rule::Shape(format!("names dimension {axis} of {rank}")))
}

fn inserted<T: Copy>(dims: &[T], axes: &[i64], one: T) -> Result<Vec<T>, Rule> {
    let rank = dims.len() + axes.len();
    if rank > MAX_RANK {
        return Err(Rule::Shape(format!("makes a value of {rank} dimensions")));
    }
    let axes = axes.iter().map(|&axis| normal(axis, rank)).collect::<Result<Vec<_>, _>>()?;
    let mut old = dims.iter().copied();
    let new: Option<Vec<_>> = (0..rank).map(|axis| if axes.contains(&axis) { Some(one) } else { old.next() }).collect();
    match new {
        Some(new) if old.next().is_none() => Ok(new),
        _ => Err(Rule::Shape("inserts one dimension twice".into())),
    }
}

fn constant_shape(constant: &Constant, target: &[i64]) -> Result<Vec<usize>, Rule> {
    if target.len() > MAX_RANK {
        return Err(Rule::Shape(format!("makes a constant of {} dimensions", target.len())));
    }
    let wrong = || Rule::Shape(format!("reshapes {:?} to {target:?}", constant.dims));
    let mut dims = Vec::with_capacity(target.len());
    for (axis, &want) in target.iter().enumerate() {
        dims.push(match want {
            0 => *constant.dims.get(axis).ok_or_else(wrong)?,
            -1 => 1,
            _ => usize::try_from(want).map_err(|_| wrong())?,
        });
    }
    let known = dims.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim)).filter(|&n| n > 0).ok_or_else(wrong)?;
    match target.iter().filter(|&&want| want == -1).count() {
        0 => {}
        1 if constant.values.len().is_multiple_of(known) => {
            let axis = target.iter().position(|&want| want == -1).ok_or_else(wrong)?;
            dims[axis] = constant.values.len() / known;
        }
        _ => return Err(wrong()),
    }
    Ok(dims)
}

fn transposed(constant: &Constant, perm: &[i64]) -> Result<Constant, Rule> {
    let rank = constant.dims.len();
    let perm = perm.iter().map(|&axis| normal(axis, rank)).collect::<Result<Vec<_>, _>>()?;
    if perm.len() != rank {
        return Err(Rule::Shape(format!("permutes {rank} dimensions by a list of {}", perm.len())));
    }
    if (0..rank).any(|axis| !perm.contains(&axis)) {
        return Err(Rule::Shape(format!("permutes {:?} by {perm:?}", constant.dims)));
    }
    let mut steps = vec![1usize; rank];
    for axis in (1..rank).rev() {
        steps[axis - 1] = steps[axis] * constant.dims[axis];
    }
    let dims: Vec<_> = perm.iter().map(|&axis| constant.dims[axis]).collect();
    let element = |mut at: usize| {
        let mut from = 0;
        for (&axis, &dim) in perm.iter().zip(&dims).rev() {
            from += at % dim * steps[axis];
            at /= dim;
        }
        constant.values[from]
    };
    let values: Vec<_> = (0..constant.values.len()).map(element).collect();
    Ok(Constant { dims, values: values.into(), name: constant.name.clone(), dtype: constant.dtype })
}
