//! `verdigris verify TOKEN`: says what holds of a token and what does not.

use std::process::ExitCode;

use alloy_primitives::U256;
use verdigris_provenance::escaped;

use crate::error::CliError;
use crate::place::Place;
use crate::verify::verify;

/// Reads the chain, draws the token's picture again, compares root, pixels, CIDs and receipt, and says what it rests on.
#[derive(clap::Args)]
pub struct Verify {
    /// The token's number
    token: U256,
    #[command(flatten)]
    place: Place,
    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Exits 0 if everything holds, 2 if something doesn't.
    pub async fn run(self) -> Result<ExitCode, CliError> {
        let verdict = verify(&self.place.find()?, &self.place.gateway()?, self.token).await?;
        if self.json {
            println!(
                "{}",
                serde_json::to_string_pretty(&verdict).map_err(|error| CliError::malformed("verdict", error))?
            );
        } else {
            println!("token {}: picture ipfs://{}", verdict.token, verdict.image_cid);
            println!("{}", verdict.standing);
            for check in &verdict.checks {
                println!("{} {}\n    {}", if check.holds { "✓" } else { "✗" }, check.claim, escaped(&check.detail));
            }
        }
        Ok(if verdict.verified() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}
