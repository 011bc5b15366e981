//! What a `config.pbtxt` says of a model: Triton's `ModelConfig`
//! (`triton-inference-server/common:protobuf/model_config.proto`), as far as it means something here.

use std::time::Duration;

use super::text_format::{Message, Value, read};
use crate::tensor::DataType;

/// Fields that are known and change nothing here: how Triton itself places and warms a model.
const WITHOUT_EFFECT: [&str; 6] =
    ["instance_group", "optimization", "model_warmup", "metric_tags", "response_cache", "model_transaction_policy"];

/// Parameters that mean something here.
const PARAMETERS: [&str; 4] = ["exact", "prompts", "safety", "task"];

/// Settings of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The engine: Triton's name for a backend or platform. None: the model's file says it.
    pub backend: Option<String>,
    /// Most elements of a batch; 0 if the model knows none.
    pub max_batch_size: Option<usize>,
    /// Inputs, if they are written down: they must then be the model's own.
    pub inputs: Vec<Named>,
    /// Outputs, likewise.
    pub outputs: Vec<Named>,
    /// How long a batch waits for more; none if there is no dynamic batching.
    pub delay: Option<Duration>,
    /// Most requests that wait.
    pub queue: Option<usize>,
    /// The time within which a request is answered, or else refused.
    pub bound: Option<Duration>,
    /// Which versions are served.
    pub versions: Versions,
    /// The model's file, if it isn't the engine's usual name.
    pub file: Option<String>,
    /// Other settings, by name.
    pub parameters: Vec<(String, String)>,
}

/// An input or output that is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its type.
    pub datatype: DataType,
    /// Its sides without the batch's; -1 where any will do.
    pub dims: Vec<i64>,
}

/// Which of the versions that lie there are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// The highest so many.
    Latest(usize),
    /// All.
    All,
    /// These.
    Specific(Vec<u64>),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            backend: None,
            max_batch_size: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            delay: None,
            queue: None,
            bound: None,
            versions: Versions::Latest(1),
            file: None,
            parameters: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the file of the model that lies in the folder `folder`.
    ///
    /// # Errors
    /// Names the line or the field.
    pub fn read(text: &str, folder: &str) -> Result<Self, String> {
        let message = read(text)?;
        let mut config = Self::default();
        for (field, value) in &message.0 {
            config.take(field, value, folder).map_err(|reason| format!("`{field}` {reason}"))?;
        }
        Ok(config)
    }

    /// Whether a parameter has this value.
    pub fn says(&self, key: &str, value: &str) -> bool {
        self.parameters.iter().any(|(name, found)| name == key && found == value)
    }

    fn take(&mut self, field: &str, value: &Value, folder: &str) -> Result<(), String> {
        match field {
            "name" if value.text()? != folder => {
                return Err(format!("is `{}`, but its folder is `{folder}`", value.text()?));
            }
            "name" => {}
            "backend" | "platform" => self.backend = Some(value.text()?.to_owned()),
            "max_batch_size" => self.max_batch_size = Some(value.number()?),
            "input" => self.inputs.push(Named::read(value.message()?)?),
            "output" => self.outputs.push(Named::read(value.message()?)?),
            "default_model_filename" => self.file = Some(file_name(value.text()?)?),
            "version_policy" => self.versions = Versions::read(value.message()?)?,
            "dynamic_batching" => self.take_batching(value.message()?)?,
            "parameters" => {
                let entry = value.message()?;
                let key = entry.get("key").ok_or("has no `key`")?.text()?;
                let inner = entry.get("value").ok_or("has no `value`")?.message()?;
                let text = inner.get("string_value").ok_or("has no `string_value`")?.text()?;
                if !PARAMETERS.contains(&key) {
                    return Err(format!("has `{key}`, which is not known here"));
                }
                self.parameters.push((key.into(), text.into()));
            }
            _ if WITHOUT_EFFECT.contains(&field) => {}
            _ => return Err("is not known here".into()),
        }
        Ok(())
    }

    fn take_batching(&mut self, batching: &Message) -> Result<(), String> {
        self.delay = Some(Duration::ZERO);
        for (field, value) in &batching.0 {
            match field.as_str() {
                "max_queue_delay_microseconds" => self.delay = Some(Duration::from_micros(value.number()?)),
                "default_queue_policy" => self.take_queue(value.message()?)?,
                "preferred_batch_size" | "preserve_ordering" => {}
                _ => return Err(format!("has `{field}`, which is not known here")),
            }
        }
        Ok(())
    }
}

impl Config {
    fn take_queue(&mut self, policy: &Message) -> Result<(), String> {
        for (field, value) in &policy.0 {
            match field.as_str() {
                "max_queue_size" => self.queue = Some(value.number()?),
                "default_timeout_microseconds" => self.bound = Some(Duration::from_micros(value.number()?)),
                "timeout_action" if value.word()? == "REJECT" => {}
                _ => return Err(format!("has `{field}` in its queue policy, which is not known here")),
            }
        }
        Ok(())
    }
}

impl Versions {
    fn read(policy: &Message) -> Result<Self, String> {
        if policy.0.len() > 1 {
            return Err("names more than one policy".into());
        }
        match policy.0.first() {
            Some((name, value)) if name == "latest" => {
                match value.message()?.get("num_versions").map_or(Ok(1), Value::number)? {
                    0 => Err("wants the latest 0 versions".into()),
                    count => Ok(Self::Latest(count)),
                }
            }
            Some((name, _)) if name == "all" => Ok(Self::All),
            Some((name, value)) if name == "specific" => {
                value.message()?.all("versions").map(Value::number).collect::<Result<_, _>>().map(Self::Specific)
            }
            _ => Err("is none of `latest`, `all` and `specific`".into()),
        }
    }

    /// Those of `found` that may be served, highest first, and how many of them are: where one doesn't load, the next.
    pub fn of(&self, mut found: Vec<u64>) -> (Vec<u64>, usize) {
        found.sort_unstable_by(|one, other| other.cmp(one));
        match self {
            Self::Latest(count) => (found, *count),
            Self::All => (found, usize::MAX),
            Self::Specific(wanted) => {
                (found.into_iter().filter(|version| wanted.contains(version)).collect(), usize::MAX)
            }
        }
    }
}

impl Named {
    fn read(message: &Message) -> Result<Self, String> {
        if let Some((field, _)) =
            message.0.iter().find(|(field, _)| !["name", "data_type", "dims"].contains(&field.as_str()))
        {
            return Err(format!("has `{field}`, which is not known here"));
        }
        let name = message.get("name").ok_or("has no `name`")?.text()?.to_owned();
        let datatype = message.get("data_type").ok_or("has no `data_type`")?.word()?;
        let known = datatype.strip_prefix("TYPE_").map(|name| if name == "STRING" { "BYTES" } else { name });
        let datatype = known
            .and_then(|name| serde_json::from_value(name.into()).ok())
            .ok_or_else(|| format!("has the data type {datatype}, which is not known here"))?;
        let dims = message.all("dims").map(Value::number).collect::<Result<_, _>>()?;
        Ok(Self { name, datatype, dims })
    }
}

impl Value {
    fn text(&self) -> Result<&str, String> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err("is no text".into()),
        }
    }

    fn word(&self) -> Result<&str, String> {
        match self {
            Self::Word(word) => Ok(word),
            _ => Err("is no word".into()),
        }
    }

    fn number<T: std::str::FromStr>(&self) -> Result<T, String> {
        let word = self.word().map_err(|_| "is no number")?;
        word.parse().map_err(|_| format!("is {word}, which is no number that fits"))
    }

    fn message(&self) -> Result<&Message, String> {
        match self {
            Self::Message(message) => Ok(message),
            _ => Err("is no message".into()),
        }
    }
}

/// A name of a file beside the others: no way out of the folder.
fn file_name(name: &str) -> Result<String, String> {
    let is_plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    if is_plain { Ok(name.into()) } else { Err(format!("is `{name}`, which is no file's name")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_of_tritons_is_understood() {
        let text = r#"
            name: "m" platform: "onnxruntime_onnx" max_batch_size: 8
            input { name: "x" data_type: TYPE_FP32 dims: [ 3, -1 ] }
            output [ { name: "y" data_type: TYPE_STRING dims: 1 } ]
            dynamic_batching {
              preferred_batch_size: [ 4, 8 ] max_queue_delay_microseconds: 500 
              default_queue_policy { max_queue_size: 9 default_timeout_microseconds: 3000 timeout_action: REJECT }
            }
            version_policy { specific { versions: [ 1, 3 ] } }
            instance_group [ { kind: KIND_GPU } ]
            parameters { key: "exact" value { string_value: "true" } }
            default_model_filename: "weights.onnx"
        "#;
        let named = |name: &str, datatype, dims: &[i64]| vec![Named { name: name.into(), datatype, dims: dims.into() }];
        let config = Config {
            backend: Some("onnxruntime_onnx".into()),
            max_batch_size: Some(8),
            inputs: named("x", DataType::Fp32, &[3, -1]),
            outputs: named("y", DataType::Bytes, &[1]),
            delay: Some(Duration::from_micros(500)),
            queue: Some(9),
            bound: Some(Duration::from_millis(3)),
            versions: Versions::Specific(vec![1, 3]),
            file: Some("weights.onnx".into()),
            parameters: vec![("exact".into(), "true".into())],
        };
        assert_eq!(Config::read(text, "m"), Ok(config));
        assert_eq!(Config::read("", "m"), Ok(Config::default()));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, wrong) in [
            ("name: \"n\"", "`name` is `n`, but its folder is `m`"),
            ("max_batch_size: -1", "`max_batch_size` is -1, which is no number that fits"),
            ("max_batch_size: \"1\"", "`max_batch_size` is no number"),
            ("ensemble_scheduling {}", "`ensemble_scheduling` is not known here"),
            ("input { name: \"x\" }", "`input` has no `data_type`"),
            (
                "input { name: \"x\" data_type: TYPE_BF16 }",
                "`input` has the data type TYPE_BF16, which is not known here",
            ),
            ("default_model_filename: \"../x\"", "`default_model_filename` is `../x`, which is no file's name"),
            ("version_policy {}", "`version_policy` is none of `latest`, `all` and `specific`"),
            (
                "dynamic_batching { priority_levels: 2 }",
                "`dynamic_batching` has `priority_levels`, which is not known here",
            ),
            (
                "dynamic_batching { default_queue_policy { timeout_action: DELAY } }",
                "`dynamic_batching` has `timeout_action` in its queue policy, which is not known here",
            ),
            ("parameters { key: \"k\" }", "`parameters` has no `value`"),
            ("parameters { key: \"k\" value { string_value: \"\" } }", "`parameters` has `k`, which is not known here"),
            ("version_policy { latest { num_versions: 0 } }", "`version_policy` wants the latest 0 versions"),
            ("version_policy { all {} latest {} }", "`version_policy` names more than one policy"),
            ("input { name: \"x\" reshape {} }", "`input` has `reshape`, which is not known here"),
        ] {
            assert_eq!(Config::read(text, "m"), Err(wrong.into()), "{text}");
        }
    }

    #[test]
    fn versions_are_those_that_the_policy_says() {
        let found = || vec![3, 10, 1];
        assert_eq!(Versions::Latest(2).of(found()), (vec![10, 3, 1], 2));
        assert_eq!(Versions::All.of(found()), (vec![10, 3, 1], usize::MAX));
        assert_eq!(Versions::Specific(vec![1, 7]).of(found()), (vec![1], usize::MAX));
    }
}
