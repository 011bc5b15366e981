//! What SECURITY.md and docs/threat-model.md promise of all functions together, tried on the whole house in memory.

mod hosts;
mod secrets;
mod threats;
