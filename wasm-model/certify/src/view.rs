//! How an ONNX tensor shows a network's value: which of its dimensions are the batch, the channels, the picture.
//!
//! A network computes one sample, C×H×W. In ONNX that is a row `[N, C]` of a matrix, an image `[N, C, H, W]`, or a
//! pixel of an image whose height and width are left open. As long as memory order is kept, a tensor may take any
//! other shape on the way from one operator to the next.

use crate::constant::Constant;
use crate::error::Rule;

/// One dimension of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dim {
    Known(usize),
    /// Symbolic: any number.
    Free,
}

impl std::fmt::Display for Dim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Known(n) => write!(f, "{n}"),
            Self::Free => f.write_str("?"),
        }
    }
}

/// Writes dimensions as `[1, 6, ?, ?]`.
pub(crate) fn show(dims: &[Dim]) -> String {
    format!("[{}]", dims.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

/// A tensor's shape in the file and the network's value that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    /// The ONNX dimensions.
    pub dims: Vec<Dim>,
    /// Channels, height, width of one sample; each at most 65,535.
    pub shape: [usize; 3],
    /// Number of samples.
    pub batch: Dim,
}

/// Most dimensions of a tensor.
pub(crate) const MAX_RANK: usize = 8;
const MAX_SIDE: usize = u16::MAX as usize;

impl View {
    /// How a graph input shows its value.
    pub fn of_input(dims: &[Dim]) -> Result<Self, String> {
        let known = |axis: usize| match dims[axis] {
            Dim::Known(n @ 1..=MAX_SIDE) => Ok(n),
            Dim::Known(n) => Err(format!("has {n} in dimension {axis}, at most {MAX_SIDE} is allowed")),
            Dim::Free => Err(format!("has shape {}; dimension {axis} must be a number", show(dims))),
        };
        let (shape, batch) = match dims.len() {
            rank @ 1..=3 => ([known(rank - 1)?, 1, 1], product(&dims[..rank - 1])),
            4 if dims[2..] == [Dim::Free, Dim::Free] => ([known(1)?, 1, 1], dims[0]),
            4 => ([known(1)?, known(2)?, known(3)?], dims[0]),
            rank => return Err(format!("has {rank} dimensions; take [N, F] or [1, C, H, W]")),
        };
        Ok(Self { dims: dims.to_vec(), shape, batch })
    }

    /// Whether this is an image of any size, of which the network computes one pixel.
    pub fn is_open_image(&self) -> bool {
        self.dims.len() == 4 && self.dims[2..] == [Dim::Free, Dim::Free]
    }

    /// Whether this is `[N, C, H, W]`.
    pub fn is_image(&self) -> bool {
        let [c, h, w] = self.shape;
        self.dims.len() == 4
            && self.dims[1] == Dim::Known(c)
            && (self.dims[2..] == [Dim::Known(h), Dim::Known(w)] || self.is_open_image())
    }

    /// Whether the last dimension is the channels, and all others the batch.
    pub fn is_rows(&self) -> bool {
        let [c, h, w] = self.shape;
        matches!(self.dims.len(), 1..=3) && self.dims.last() == Some(&Dim::Known(c)) && h * w == 1
    }

    /// Which dimension counts the channels.
    pub fn channel_axis(&self) -> Result<usize, Rule> {
        if self.is_image() {
            Ok(1)
        } else if self.is_rows() {
            Ok(self.dims.len() - 1)
        } else {
            let (dims, [c, h, w]) = (show(&self.dims), self.shape);
            Err(Rule::Shape(format!("reads a value of shape {dims} that shows {c}×{h}×{w}; give it [N, C, H, W]")))
        }
    }

    /// The same rows or images with other channels.
    pub fn with_shape(&self, shape: [usize; 3]) -> Self {
        let mut dims = self.dims.clone();
        if self.is_image() {
            dims[1] = Dim::Known(shape[0]);
            if !self.is_open_image() {
                dims[2] = Dim::Known(shape[1]);
                dims[3] = Dim::Known(shape[2]);
            }
        } else if let Some(last) = dims.last_mut() {
            *last = Dim::Known(shape[0]);
        }
        Self { dims, shape, batch: self.batch }
    }

    /// Checks that a constant goes with this value channel by channel, and is not empty.
    pub fn check_per_channel(&self, constant: &Constant) -> Result<(), Rule> {
        let axis = self.channel_axis()?;
        let wrong = || {
            let (dims, to) = (&constant.dims, show(&self.dims));
            let name = crate::error::shown(&constant.name);
            Rule::Shape(format!("constant `{name}` of shape {dims:?} does not go channel by channel with {to}"))
        };
        let skipped = self.dims.len().checked_sub(constant.dims.len()).ok_or_else(wrong)?;
        for (at, &dim) in constant.dims.iter().enumerate() {
            if dim != 1 && !(skipped + at == axis && dim == self.shape[0]) {
                return Err(wrong());
            }
        }
        if constant.values.is_empty() { Err(wrong()) } else { Ok(()) }
    }

    /// A constant that is broadcast to this value, as one number for each channel.
    pub fn per_channel(&self, constant: &Constant) -> Result<Vec<f64>, Rule> {
        self.check_per_channel(constant)?;
        Ok(match &*constant.values {
            [one] => vec![*one; self.shape[0]],
            each => each.to_vec(),
        })
    }

    /// Whether a value of one sample (the latent's image) is broadcast to this one channel by channel.
    pub fn takes_per_token(&self, other: &Self) -> bool {
        let aligned = match (self.channel_axis(), other.channel_axis()) {
            (Ok(mine), Ok(its)) => self.dims.len() - mine == other.dims.len() - its,
            _ => false,
        };
        let one_sample = matches!(other.batch, Dim::Known(1) | Dim::Free) && !other.is_open_image();
        aligned && one_sample && other.shape == [self.shape[0], 1, 1] && self.dims.len() >= other.dims.len()
    }

    /// What `Reshape` to `target` makes of it: 0 keeps a dimension, -1 is worked out.
    pub fn reshape(&self, target: &[i64]) -> Result<Self, Rule> {
        if target.len() > MAX_RANK {
            return Err(Rule::Shape(format!("a reshape to {} dimensions; at most {MAX_RANK} are read", target.len())));
        }
        let text = || format!("a reshape of {} to {target:?}", show(&self.dims));
        if self.is_open_image() {
            return Err(Rule::Shape(format!("{}: height and width must be numbers", text())));
        }
        let mut dims = Vec::with_capacity(target.len());
        let mut open = None;
        for (axis, &want) in target.iter().enumerate() {
            dims.push(match want {
                0 => *self.dims.get(axis).ok_or_else(|| Rule::Shape(format!("{} keeps dimension {axis}", text())))?,
                -1 if open.is_none() => {
                    open = Some(axis);
                    Dim::Known(1)
                }
                1..=0xffff_ffff => Dim::Known(want as usize),
                _ => return Err(Rule::Shape(format!("{} has no meaning", text()))),
            });
        }
        if let Some(axis) = open {
            dims[axis] = self.missing(&dims, axis).ok_or_else(|| Rule::Shape(format!("{} does not fit", text())))?;
        }
        self.seen_as(dims)
    }

    /// The dimension that -1 at `axis` stands for.
    fn missing(&self, dims: &[Dim], axis: usize) -> Option<Dim> {
        let each: usize = self.shape.iter().product();
        let free = dims.contains(&Dim::Free);
        let known = dims.iter().try_fold(1usize, |n, &dim| match dim {
            Dim::Known(k) => n.checked_mul(k),
            Dim::Free => Some(n),
        })?;
        match self.batch {
            Dim::Free if !free && axis == 0 && known == each => Some(Dim::Free),
            Dim::Free => each.is_multiple_of(known).then(|| Dim::Known(each / known)),
            Dim::Known(batch) => {
                let all = each.checked_mul(batch)?;
                all.is_multiple_of(known).then(|| Dim::Known(all / known))
            }
        }
    }

    /// The same memory with other dimensions. An open batch that becomes 1 means: a batch of one.
    pub fn seen_as(&self, dims: Vec<Dim>) -> Result<Self, Rule> {
        let (from, to) = (show(&self.dims), show(&dims));
        let wrong = |why: &str| Rule::Shape(format!("makes {to} of {from}: {why}"));
        if self.is_open_image() && dims != self.dims {
            return Err(wrong("height and width must be numbers"));
        }
        let batch = match self.batch {
            Dim::Free if !dims.contains(&Dim::Free) => Dim::Known(1),
            batch => batch,
        };
        let each: usize = self.shape.iter().product();
        let frees = dims.iter().filter(|&&dim| dim == Dim::Free).count();
        let total = product_known(&dims);
        let expected = if let Dim::Known(n) = batch { each.checked_mul(n) } else { Some(each) };
        if total.is_none() || total != expected || (batch == Dim::Free) != (frees > 0) {
            return Err(wrong("the number of elements of a sample must stay the same"));
        }
        let first = dims.first().copied();
        let shape = match dims.as_slice() {
            [Dim::Known(c)] if batch == Dim::Known(1) => Some([*c, 1, 1]),
            [n, Dim::Known(c)] if *n == batch => Some([*c, 1, 1]),
            [n, m, Dim::Known(c)] if *c == each && product(&[*n, *m]) == batch => Some([*c, 1, 1]),
            [n, Dim::Known(c), Dim::Known(h), Dim::Known(w)] if *n == batch => Some([*c, *h, *w]),
            // On the way to another shape: memory order is kept, so the value stays what it is.
            [_, _, _] | [_, _, _, _, _, ..] if first == Some(batch) => Some(self.shape),
            _ => None,
        };
        let shape = shape.filter(|shape| shape.iter().product::<usize>() == each);
        let shape = shape.ok_or_else(|| wrong("the first dimension must stay the batch"))?;
        if shape.iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
            return Err(wrong("channels, height and width are 1 to 65535"));
        }
        Ok(Self { dims, shape, batch })
    }
}

/// Product of dimensions; open if one of them is.
pub(crate) fn product(dims: &[Dim]) -> Dim {
    let known = |n: Option<usize>| n.map_or(Dim::Free, Dim::Known);
    if dims.contains(&Dim::Free) { Dim::Free } else { known(product_known(dims)) }
}

fn product_known(dims: &[Dim]) -> Option<usize> {
    dims.iter().try_fold(1usize, |n, &dim| match dim {
        Dim::Known(k) => n.checked_mul(k),
        Dim::Free => Some(n),
    })
}

#[cfg(test)]
mod tests {
    use super::Dim::{Free, Known};
    use super::*;

    fn view(dims: &[Dim]) -> View {
        View::of_input(dims).expect("a valid input")
    }

    #[test]
    fn inputs_are_rows_images_or_open_images() {
        assert_eq!(view(&[Free, Known(6)]).shape, [6, 1, 1]);
        assert_eq!(view(&[Known(1), Known(3), Known(8), Known(9)]).shape, [3, 8, 9]);
        let open = view(&[Known(1), Known(6), Free, Free]);
        assert!(open.is_open_image() && open.shape == [6, 1, 1]);
        for dims in [&[][..], &[Free], &[Free, Free], &[Known(1), Known(3), Free, Known(2)], &[Known(1); 5]] {
            assert!(View::of_input(dims).is_err(), "{}", show(dims));
        }
        assert!(View::of_input(&[Known(1), Known(65536)]).is_err());
    }

    #[test]
    fn reshapes_keep_the_batch_and_the_elements() {
        let rows = view(&[Free, Known(96)]);
        assert_eq!(rows.reshape(&[-1, 6, 4, 4]).map(|v| v.shape), Ok([6, 4, 4]));
        assert_eq!(rows.reshape(&[0, 6, -1, 4]).map(|v| (v.shape, v.batch)), Ok(([6, 4, 4], Free)));
        assert_eq!(rows.reshape(&[1, 6, 4, 4]).map(|v| (v.shape, v.batch)), Ok(([6, 4, 4], Known(1))));
        for wrong in [&[-1, 7][..], &[2, 48], &[-1, -1], &[0, 0, 6], &[96], &[0, 6, 5, 4], &[-2, 96], &[i64::MAX, 2]] {
            if wrong == [96] {
                assert!(rows.reshape(wrong).is_ok(), "a batch of one may be dropped");
            } else {
                assert!(rows.reshape(wrong).is_err(), "{wrong:?}");
            }
        }
    }

    #[test]
    fn shapes_on_the_way_show_the_same_value() {
        let image = view(&[Known(1), Known(3), Known(4), Known(5)]);
        let flat = image.reshape(&[1, 3, 20]).expect("memory order is kept");
        assert_eq!(flat.shape, [3, 4, 5]);
        assert!(flat.channel_axis().is_err());
        assert_eq!(flat.reshape(&[1, 3, 4, 5]).map(|v| v.shape), Ok([3, 4, 5]));
        let rows = view(&[Free, Known(8)]).reshape(&[0, 2, 4]).expect("memory order is kept");
        assert_eq!(rows.shape, [8, 1, 1]);
        assert_eq!(image.seen_as(vec![Known(1), Known(60)]).map(|v| v.shape), Ok([60, 1, 1]));
    }

    #[test]
    fn constants_go_with_channels_only() {
        let constant = |dims: &[usize]| {
            Constant::of(
                "c",
                dims.to_vec(),
                tract_onnx::pb::tensor_proto::DataType::Float,
                vec![2.0; dims.iter().product()],
            )
        };
        let image = view(&[Known(1), Known(3), Known(4), Known(3)]);
        for good in [&[][..], &[1], &[3, 1, 1], &[1, 3, 1, 1]] {
            assert_eq!(image.per_channel(&constant(good)), Ok(vec![2.0; 3]), "{good:?}");
        }
        // `[3]` would go with the columns.
        for bad in [&[3][..], &[4, 1], &[2, 1, 1], &[1, 1, 3, 1, 1], &[0]] {
            assert!(image.per_channel(&constant(bad)).is_err(), "{bad:?}");
        }
    }
}
