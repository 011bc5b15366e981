//! A device, and the few things that are asked of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use wgpu::{
    BindGroupDescriptor, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages, CommandEncoder,
    CommandEncoderDescriptor, ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, DeviceDescriptor,
    ErrorFilter, MapMode, PollType, ShaderModuleDescriptor, ShaderSource,
};

use super::GpuError;

/// Invocations of a workgroup.
pub(super) const GROUP: u32 = 64;
/// Most workgroups of a dispatch: enough to fill any device. Invocations take further items in turn.
const MOST_GROUPS: u32 = 16_384;

/// A GPU that runs compute shaders.
pub struct Gpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    name: String,
    is_lost: Arc<AtomicBool>,
}

impl Gpu {
    /// Opens the device whose name contains `wanted` (in any case), or, without a wish, the first: discrete GPUs come
    /// before integrated ones, and those before a CPU that plays one.
    ///
    /// # Errors
    /// If there is none, or it doesn't open.
    pub fn open(wanted: Option<&str>) -> Result<Self, GpuError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::PRIMARY,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let mut adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
        adapters.sort_by_key(|adapter| match adapter.get_info().device_type {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::VirtualGpu => 1,
            wgpu::DeviceType::IntegratedGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        });
        let names: Vec<String> = adapters.iter().map(|adapter| adapter.get_info().name).collect();
        let wanted = wanted.unwrap_or_default();
        let fits = |name: &String| name.to_lowercase().contains(&wanted.to_lowercase());
        let Some(index) = names.iter().position(fits) else {
            let found = if names.is_empty() { "none".into() } else { names.join(", ") };
            return Err(GpuError::NoDevice { wanted: wanted.into(), found });
        };
        let (adapter, name) = (&adapters[index], names[index].clone());
        let descriptor = DeviceDescriptor { required_limits: adapter.limits(), ..DeviceDescriptor::default() };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| GpuError::Failed { device: name.clone(), reason: error.to_string() })?;
        let is_lost = Arc::new(AtomicBool::new(false));
        let lost = Arc::clone(&is_lost);
        device.set_device_lost_callback(move |_, _| lost.store(true, Ordering::Relaxed));
        Ok(Self { device, queue, name, is_lost })
    }

    /// Whether the device is gone: its driver was reset, say. It doesn't come back in this process.
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// What the driver calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of the memory that a workgroup shares.
    pub(super) fn shared_bytes(&self) -> usize {
        self.device.limits().max_compute_workgroup_storage_size as usize
    }

    /// Most bytes of a buffer that a shader sees.
    pub(super) fn buffer_limit(&self) -> u64 {
        let limits = self.device.limits();
        limits.max_storage_buffer_binding_size.min(limits.max_buffer_size)
    }

    /// Does something, and fails if the device says that anything was wrong with it.
    fn checked<T>(&self, work: impl FnOnce() -> T) -> Result<T, GpuError> {
        let memory = self.device.push_error_scope(ErrorFilter::OutOfMemory);
        let internal = self.device.push_error_scope(ErrorFilter::Internal);
        let validation = self.device.push_error_scope(ErrorFilter::Validation);
        let made = work();
        let found = [validation, internal, memory].map(|scope| pollster::block_on(scope.pop()));
        found.into_iter().flatten().next().map_or(Ok(made), |error| Err(self.failed(error.to_string())))
    }

    fn failed(&self, reason: impl Into<String>) -> GpuError {
        GpuError::Failed { device: self.name.clone(), reason: reason.into() }
    }

    /// Compiles a shader whose way in is `main`.
    pub(super) fn pipeline(&self, label: &str, wgsl: String) -> Result<ComputePipeline, GpuError> {
        self.checked(|| {
            let source = ShaderSource::Wgsl(wgsl.into());
            let module = self.device.create_shader_module(ShaderModuleDescriptor { label: Some(label), source });
            self.device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(label),
                layout: None,
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    zero_initialize_workgroup_memory: false,
                    ..wgpu::PipelineCompilationOptions::default()
                },
                cache: None,
            })
        })
    }

    /// A buffer with some words in it.
    pub(super) fn upload<T: bytemuck::NoUninit>(&self, words: &[T]) -> Result<Buffer, GpuError> {
        let bytes = bytemuck::cast_slice(words);
        let buffer = self.allocate(bytes.len() as u64)?;
        self.checked(|| self.queue.write_buffer(&buffer, 0, bytes))?;
        Ok(buffer)
    }

    /// A buffer of so many bytes, a multiple of four.
    pub(super) fn allocate(&self, size: u64) -> Result<Buffer, GpuError> {
        self.checked(|| {
            self.device.create_buffer(&BufferDescriptor {
                label: None,
                size: size.max(4),
                usage: BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })
    }

    /// Runs the steps, each for so many items, and reads a buffer.
    pub(super) fn run<T: bytemuck::Pod>(&self, steps: &[Step<'_>], result: &Buffer) -> Result<Vec<T>, GpuError> {
        let size = result.size();
        let staging = self.checked(|| {
            let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
            let staging =
                self.device.create_buffer(&BufferDescriptor { label: None, size, usage, mapped_at_creation: false });
            let mut encoder = self.device.create_command_encoder(&CommandEncoderDescriptor::default());
            steps.iter().for_each(|step| self.encode(&mut encoder, step));
            encoder.copy_buffer_to_buffer(result, 0, &staging, 0, size);
            self.queue.submit([encoder.finish()]);
            staging
        })?;
        let (tell, told) = mpsc::channel();
        staging.map_async(MapMode::Read, .., move |mapped| drop(tell.send(mapped)));
        self.device.poll(PollType::wait_indefinitely()).map_err(|error| self.failed(error.to_string()))?;
        match told.recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(self.failed(error.to_string())),
            Err(_) => return Err(self.failed("it was lost")),
        }
        let bytes = staging.get_mapped_range(..).map_err(|error| self.failed(error.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&bytes))
    }

    fn encode(&self, encoder: &mut CommandEncoder, step: &Step<'_>) {
        let entries: Vec<_> = (0..)
            .zip(step.buffers)
            .map(|(binding, buffer)| BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let group = self.device.create_bind_group(&BindGroupDescriptor {
            label: None,
            layout: &step.pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
        pass.set_pipeline(step.pipeline);
        pass.set_bind_group(0, &group, &[]);
        pass.dispatch_workgroups(step.items.div_ceil(GROUP).min(MOST_GROUPS), 1, 1);
    }
}

/// One dispatch: a shader, its buffers in the order of their bindings, and how many items it has to take.
pub(super) struct Step<'a> {
    pub(super) pipeline: &'a ComputePipeline,
    pub(super) buffers: &'a [&'a Buffer],
    pub(super) items: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_gone_is_known_to_be_and_runs_nothing() {
        let gpu = Gpu::open(std::env::var("VERDIGRIS_GPU").ok().as_deref()).expect("a GPU");
        assert!(!gpu.is_lost());
        gpu.device.destroy();
        let _ = gpu.device.poll(PollType::Poll);
        assert!(gpu.is_lost());
        assert!(matches!(
            gpu.upload(&[1u32]).and_then(|buffer| gpu.run::<u32>(&[], &buffer)),
            Err(GpuError::Failed { .. })
        ));
    }
}
