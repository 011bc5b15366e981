//! Protocol Buffers' text format, as far as a `config.pbtxt` uses it
//! (<https://protobuf.dev/reference/protobuf/textformat-spec/>): fields, messages, lists, and comments.

/// How deep messages may lie in each other.
const DEEPEST: usize = 16;

/// A value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    /// A number, a truth value, or the name of an enum's value, as it stands there.
    Word(String),
    Message(Message),
}

/// Fields in their order; a repeated one is there several times.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Message(pub(super) Vec<(String, Value)>);

/// Reads a message that fills the whole text. The error names the line.
pub(super) fn read(text: &str) -> Result<Message, String> {
    let mut reader = Reader { rest: text, line: 1, depth: 0 };
    let message = reader.message(None);
    message.map_err(|reason| format!("line {}: {reason}", reader.line))
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// What is left without blanks and comments before it.
    fn peek(&mut self) -> Option<char> {
        loop {
            let next = self.rest.chars().next()?;
            if next == '#' {
                self.rest = self.rest.trim_start_matches(|c| c != '\n');
            } else if next.is_whitespace() {
                self.line += usize::from(next == '\n');
                self.rest = &self.rest[next.len_utf8()..];
            } else {
                return Some(next);
            }
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        if is_there {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        is_there
    }

    /// Fields up to a closing bracket, or to the end.
    fn message(&mut self, closing: Option<char>) -> Result<Message, String> {
        if self.depth == DEEPEST {
            return Err(format!("messages lie more than {DEEPEST} deep"));
        }
        self.depth += 1;
        let mut fields = Vec::new();
        loop {
            match (self.peek(), closing) {
                (None, None) => break,
                (None, Some(closing)) => return Err(format!("`{closing}` is missing")),
                (Some(next), Some(closing)) if next == closing => {
                    self.take(closing);
                    break;
                }
                _ => self.field(&mut fields)?,
            }
        }
        self.depth -= 1;
        Ok(Message(fields))
    }

    fn field(&mut self, fields: &mut Vec<(String, Value)>) -> Result<(), String> {
        let name = self.word().ok_or_else(|| format!("a field's name is missing before `{}`", self.some()))?.to_owned();
        let has_colon = self.take(':');
        if self.take('[') {
            while !self.take(']') {
                let value = self.value()?;
                fields.push((name.clone(), value));
                if !self.take(',') && self.peek() != Some(']') {
                    return Err(format!("`,` or `]` is missing in the list `{name}`"));
                }
            }
        } else {
            if !has_colon && !matches!(self.peek(), Some('{' | '<')) {
                return Err(format!("`:` is missing after `{name}`"));
            }
            let value = self.value()?;
            fields.push((name, value));
        }
        let _ = self.take(',') || self.take(';');
        Ok(())
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.peek() {
            Some(opening @ ('{' | '<')) => {
                self.take(opening);
                self.message(Some(if opening == '{' { '}' } else { '>' })).map(Value::Message)
            }
            Some('"' | '\'') => {
                // Texts that follow each other are one.
                let mut text = String::new();
                while let Some(quote @ ('"' | '\'')) = self.peek() {
                    text.push_str(&self.text(quote)?);
                }
                Ok(Value::Text(text))
            }
            _ => {
                let word = self.word().map(str::to_owned);
                word.map(Value::Word).ok_or_else(|| format!("a value is missing before `{}`", self.some()))
            }
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        self.peek()?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '.');
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn text(&mut self, quote: char) -> Result<String, String> {
        let mut text = String::new();
        let mut letters = self.rest[1..].char_indices();
        while let Some((place, letter)) = letters.next() {
            match letter {
                _ if letter == quote => {
                    self.rest = &self.rest[1 + place + letter.len_utf8()..];
                    return Ok(text);
                }
                '\n' => break,
                '\\' => text.push(match letters.next().map(|(_, letter)| letter) {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(letter @ ('\\' | '"' | '\'' | '?')) => letter,
                    other => return Err(format!("`\\{}` is not read here", other.unwrap_or(' '))),
                }),
                _ => text.push(letter),
            }
        }
        Err(format!("a text's closing {quote} is missing"))
    }

    /// Some of what is left, for messages.
    fn some(&self) -> &'a str {
        let end = self.rest.char_indices().nth(12).map_or(self.rest.len(), |(place, _)| place);
        &self.rest[..end]
    }
}

impl Message {
    /// The values of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value)
    }

    /// The last value of a field, which counts.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(word: &str) -> Value {
        Value::Word(word.into())
    }

    #[test]
    fn what_triton_writes_is_read() {
        let text = r#"
            name: "m"  # a comment
            platform: 'onnx' "runtime_onnx"
            max_batch_size: 8;
            input [ { name: "x" data_type: TYPE_FP32, dims: [ -1, 3 ] }, { name: "y\"" dims: 1 } ]
            dynamic_batching { max_queue_delay_microseconds: 100 }
            version_policy: < all {} >
            empty []
        "#;
        let message = read(text).expect("it is read");
        assert_eq!(message.get("name"), Some(&Value::Text("m".into())));
        assert_eq!(message.get("platform"), Some(&Value::Text("onnxruntime_onnx".into())));
        assert_eq!(message.get("max_batch_size"), Some(&word("8")));
        let inputs: Vec<_> = message.all("input").collect();
        let [Value::Message(x), Value::Message(y)] = inputs[..] else { panic!("two inputs: {inputs:?}") };
        assert_eq!(x.all("dims").collect::<Vec<_>>(), [&word("-1"), &word("3")]);
        assert_eq!(y.get("name"), Some(&Value::Text("y\"".into())));
        assert!(matches!(message.get("version_policy"), Some(Value::Message(policy)) if policy.get("all").is_some()));
        assert_eq!(message.get("empty"), None);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, wrong) in [
            ("a: 1\nb 2", "line 2: `:` is missing after `b`"),
            ("a {\n b: 1", "line 2: `}` is missing"),
            ("a: [1 2]", "line 1: `,` or `]` is missing in the list `a`"),
            ("a: \"x\n\"", "line 1: a text's closing \" is missing"),
            ("a: }", "line 1: a value is missing before `}`"),
            ("}", "line 1: a field's name is missing before `}`"),
            (r#"a: "\x41""#, r"line 1: `\x` is not read here"),
        ] {
            assert_eq!(read(text), Err(wrong.into()), "{text}");
        }
        assert_eq!(read(&"a{".repeat(100_000)), Err("line 1: messages lie more than 16 deep".into()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String, marks in r#"[a:\[\]{}<>"'\\,;# \n1]{0,40}"#) {
            let _ = (read(&text), read(&marks));
        }
    }
}
