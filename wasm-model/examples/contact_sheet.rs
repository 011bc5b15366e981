//! Draws contact sheets of a picture model, to look at: `cargo xtask contact-sheet`.
//!
//! `index.html` shows them all: 64 seeds, each with the traits that a collection would give it; for each trait a sheet
//! with a row for each of its values, on the same tokens; a row for each of eight tokens, from epoch to epoch; and single
//! pictures, 1024 pixels wide.

use std::ops::Range;
use std::path::{Path, PathBuf};

use verdigris_model::picture::{Painter, Stages, TRAIT_KINDS, Traits};
use verdigris_model::{Network, keccak256};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Pictures in a row, their width and the space between them, in pixels.
const COLUMNS: u32 = 8;
const SIDE: usize = 192;
const GAP: usize = 8;
/// Pictures that are drawn one by one, and their width.
const PIECES: u32 = 6;
const PIECE: u16 = 1024;

const PAGE_START: &str = "<!doctype html><meta charset=utf-8><title>Contact sheets</title>
<style>
body { margin: 2rem auto; max-width: 1800px; background: #1c1c1c; color: #ddd; font: 15px system-ui }
div { display: flex }
ol { display: grid; grid-auto-rows: 1fr; margin: 0; padding: 0 1rem 0 0; list-style: none; text-align: right }
li { align-self: center }
small { display: block; opacity: 0.5 }
img { max-width: 100%; vertical-align: bottom }
</style>
";

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (Some(model), Some(folder), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: contact_sheet MODEL.vdgn FOLDER".into());
    };
    let network = Network::from_bytes(&std::fs::read(model)?)?;
    std::fs::create_dir_all(&folder)?;
    let mut page = String::from(PAGE_START);
    for sheet in sheets() {
        let name = sheet.title.to_lowercase() + ".png";
        draw_sheet(&network, &sheet, &folder.join(&name))?;
        let labels: String = sheet.rows.iter().map(|(label, _)| format!("<li>{label}</li>")).collect();
        let title = &sheet.title;
        page += &format!("<h2>{title}</h2><div><ol>{labels}</ol><img src={name} alt=\"\"></div>\n");
    }
    page += "<h2>Pieces</h2>";
    for n in 0..PIECES {
        let (seed, name) = (seed(300 + n), format!("piece-{n}.png"));
        let painter = painter(&network, &seed, Traits::of_seed(&seed))?;
        std::fs::write(folder.join(&name), painter.draw_smooth(PIECE)?.to_png()?)?;
        page += &format!("<img src={name} alt=\"\">\n");
    }
    std::fs::write(folder.join("index.html"), page)?;
    println!("{}", folder.join("index.html").display());
    Ok(())
}

/// Tokens in rows, each with what it shows.
struct Sheet {
    title: String,
    rows: Vec<(String, Vec<Token>)>,
}

type Token = ([u8; 32], Traits);

fn sheets() -> Vec<Sheet> {
    let drawn = |numbers: Range<u32>| numbers.map(seed).map(|seed| (seed, Traits::of_seed(&seed))).collect();
    let seeds = (0..8).map(|row| (String::new(), drawn(COLUMNS * row..COLUMNS * (row + 1)))).collect();
    let mut sheets = vec![Sheet { title: "Seeds".to_owned(), rows: seeds }];
    for (kind, trait_) in TRAIT_KINDS.iter().enumerate() {
        let rows = (0..).zip(trait_.values).map(|(value, (name, share))| {
            let tokens = drawn(100..100 + COLUMNS).into_iter().map(|(seed, traits)| (seed, with(traits, kind, value)));
            (format!("{name} <small>{share}/256</small>"), tokens.collect())
        });
        sheets.push(Sheet { title: trait_.name.to_owned(), rows: rows.collect() });
    }
    let epochs = drawn(200..208).into_iter().map(|(seed, traits)| {
        let tokens = (0..COLUMNS as u16).map(|epoch| (seed, Traits { epoch, ..traits }));
        (String::new(), tokens.collect())
    });
    sheets.push(Sheet { title: "Epochs".to_owned(), rows: epochs.collect() });
    sheets
}

fn seed(number: u32) -> [u8; 32] {
    keccak256(format!("verdigris/contact-sheet/{number}").as_bytes())
}

/// The same traits but for one.
fn with(mut traits: Traits, kind: usize, value: u8) -> Traits {
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

/// Draws a sheet on grey.
fn draw_sheet(network: &Network, sheet: &Sheet, path: &Path) -> Outcome<()> {
    let step = SIDE + GAP;
    let (width, height) = (COLUMNS as usize * step + GAP, sheet.rows.len() * step + GAP);
    let mut rgb = vec![28; 3 * width * height];
    for (row, (_, tokens)) in sheet.rows.iter().enumerate() {
        for (column, (seed, traits)) in tokens.iter().enumerate() {
            let picture = painter(network, seed, *traits)?.draw_smooth(SIDE as u16)?;
            let (left, top) = (GAP + column * step, GAP + row * step);
            for (y, pixels) in picture.rgb().chunks_exact(3 * SIDE).enumerate() {
                let at = 3 * ((top + y) * width + left);
                rgb[at..at + 3 * SIDE].copy_from_slice(pixels);
            }
        }
    }
    let mut encoder = png::Encoder::new(std::fs::File::create(path)?, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.write_header()?.write_image_data(&rgb)?;
    Ok(())
}
