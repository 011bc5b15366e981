//! Prompts: which are allowed, and their tokens by the tokenizer of CLIP (Radford et al. 2021).

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;
use tokenizers::models::bpe::BPE;
use tokenizers::normalizers::replace::{Replace, ReplacePattern};
use tokenizers::normalizers::{Lowercase, NFC, Sequence as Normalizers};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{NormalizedString, Normalizer as _, SplitDelimiterBehavior, Tokenizer};

use super::settings;

/// What is a word to CLIP.
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";
/// What may stand between words where only some are allowed.
const MARKS: &str = ",.;:!?'\"()-";
/// Most bytes of a prompt.
const MOST_BYTES: usize = 4096;
/// The file of the words that may be asked for, in lower case, one to a line.
const ALLOWED_FILE: &str = "allowed_words.txt";
/// Most bytes of a file of words.
const MOST_FILE_BYTES: u64 = 16 << 20;

/// Prompts' tokens.
pub(super) struct Words {
    tokenizer: Tokenizer,
    start: u32,
    end: u32,
    padding: u32,
    length: usize,
    /// Words that prompts may hold; any, if none.
    allowed: Option<HashSet<String>>,
}

#[derive(Deserialize)]
struct Config {
    model_max_length: usize,
}

/// A token's text as the files write it: alone, or with what else is to be said of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Special {
    Text(String),
    Described { content: String },
}

#[derive(Deserialize)]
struct Specials {
    bos_token: Special,
    eos_token: Special,
    pad_token: Special,
}

impl Special {
    fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Described { content: text } => text,
        }
    }
}

impl Words {
    /// Reads `tokenizer/` and the list of words of a model's folder. There has to be a list, unless `are_all_allowed`.
    pub(super) fn read(folder: &Path, are_all_allowed: bool) -> Result<Self, String> {
        let path = |name: &str| folder.join("tokenizer").join(name);
        let config: Config = settings::read(&path("tokenizer_config.json"))?;
        let specials: Specials = settings::read(&path("special_tokens_map.json"))?;
        let files = [path("vocab.json"), path("merges.txt")].map(|path| path.to_string_lossy().into_owned());
        let tokenizer = tokenizer(&files[0], &files[1])
            .map_err(|error| format!("{}: {error}", folder.join("tokenizer").display()))?;
        let id = |special: &Special| {
            let text = special.text();
            tokenizer.token_to_id(text).ok_or_else(|| format!("the tokenizer's vocabulary has no `{text}`"))
        };
        let (start, end, padding) = (id(&specials.bos_token)?, id(&specials.eos_token)?, id(&specials.pad_token)?);
        if !(3..=4096).contains(&config.model_max_length) {
            return Err(format!("model_max_length is {}, and should be 3 to 4096", config.model_max_length));
        }
        let allowed = match crate::repository::read_at_most(&folder.join(ALLOWED_FILE), MOST_FILE_BYTES) {
            _ if are_all_allowed => None,
            Ok(text) => Some(String::from_utf8_lossy(&text).lines().map(|line| line.trim().to_lowercase()).collect()),
            Err(error) => {
                return Err(format!(
                    "{error}; list the words that prompts may hold, or set the parameter `prompts` to `any`"
                ));
            }
        };
        Ok(Self { tokenizer, start, end, padding, length: config.model_max_length, allowed })
    }

    /// A prompt's tokens.
    pub(super) fn tokens(&self, prompt: &str) -> Result<Vec<u32>, String> {
        if prompt.len() > MOST_BYTES {
            return Err(format!("a prompt of {} bytes is too long: {MOST_BYTES} are taken", prompt.len()));
        }
        self.check(prompt)?;
        let encoding = self.tokenizer.encode(prompt, false).map_err(|error| error.to_string())?;
        let most = self.length - 2;
        if encoding.len() > most {
            return Err(format!("the prompt has {} tokens, the model takes {most}", encoding.len()));
        }
        let mut tokens = vec![self.start];
        tokens.extend(encoding.get_ids());
        tokens.push(self.end);
        tokens.resize(self.length, self.padding);
        Ok(tokens)
    }

    /// Refuses words that aren't allowed, and signs that would be tokens of their own: as the tokenizer sees them, in
    /// one normal form.
    fn check(&self, prompt: &str) -> Result<(), String> {
        let Some(allowed) = &self.allowed else { return Ok(()) };
        let mut seen = NormalizedString::from(prompt);
        if let Some(normalizer) = self.tokenizer.get_normalizer() {
            normalizer.normalize(&mut seen).map_err(|error| error.to_string())?;
        }
        let is_between = |c: char| c.is_whitespace() || MARKS.contains(c);
        for word in seen.get().split(is_between).filter(|word| !word.is_empty()) {
            if let Some(sign) = word.chars().find(|c| !c.is_alphanumeric()) {
                return Err(format!("the prompt's sign {sign:?} is not among those that are allowed"));
            }
            if !allowed.contains(word) {
                return Err(format!("the prompt's word `{word}` is not among those that are allowed"));
            }
        }
        Ok(())
    }
}

fn tokenizer(vocabulary: &str, merges: &str) -> tokenizers::Result<Tokenizer> {
    let model = BPE::from_file(vocabulary, merges).end_of_word_suffix("</w>".into()).build()?;
    let mut tokenizer = Tokenizer::new(model);
    let spaces = Replace::new(ReplacePattern::Regex(r"\s+".into()), " ")?;
    tokenizer.with_normalizer(Some(Normalizers::new(vec![NFC.into(), spaces.into(), Lowercase.into()])))?;
    let words = Split::new(SplitPattern::Regex(WORDS.into()), SplitDelimiterBehavior::Removed, true)?;
    let bytes = ByteLevel::new(false, true, false);
    tokenizer.with_pre_tokenizer(Some(PreTokenizers::new(vec![words.into(), bytes.into()])));
    Ok(tokenizer)
}
