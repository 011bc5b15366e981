//! What wasmtime keeps beside an instance: its view of the world outside.

use std::sync::Arc;

use wasmtime::component::{HasData, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::Reach;
use crate::limits::Allowance;
use crate::outgoing::Outgoing;
use crate::stdio::GuestLog;

/// The data of one instance's store.
pub(crate) struct State {
    table: ResourceTable,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outgoing: Outgoing,
    reach: Arc<Reach>,
    pub(crate) allowance: Allowance,
}

impl State {
    pub(crate) fn new(reach: &Arc<Reach>, component: &Arc<str>, memory_bytes: usize) -> Self {
        let log = |stream| GuestLog { component: Arc::clone(component), stream };
        // No files, no sockets, no arguments: HTTP, key-value and variables are all there is.
        let wasi = WasiCtxBuilder::new()
            .envs(&reach.environment)
            .stdout(log("stdout"))
            .stderr(log("stderr"))
            .allow_tcp(false)
            .allow_udp(false)
            .build();
        Self {
            table: ResourceTable::new(),
            wasi,
            http: WasiHttpCtx::new(),
            outgoing: Outgoing::new(Arc::clone(&reach.outbound)),
            reach: Arc::clone(reach),
            allowance: Allowance::new(memory_bytes),
        }
    }

    /// Notes how deep in chained calls the request is that now begins.
    pub(crate) fn begin(&mut self, depth: u8) {
        self.outgoing.depth = depth;
    }

    pub(crate) fn guest(&mut self) -> GuestView<'_> {
        GuestView { table: &mut self.table, reach: &self.reach }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outgoing, table: &mut self.table, ctx: &mut self.http }
    }
}

/// Names, for wasmtime's linker, the part of [`State`] that key-value and variables work on.
pub(crate) struct Guest;

impl HasData for Guest {
    type Data<'a> = GuestView<'a>;
}

/// The part of [`State`] that key-value and variables work on.
pub(crate) struct GuestView<'a> {
    pub(crate) table: &'a mut ResourceTable,
    pub(crate) reach: &'a Arc<Reach>,
}
