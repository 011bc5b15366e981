//! What the art model's pictures are like: floors on contrast, on order, and on how far apart two of them are.

use std::collections::HashSet;

use verdigris_model::picture::{Painter, Picture, Stages, Traits};
use verdigris_model::{Network, atlas, keccak256};

/// Pixels a side of the pictures that are measured, and of a perceptual hash.
const SIDE: usize = 64;
const HASH: usize = 16;

fn seed(number: u32) -> [u8; 32] {
    keccak256(format!("verdigris/gallery/{number}").as_bytes())
}

/// A token's motif, without what style and composition lay over it: that would hide a poor one.
fn draw(network: &Network, number: u32, epoch: u16, size: u16) -> Picture {
    let seed = seed(number);
    let traits = Traits { texture: 0, frame: 0, marks: 0, epoch, ..Traits::of_seed(&seed) };
    let traits = traits.to_word().expect("they are in range");
    let painter = Painter::new(network, Stages::NEWEST.number(), &seed, &traits).expect("it is a picture model");
    painter.draw(size).expect("it is a size")
}

/// Brightness (Rec. 601), 0 to 255, row by row.
fn brightness(picture: &Picture) -> Vec<f64> {
    let pixels = picture.rgb().chunks_exact(3);
    pixels.map(|rgb| 0.299 * f64::from(rgb[0]) + 0.587 * f64::from(rgb[1]) + 0.114 * f64::from(rgb[2])).collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// The distance of colours from their mean: how much there is to see.
fn contrast(picture: &Picture) -> f64 {
    let spread = (0..3).map(|channel| {
        let values = picture.rgb()[channel..].iter().step_by(3).map(|&value| f64::from(value));
        let middle = mean(values.clone());
        mean(values.map(|value| (value - middle).powi(2)))
    });
    spread.sum::<f64>().sqrt()
}

/// How alike neighbours are: 1 if all are the same, 0 for noise.
fn order(values: &[f64]) -> f64 {
    let middle = mean(values.iter().copied());
    let spread = mean(values.iter().map(|value| (value - middle).powi(2)));
    let step = mean(
        values
            .chunks_exact(SIDE)
            .flat_map(|row| row.windows(2))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|pair| (pair[0] - pair[1]).powi(2)),
    );
    1.0 - step / (2.0 * spread)
}

/// The difference hash: for each of 16 × 16 blocks, whether the next one to the right is brighter.
fn perceptual_hash(values: &[f64]) -> Vec<bool> {
    let block = SIDE / HASH;
    let sum = |i: usize, j: usize| -> f64 {
        (0..block * block).map(|at| values[(block * j + at / block) * SIDE + block * (i % HASH) + at % block]).sum()
    };
    (0..HASH * HASH).map(|at| sum(at % HASH, at / HASH) < sum(at % HASH + 1, at / HASH)).collect()
}

/// How many bits differ.
fn distance(one: &[bool], other: &[bool]) -> usize {
    one.iter().zip(other).filter(|(a, b)| a != b).count()
}

#[test]
fn no_piece_is_blank_muddy_or_noise_and_no_two_are_alike() {
    let network = atlas();
    let mut hashes: Vec<Vec<bool>> = Vec::new();
    for number in 0..256 {
        let picture = draw(&network, number, 0, SIDE as u16);
        let values = brightness(&picture);
        // Measured when the model was trained: 67 and 0.62 at least.
        assert!(contrast(&picture) > 60.0, "piece {number} is flat: contrast {:.1}", contrast(&picture));
        assert!(order(&values) > 0.5, "piece {number} is noise: order {:.3}", order(&values));
        let hash = perceptual_hash(&values);
        for (other, earlier) in hashes.iter().enumerate() {
            // Measured: 58 bits of 256 at least; 128 is what chance gives.
            let apart = distance(earlier, &hash);
            assert!(apart >= 40, "pieces {other} and {number} are alike: {apart} bits of {} differ", hash.len());
        }
        hashes.push(hash);
    }
}

#[test]
fn no_two_of_ten_thousand_seeds_have_the_same_small_thumbnail() {
    let network = atlas();
    // So few pixels, and so few bits of each, that only what one sees at a glance is left.
    let thumbnail = |number| draw(&network, number, 0, 8).into_rgb().into_iter().map(|channel| channel >> 4).collect();
    let thumbnails: HashSet<Vec<u8>> = (0..10_000).map(thumbnail).collect();
    assert_eq!(thumbnails.len(), 10_000);
}

#[test]
fn an_epoch_differs_from_the_one_before_and_descends_from_it() {
    let network = atlas();
    let hash = |number, epoch| perceptual_hash(&brightness(&draw(&network, number, epoch, SIDE as u16)));
    let mut steps = Vec::new();
    let mut strangers = Vec::new();
    for number in 0..96 {
        let line: Vec<_> = (0..4).map(|epoch| hash(number, epoch)).collect();
        steps.extend(line.windows(2).map(|pair| distance(&pair[0], &pair[1])));
        strangers.push(distance(&line[0], &hash(number + 96, 0)));
    }
    steps.sort_unstable();
    strangers.sort_unstable();
    let (all, half) = (steps.len(), strangers[strangers.len() / 2]);
    // Measured, of 256 bits: 20 in the twentieth part that changes least, 52 in the middle, 104 in the part that changes
    // most; 128 between strangers, which is what chance gives.
    assert!(steps[all / 20] >= 12, "some epochs hardly change: {} bits", steps[all / 20]);
    assert!(2 * steps[all / 2] <= half, "an epoch's step is {} bits, a stranger is {half}", steps[all / 2]);
    assert!(steps[all * 19 / 20] < half, "some epochs are strangers: {} bits", steps[all * 19 / 20]);
}
