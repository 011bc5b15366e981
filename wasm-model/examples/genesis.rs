//! Writes the genesis network's canonical form: `cargo run -p verdigris-model --example genesis FILE`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("usage: genesis FILE")?;
    std::fs::write(path, verdigris_model::genesis().to_bytes())?;
    Ok(())
}
