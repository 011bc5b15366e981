//! `verdigris render`: draws the picture of a seed, with no chain.

use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::B256;
use verdigris_model::Network;
use verdigris_model::picture::{Painter, PictureError, Stages, TRAIT_KINDS, Traits};

use crate::error::CliError;

/// Draws a seed's picture into a PNG file.
#[derive(clap::Args)]
pub struct Render {
    /// The seed: up to 32 bytes in hex; shorter ones are padded on the left
    #[arg(long, value_parser = seed)]
    seed: B256,
    /// Width and height in pixels
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u16).range(1..=4096))]
    size: u16,
    /// The PNG file to write
    #[arg(short, long, default_value = "verdigris.png")]
    output: PathBuf,
    /// A network in canonical form [default: the art model]
    #[arg(long)]
    model: Option<PathBuf>,
    #[command(flatten)]
    traits: Chosen,
    /// Average 2×2 samples a pixel (pixel roots are made without)
    #[arg(long)]
    smooth: bool,
}

/// Traits in the place of those that a collection would give the seed.
#[derive(clap::Args)]
struct Chosen {
    /// Palette, by name or number
    #[arg(long, value_parser = |text: &str| value(0, text))]
    palette: Option<u8>,
    /// Family of forms, by name or number
    #[arg(long, value_parser = |text: &str| value(1, text))]
    family: Option<u8>,
    /// Symmetry, by name or number
    #[arg(long, value_parser = |text: &str| value(2, text))]
    symmetry: Option<u8>,
    /// Density, by name or number
    #[arg(long, value_parser = |text: &str| value(3, text))]
    density: Option<u8>,
    /// Texture, by name or number
    #[arg(long, value_parser = |text: &str| value(4, text))]
    texture: Option<u8>,
    /// Frame, by name or number
    #[arg(long, value_parser = |text: &str| value(5, text))]
    frame: Option<u8>,
    /// Marks, by name or number
    #[arg(long, value_parser = |text: &str| value(6, text))]
    marks: Option<u8>,
    /// How often the token has evolved
    #[arg(long, default_value_t = 0)]
    epoch: u16,
}

impl Chosen {
    fn over(&self, drawn: Traits) -> Traits {
        Traits {
            palette: self.palette.unwrap_or(drawn.palette),
            family: self.family.unwrap_or(drawn.family),
            symmetry: self.symmetry.unwrap_or(drawn.symmetry),
            density: self.density.unwrap_or(drawn.density),
            texture: self.texture.unwrap_or(drawn.texture),
            frame: self.frame.unwrap_or(drawn.frame),
            marks: self.marks.unwrap_or(drawn.marks),
            epoch: self.epoch,
        }
    }
}

/// A trait's value from its name or number.
fn value(kind: usize, text: &str) -> Result<u8, String> {
    let names = TRAIT_KINDS[kind].values.iter().map(|(name, _)| *name);
    let by_name = names.clone().position(|name| name.eq_ignore_ascii_case(text));
    let found = by_name.or_else(|| text.parse().ok().filter(|&number| number < names.len()));
    found.and_then(|value| u8::try_from(value).ok()).ok_or_else(|| {
        let names: Vec<_> = names.collect();
        format!("one of {}, or 0 to {}", names.join(", "), names.len() - 1)
    })
}

impl Render {
    /// Draws, and prints the picture's pixel root.
    pub fn run(self) -> Result<ExitCode, CliError> {
        let network = match &self.model {
            Some(path) => {
                let form = std::fs::read(path).map_err(CliError::file(path))?;
                Network::from_bytes(&form).map_err(|error| CliError::malformed(path.display().to_string(), error))?
            }
            None => verdigris_model::atlas(),
        };
        let traits = self.traits.over(Traits::of_seed(&self.seed));
        let wrong = |error: PictureError| CliError::Argument(error.to_string());
        let traits = traits.to_word().map_err(wrong)?;
        let painter = Painter::new(&network, Stages::NEWEST.number(), &self.seed, &traits).map_err(wrong)?;
        let picture =
            if self.smooth { painter.draw_smooth(self.size) } else { painter.draw(self.size) }.map_err(wrong)?;
        let png = picture.to_png().map_err(wrong)?;
        std::fs::write(&self.output, png).map_err(CliError::file(&self.output))?;
        println!("{}: pixel root {}", self.output.display(), B256::from(picture.pixel_root()));
        Ok(ExitCode::SUCCESS)
    }
}

fn seed(text: &str) -> Result<B256, String> {
    let digits = text.trim_start_matches("0x");
    if digits.is_empty() || digits.len() > 64 {
        return Err("a seed is 1 to 64 hexadecimal digits".into());
    }
    format!("{digits:0>64}").parse().map_err(|error| format!("not hexadecimal: {error}"))
}
