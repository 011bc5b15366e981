//! `verdigris render`: draws the picture of a seed, with no chain.

use std::path::PathBuf;
use std::process::ExitCode;

use alloy_primitives::B256;
use verdigris_model::Network;
use verdigris_model::picture::{Painter, PictureError, Stages, TRAIT_KINDS, Traits};
use verdigris_provenance::{MAX_MODEL, read_bounded};

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
    /// Average 2×2 samples a pixel, in sizes up to 2048 (pixel roots are made without)
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
                let form = read_bounded(path, MAX_MODEL)?;
                Network::from_bytes(&form).map_err(|error| CliError::malformed(path.display().to_string(), error))?
            }
            None => verdigris_model::atlas(),
        };
        let traits = self.traits.over(Traits::of_seed(&self.seed));
        let wrong = |error: PictureError| {
            CliError::Argument(match error {
                PictureError::Size { limit, .. } if self.smooth => {
                    format!("--smooth takes a --size of up to {limit}, not {}: it draws at twice the size", self.size)
                }
                other => other.to_string(),
            })
        };
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
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.is_empty() || digits.len() > 64 {
        return Err("a seed is 1 to 64 hexadecimal digits".into());
    }
    format!("{digits:0>64}").parse().map_err(|error| format!("not hexadecimal: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        render: Render,
    }

    fn render(flags: &[&str]) -> Result<ExitCode, CliError> {
        let place = tempfile::tempdir().expect("a folder");
        let output = place.path().join("x.png");
        let flags = ["render", "--output"].into_iter().chain(output.to_str()).chain(flags.iter().copied());
        Arguments::try_parse_from(flags).expect("flags").render.run()
    }

    #[test]
    fn a_seed_has_one_prefix_at_most() {
        assert_eq!(seed("0x7"), seed("7"));
        assert_eq!(seed("7").expect("a seed"), B256::with_last_byte(7));
        let long = "1".repeat(65);
        for text in ["0x0x0x7", "0x0x7", "", "0x", "x7", "+7", &long] {
            assert!(seed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_smooth_picture_that_is_too_large_is_refused_by_the_flag_s_name() {
        let error = render(&["--seed", "7", "--smooth", "--size", "2049"]).expect_err("too large").to_string();
        assert_eq!(error, "--smooth takes a --size of up to 2048, not 2049: it draws at twice the size");
        render(&["--seed", "7", "--smooth", "--size", "8"]).expect("small");
    }

    #[test]
    fn a_model_s_file_that_is_too_long_is_not_read() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("x.vdgn");
        std::fs::File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("a file of holes");
        let error = render(&["--seed", "7", "--model", path.to_str().expect("text")]).expect_err("long").to_string();
        assert!(error.ends_with("x.vdgn has 1099511627776 bytes, at most 67108864 are taken"), "{error}");
    }
}
