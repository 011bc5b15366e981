//! Programs that the stack starts, which end when it ends, however it ends.

use std::fs::File;
use std::future::Future;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};
use tokio::process::{Child as TokioChild, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::CliError;

/// How long a program may take to end by itself once asked.
const GRACE: Duration = Duration::from_secs(10);

/// How long after its end a program is started again.
const RESTART_AFTER: Duration = Duration::from_millis(300);

/// A running program, whose standard error goes to a log file.
pub struct Child {
    name: &'static str,
    process: TokioChild,
}

impl Child {
    /// Starts `command`; its log is `folder/name.log`, which a second start goes on writing.
    pub fn start(name: &'static str, command: &mut Command, folder: &Path) -> std::io::Result<Self> {
        let log = open_log(name, folder)?;
        command.stdin(Stdio::null()).stderr(log).kill_on_drop(true);
        // SAFETY: runs between fork and exec, and only makes one system call.
        #[expect(unsafe_code, reason = "there is no safe way to set a child's parent-death signal")]
        unsafe {
            command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::TERM))?));
        }
        // A group of its own: Ctrl-C at the terminal reaches the stack alone, which ends its children in order.
        let process = command.process_group(0).spawn()?;
        Ok(Self { name, process })
    }

    /// [`Self::start`] of a program whose standard output goes to the log, too.
    pub fn start_logged(name: &'static str, command: &mut Command, folder: &Path) -> std::io::Result<Self> {
        command.stdout(open_log(name, folder)?);
        Self::start(name, command, folder)
    }

    /// What the program prints to standard output, if that is piped.
    pub fn stdout(&mut self) -> Option<tokio::process::ChildStdout> {
        self.process.stdout.take()
    }

    /// The program's process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits until the program ends by itself, and says how.
    pub async fn ended(&mut self) -> String {
        match self.process.wait().await {
            Ok(status) => format!("{} ended with {status}", self.name),
            Err(error) => format!("{}: {error}", self.name),
        }
    }

    /// Asks the program to end; ends it by force if it takes too long.
    pub async fn stop(mut self) {
        if let Some(pid) = self.process.id().and_then(|id| Pid::from_raw(id.cast_signed())) {
            let _ = kill_process(pid, Signal::TERM);
        }
        if tokio::time::timeout(GRACE, self.process.wait()).await.is_err() {
            let _ = self.process.kill().await;
        }
    }
}

fn open_log(name: &str, folder: &Path) -> std::io::Result<File> {
    File::options().create(true).append(true).open(folder.join(format!("{name}.log")))
}

/// A program that is started again whenever it ends, until it is stopped.
pub struct Kept {
    stop: oneshot::Sender<()>,
    keeper: JoinHandle<()>,
}

impl Kept {
    /// Keeps `program`, which `again` starts anew.
    pub fn new<F>(program: Child, again: impl Fn() -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<Child, CliError>> + Send + 'static,
    {
        let (stop, asked) = oneshot::channel();
        Self { stop, keeper: tokio::spawn(keep(program, again, asked)) }
    }

    /// Ends the program, and waits until it has.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.keeper.await;
    }
}

async fn keep<F>(mut program: Child, again: impl Fn() -> F, mut asked: oneshot::Receiver<()>)
where
    F: Future<Output = Result<Child, CliError>>,
{
    loop {
        tokio::select! {
            _ = &mut asked => return program.stop().await,
            how = program.ended() => eprintln!("{how}; starting it again"),
        }
        program = loop {
            tokio::select! {
                _ = &mut asked => return,
                () = tokio::time::sleep(RESTART_AFTER) => {}
            }
            match again().await {
                Ok(program) => break program,
                Err(error) => eprintln!("{error}"),
            }
        };
    }
}
