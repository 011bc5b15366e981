//! Amounts of money as people write them: `0.1ether`, `5gwei`, or wei.

use alloy_primitives::U256;
use alloy_primitives::utils::{ParseUnits, format_ether, parse_units};

/// Reads `0.1ether`, `5gwei`, `3wei` or `3`.
pub fn parse(text: &str) -> Result<U256, String> {
    let units = [("ether", "ether"), ("gwei", "gwei"), ("wei", "wei"), ("", "wei")];
    let (number, unit) = units
        .into_iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?.trim(), unit)))
        .unwrap_or((text, "wei"));
    match parse_units(number, unit) {
        Ok(ParseUnits::U256(amount)) if !number.is_empty() && !number.starts_with('-') => Ok(amount),
        _ => Err("an amount is a number of wei, or one with its unit: 0.1ether, 5gwei".into()),
    }
}

/// `0.1 ether`, without zeros at the end.
pub fn ether(amount: U256) -> String {
    let written = format_ether(amount);
    format!("{} ether", written.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_every_unit_and_written_in_ether() {
        assert_eq!(parse("0.1ether"), Ok(U256::from(10).pow(U256::from(17))));
        assert_eq!(parse("5 gwei"), Ok(U256::from(5_000_000_000_u64)));
        assert_eq!(parse("7"), Ok(U256::from(7)));
        assert_eq!(parse("7wei"), Ok(U256::from(7)));
        for wrong in ["", "ether", "-1", "1 dollar", "0x10"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(ether(parse("0.25ether").expect("an amount")), "0.25 ether");
        assert_eq!(ether(U256::ZERO), "0 ether");
        assert_eq!(ether(parse("10ether").expect("an amount")), "10 ether");
    }
}
