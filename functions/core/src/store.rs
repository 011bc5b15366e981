//! Content too large for one value of a key-value store, kept in parts.
//!
//! Small content is one value: a zero byte, then the content. Larger content is a head (a one byte, then the number
//! of parts) written after all of its parts, so whoever sees the head can read the whole.

use crate::error::{Error, Result};
use crate::platform::{MAX_VALUE, Platform};

const WHOLE: u8 = 0;
const PARTS: u8 = 1;

/// Keeps content under a key.
///
/// # Errors
/// If the store fails.
pub async fn put(platform: &impl Platform, key: &str, content: &[u8]) -> Result<()> {
    let mut head;
    if content.len() < MAX_VALUE {
        head = Vec::with_capacity(content.len() + 1);
        head.push(WHOLE);
        head.extend_from_slice(content);
    } else {
        let mut count = 0u32;
        for part in content.chunks(MAX_VALUE) {
            platform.set(&part_key(key, count), part).await?;
            count += 1;
        }
        head = vec![PARTS];
        head.extend_from_slice(&count.to_le_bytes());
    }
    Ok(platform.set(key, &head).await?)
}

/// Reads content back; `None` if there is none.
///
/// # Errors
/// If the store fails or what it holds makes no sense.
pub async fn get(platform: &impl Platform, key: &str) -> Result<Option<Vec<u8>>> {
    let Some(mut head) = platform.get(key).await? else { return Ok(None) };
    match head.first() {
        Some(&WHOLE) => {
            head.remove(0);
            Ok(Some(head))
        }
        Some(&PARTS) => {
            let count = head.get(1..5).and_then(|n| n.try_into().ok()).map(u32::from_le_bytes);
            let count = count.ok_or_else(|| broken(key))?;
            let mut content = Vec::new();
            for index in 0..count {
                let part = platform.get(&part_key(key, index)).await?;
                content.append(&mut part.ok_or_else(|| broken(key))?);
            }
            Ok(Some(content))
        }
        _ => Err(broken(key)),
    }
}

fn part_key(key: &str, index: u32) -> String {
    format!("{key}/{index}")
}

fn broken(key: &str) -> Box<Error> {
    Error::Internal(format!("the store's value of {key} is broken; delete it")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Memory, block_on};

    #[test]
    fn content_of_any_size_comes_back_as_it_was() {
        let platform = Memory::default();
        for len in [0, 1, MAX_VALUE - 1, MAX_VALUE, MAX_VALUE + 1, 3 * MAX_VALUE] {
            let content: Vec<u8> = (0..len).map(|i| i as u8).collect();
            block_on(put(&platform, "blob:x", &content)).expect("kept");
            assert_eq!(block_on(get(&platform, "blob:x")), Ok(Some(content)), "{len}");
        }
        assert_eq!(block_on(get(&platform, "blob:y")), Ok(None));
    }

    #[test]
    fn a_broken_value_is_an_error_and_not_a_panic() {
        let platform = Memory::default();
        for value in [&[][..], &[9], &[PARTS], &[PARTS, 1, 0, 0, 0]] {
            block_on(platform.set("blob:x", value)).expect("set");
            assert!(block_on(get(&platform, "blob:x")).is_err());
        }
    }
}
