//! `verdigris render`: draws the picture of a seed, with no chain.

use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::B256;
use verdigris_model::Network;
use verdigris_model::picture::{Painter, PictureError, Traits};

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
    /// A network in canonical form [default: the genesis network]
    #[arg(long)]
    model: Option<PathBuf>,
    /// Palette, 0 to 15
    #[arg(long, default_value_t = 0)]
    palette: u8,
    /// Family, 0 to 3
    #[arg(long, default_value_t = 0)]
    family: u8,
    /// Symmetry, 0 to 3
    #[arg(long, default_value_t = 0)]
    symmetry: u8,
    /// Density, 0 to 3
    #[arg(long, default_value_t = 1)]
    density: u8,
    /// Average 2×2 samples a pixel (pixel roots are made without)
    #[arg(long)]
    smooth: bool,
}

impl Render {
    /// Draws, and prints the picture's pixel root.
    pub fn run(self) -> Result<ExitCode, CliError> {
        let network = match &self.model {
            Some(path) => {
                let form = std::fs::read(path).map_err(CliError::file(path))?;
                Network::from_bytes(&form).map_err(|error| CliError::malformed(path.display().to_string(), error))?
            }
            None => verdigris_model::genesis(),
        };
        let traits =
            Traits { palette: self.palette, family: self.family, symmetry: self.symmetry, density: self.density };
        let wrong = |error: PictureError| CliError::Argument(error.to_string());
        let traits = traits.to_word().map_err(wrong)?;
        let painter = Painter::new(&network, 1, &self.seed, &traits).map_err(wrong)?;
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
