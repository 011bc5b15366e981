//! Draws contact sheets of a picture model, to look at: `cargo xtask contact-sheet`.
//!
//! `seeds.png`: 64 seeds, each with the traits that a collection would give it. `palette.png`, `family.png` and so on: a
//! row for each value of one trait. `epochs.png`: a row for each token, from epoch to epoch. `piece-N.png`: single
//! pictures, 1024 pixels wide.

use std::path::{Path, PathBuf};

use verdigris_model::picture::{Painter, Picture, Stages, TRAIT_KINDS, Traits};
use verdigris_model::{Network, keccak256};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Pictures in a row, their width and the space between them, in pixels.
const COLUMNS: usize = 8;
const SIDE: usize = 192;
const GAP: usize = 8;
/// Pictures that are drawn one by one, and their width.
const PIECES: u32 = 6;
const PIECE: u16 = 1024;

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (Some(model), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: contact_sheet MODEL.vdgn FOLDER".into());
    };
    let network = Network::from_bytes(&std::fs::read(model)?)?;
    std::fs::create_dir_all(&folder)?;

    let seeds: Vec<_> = (0..64).map(seed).map(|seed| (seed, Traits::of_seed(&seed))).collect();
    sheet(&network, &seeds, &folder.join("seeds.png"))?;
    for (kind, trait_) in TRAIT_KINDS.iter().enumerate() {
        let rows = (0..trait_.values.len()).flat_map(|value| (0..COLUMNS as u32).map(move |n| (value as u8, n)));
        let tokens: Vec<_> = rows.map(|(value, n)| (seed(100 + n), with(seed(100 + n), kind, value))).collect();
        sheet(&network, &tokens, &folder.join(format!("{}.png", trait_.name.to_lowercase())))?;
    }
    let epochs = (0..8).flat_map(|n| (0..COLUMNS as u16).map(move |epoch| (seed(200 + n), epoch)));
    let tokens: Vec<_> = epochs.map(|(seed, epoch)| (seed, Traits { epoch, ..Traits::of_seed(&seed) })).collect();
    sheet(&network, &tokens, &folder.join("epochs.png"))?;
    for n in 0..PIECES {
        let seed = seed(300 + n);
        let painter = painter(&network, &seed, Traits::of_seed(&seed))?;
        std::fs::write(folder.join(format!("piece-{n}.png")), painter.draw_smooth(PIECE)?.to_png()?)?;
    }
    Ok(())
}

fn seed(number: u32) -> [u8; 32] {
    keccak256(format!("verdigris/contact-sheet/{number}").as_bytes())
}

/// The traits that the seed gives, but for one.
fn with(seed: [u8; 32], kind: usize, value: u8) -> Traits {
    let mut traits = Traits::of_seed(&seed);
    let places = [
        &mut traits.palette,
        &mut traits.family,
        &mut traits.symmetry,
        &mut traits.density,
        &mut traits.texture,
        &mut traits.frame,
        &mut traits.marks,
    ];
    if let Some(place) = places.into_iter().nth(kind) {
        *place = value;
    }
    traits
}

fn painter(network: &Network, seed: &[u8; 32], traits: Traits) -> Outcome<Painter> {
    Ok(Painter::new(network, Stages::NEWEST.number(), seed, &traits.to_word()?)?)
}

/// Draws tokens in rows of eight, on grey.
fn sheet(network: &Network, tokens: &[([u8; 32], Traits)], path: &Path) -> Outcome<()> {
    let step = SIDE + GAP;
    let (width, height) = (COLUMNS * step + GAP, tokens.len().div_ceil(COLUMNS) * step + GAP);
    let mut rgb = vec![28; 3 * width * height];
    for (i, (seed, traits)) in tokens.iter().enumerate() {
        let picture = painter(network, seed, *traits)?.draw_smooth(SIDE as u16)?;
        let (left, top) = (GAP + i % COLUMNS * step, GAP + i / COLUMNS * step);
        for (y, pixels) in picture.rgb().chunks_exact(3 * SIDE).enumerate() {
            let at = 3 * ((top + y) * width + left);
            rgb[at..at + 3 * SIDE].copy_from_slice(pixels);
        }
    }
    // A picture is square: the sheet's last rows stay grey.
    let side = width.max(height);
    let mut square = vec![28; 3 * side * side];
    for (from, to) in rgb.chunks_exact(3 * width).zip(square.chunks_exact_mut(3 * side)) {
        to[..3 * width].copy_from_slice(from);
    }
    std::fs::write(path, Picture::from_rgb(side as u16, square)?.to_png()?)?;
    println!("{}", path.display());
    Ok(())
}
