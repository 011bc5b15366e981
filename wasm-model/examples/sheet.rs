//! Draws a contact sheet of the genesis network, 64 pictures in 8 rows (two a family), to see what it makes:
//! `cargo run -p verdigris-model --features png --example sheet FILE.png`

use verdigris_model::picture::{Painter, Picture, RENDERER_VERSION, Traits};

const COUNT: usize = 8;
const SIDE: usize = 160;
const STEP: usize = SIDE + 4;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: sheet FILE.png")?;
    let network = verdigris_model::genesis();
    let width = COUNT * STEP;
    let mut rgb = vec![20; 3 * width * width];
    for i in 0..COUNT * COUNT {
        let (column, row) = (i % COUNT, i / COUNT);
        let traits = Traits {
            palette: (7 * i % 16) as u8,
            family: (row / 2) as u8,
            symmetry: (row % 2 * column % 4) as u8,
            density: (column / 2) as u8,
        };
        let mut seed = [0; 32];
        seed[31] = i as u8;
        let painter = Painter::new(&network, RENDERER_VERSION, &seed, &traits.to_word()?)?;
        let picture = painter.draw_smooth(SIDE as u16)?;
        for (y, pixels) in picture.rgb().chunks_exact(3 * SIDE).enumerate() {
            let at = 3 * ((row * STEP + 2 + y) * width + column * STEP + 2);
            rgb[at..at + 3 * SIDE].copy_from_slice(pixels);
        }
    }
    std::fs::write(path, Picture::from_rgb(width as u16, rgb)?.to_png()?)?;
    Ok(())
}
