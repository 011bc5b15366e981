//! ONNX Runtime, whose library is found when the worker starts: none is needed to build it.

use std::ffi::CStr;
use std::fmt::Display;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use half::f16;
use ort::environment::Environment;
use ort::ep::cuda::ConvAlgorithmSearch;
use ort::ep::{CUDA, ExecutionProviderDispatch, TensorRT};
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::{DynValue, Outlet, Tensor as Value, TensorElementType, ValueType};

use super::signature;
use crate::engine::{Engine, EngineError, Port, Signature};
use crate::tensor::{DataType, Tensor, strings};

/// What runs the files' operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Accelerator {
    /// This machine's CPU.
    #[default]
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// An NVIDIA GPU, by TensorRT where it knows the operators and CUDA where it doesn't.
    Tensorrt,
}

/// The library.
pub struct OnnxRuntime {
    environment: Environment,
    name: String,
    threads: usize,
}

impl OnnxRuntime {
    /// Opens the library at `path`. The first one that a process opens is the one that it keeps. A model runs on
    /// `threads` threads; 0 is one for each core.
    ///
    /// # Errors
    /// If there is none, it is too old, or it lacks the accelerator.
    pub fn open(path: &Path, accelerator: Accelerator, threads: usize) -> Result<Self, EngineError> {
        let providers: Vec<ExecutionProviderDispatch> = match accelerator {
            Accelerator::Cpu => vec![],
            Accelerator::Cuda => vec![cuda()],
            Accelerator::Tensorrt => vec![TensorRT::default().build().error_on_failure(), cuda()],
        };
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let builder = ort::init_from(path).map_err(failed)?.with_name("verdigris").with_telemetry(false);
        let environment = builder.with_execution_providers(providers).build().map_err(failed)?;
        let version = version(path).unwrap_or_else(|| ort::info().to_owned());
        // Sums are cut into parts for threads, so how many there are shows in floats' last bits.
        let name = format!("onnxruntime {version} {accelerator:?}, threads: {threads}").to_lowercase();
        Ok(Self { environment, name, threads })
    }
}

/// CUDA with the same kernels at each start: not those that were quickest just then, nor with fewer bits.
fn cuda() -> ExecutionProviderDispatch {
    let search = ConvAlgorithmSearch::Default;
    CUDA::default().with_conv_algorithm_search(search).with_tf32(false).build().error_on_failure()
}

/// The library's own version, which `ort` compares with its own but doesn't tell.
fn version(path: &Path) -> Option<String> {
    #[expect(unsafe_code, reason = "a library in C is asked")]
    // SAFETY: a library that `ort` has opened has this function, which returns a table that lives as long as the library,
    // and a text in it that ends with a zero. `ort` never closes the library.
    unsafe {
        let library = libloading::Library::new(path).ok()?;
        let base = library.get::<unsafe extern "C" fn() -> *const ort::sys::OrtApiBase>(b"OrtGetApiBase").ok()?;
        CStr::from_ptr(((*base()).GetVersionString)()).to_str().ok().map(str::to_owned)
    }
}

/// An ONNX file, ready to run.
pub struct RuntimeEngine {
    name: String,
    signature: Signature,
    session: Mutex<Session>,
}

impl RuntimeEngine {
    /// Makes the file at `path` ready, with weights in it or beside it.
    ///
    /// # Errors
    /// If the library can't run it, or there is to be a batch and there can't.
    pub fn new(runtime: &Arc<OnnxRuntime>, path: &Path, max_batch_size: Option<usize>) -> Result<Self, EngineError> {
        let session = Session::builder(&runtime.environment)
            .and_then(|builder| Ok(builder.with_optimization_level(GraphOptimizationLevel::All)?))
            .and_then(|builder| Ok(builder.with_intra_threads(runtime.threads)?))
            .and_then(|builder| Ok(builder.with_deterministic_compute(true)?))
            .and_then(|mut builder| builder.commit_from_file(path))
            .map_err(failed)?;
        let ports = |outlets: &[Outlet]| outlets.iter().map(port).collect::<Result<Vec<_>, _>>();
        let signature = signature(ports(session.inputs())?, ports(session.outputs())?, max_batch_size)?;
        Ok(Self { name: runtime.name.clone(), signature, session: Mutex::new(session) })
    }
}

impl Engine for RuntimeEngine {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn run(&self, inputs: &[Tensor], _: &dyn Fn() -> bool) -> Result<Vec<Tensor>, EngineError> {
        for tensor in inputs.iter().filter(|tensor| tensor.datatype == DataType::Bytes) {
            if strings(&tensor.data).unwrap_or_default().iter().any(|bytes| std::str::from_utf8(bytes).is_err()) {
                return Err(EngineError::Input(format!("input `{}`: a string is not UTF-8", tensor.name)));
            }
        }
        let values = inputs
            .iter()
            .map(|tensor| Ok((tensor.name.as_str(), to_value(tensor)?)))
            .collect::<Result<Vec<_>, ort::Error>>()
            .map_err(|error| EngineError::Input(error.to_string()))?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let made = session.run(values).map_err(|error| match error.code() {
            // Sides that are open in the file, but not open to anything.
            ort::ErrorCode::InvalidArgument | ort::ErrorCode::GenericFailure if !is_device_s(&error.to_string()) => {
                EngineError::Input(error.to_string())
            }
            _ => failed(error),
        })?;
        self.signature
            .outputs
            .iter()
            .map(|port| {
                let value = made.get(&port.name).ok_or_else(|| failed(format!("no output `{}` came", port.name)))?;
                from_value(port, value).map_err(failed)
            })
            .collect()
    }
}

/// Whether an error is of the device or its memory, which ONNX Runtime tells by the same code as sides that don't fit.
fn is_device_s(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    ["cuda", "cudnn", "cublas", "tensorrt", "allocat", "memory"].iter().any(|word| error.contains(word))
}

fn failed(error: impl Display) -> EngineError {
    EngineError::Failed(error.to_string())
}

fn port(outlet: &Outlet) -> Result<Port, EngineError> {
    let name = outlet.name().to_owned();
    let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else {
        return Err(failed(format!("`{name}` is no tensor")));
    };
    let datatype = match ty {
        TensorElementType::Bool => DataType::Bool,
        TensorElementType::Uint8 => DataType::Uint8,
        TensorElementType::Uint16 => DataType::Uint16,
        TensorElementType::Uint32 => DataType::Uint32,
        TensorElementType::Uint64 => DataType::Uint64,
        TensorElementType::Int8 => DataType::Int8,
        TensorElementType::Int16 => DataType::Int16,
        TensorElementType::Int32 => DataType::Int32,
        TensorElementType::Int64 => DataType::Int64,
        TensorElementType::Float16 => DataType::Fp16,
        TensorElementType::Float32 => DataType::Fp32,
        TensorElementType::Float64 => DataType::Fp64,
        TensorElementType::String => DataType::Bytes,
        other => return Err(failed(format!("`{name}` is of type {other}, which the protocol lacks"))),
    };
    let shape = shape.iter().map(|&side| usize::try_from(side).ok()).collect();
    Ok(Port { name, datatype, shape, is_batched: false, is_optional: false })
}

fn to_value(tensor: &Tensor) -> ort::Result<DynValue> {
    let (shape, data) = (tensor.shape.clone(), &tensor.data[..]);
    macro_rules! of {
        ($type:ty) => {
            Value::from_array((shape, bytemuck::pod_collect_to_vec::<u8, $type>(data))).map(Value::into_dyn)
        };
    }
    match tensor.datatype {
        DataType::Bool => {
            let values: Vec<bool> = data.iter().map(|&byte| byte != 0).collect();
            Value::from_array((shape, values)).map(Value::into_dyn)
        }
        DataType::Uint8 => of!(u8),
        DataType::Uint16 => of!(u16),
        DataType::Uint32 => of!(u32),
        DataType::Uint64 => of!(u64),
        DataType::Int8 => of!(i8),
        DataType::Int16 => of!(i16),
        DataType::Int32 => of!(i32),
        DataType::Int64 => of!(i64),
        DataType::Fp16 => of!(f16),
        DataType::Fp32 => of!(f32),
        DataType::Fp64 => of!(f64),
        DataType::Bytes => {
            let texts = strings(data).unwrap_or_default().into_iter();
            let texts = texts.map(|bytes| String::from_utf8(bytes.to_vec())).collect::<Result<Vec<_>, _>>();
            let texts = texts.map_err(|_| ort::Error::new("a string is not UTF-8"))?;
            Value::from_string_array((shape, &texts[..])).map(Value::into_dyn)
        }
    }
}

fn from_value(port: &Port, value: &DynValue) -> ort::Result<Tensor> {
    macro_rules! of {
        ($type:ty) => {{
            let (shape, elements) = value.try_extract_tensor::<$type>()?;
            (shape, bytemuck::cast_slice(elements).to_vec())
        }};
    }
    let (shape, data) = match port.datatype {
        DataType::Bool => {
            let (shape, elements) = value.try_extract_tensor::<bool>()?;
            (shape, elements.iter().map(|&element| element.into()).collect())
        }
        DataType::Uint8 => of!(u8),
        DataType::Uint16 => of!(u16),
        DataType::Uint32 => of!(u32),
        DataType::Uint64 => of!(u64),
        DataType::Int8 => of!(i8),
        DataType::Int16 => of!(i16),
        DataType::Int32 => of!(i32),
        DataType::Int64 => of!(i64),
        DataType::Fp16 => of!(f16),
        DataType::Fp32 => of!(f32),
        DataType::Fp64 => of!(f64),
        DataType::Bytes => {
            let (shape, texts) = value.try_extract_strings()?;
            let of_text = |text: &String| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
            (shape, texts.iter().flat_map(of_text).collect())
        }
    };
    let shape = shape.iter().map(|&side| side as usize).collect();
    Ok(Tensor { name: port.name.clone(), datatype: port.datatype, shape, data })
}
