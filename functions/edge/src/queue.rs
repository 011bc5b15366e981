//! The consumer of the queue of jobs: messages come when a job's lease is over (see `verdigris_core::handoff`).

use verdigris_core::handoff::{Progress, resume};
use verdigris_core::platform::Platform;
use verdigris_core::together::join_all;
use worker::{Message, MessageBatch, MessageExt, QueueRetryOptionsBuilder};

use crate::platform::EdgePlatform;

/// How soon a message is looked at again after an error that was not the job's own, in seconds.
const AFTER_ERROR_S: u32 = 5;

/// Works on all messages of a batch at the same time. A message that is not acknowledged comes back; after
/// `max_retries` it goes to the dead-letter queue, for people to look at. Sweep goes on looking after the job all the
/// same, since the chain shows that it is open.
pub(crate) async fn work_off(platform: &EdgePlatform, batch: &MessageBatch<String>) {
    let messages = batch.iter().filter_map(|message| {
        message.map_err(|error| platform.log(&format!("queue: a message cannot be read: {error}"))).ok()
    });
    join_all(messages.map(|message| work_on(platform, message))).await;
}

async fn work_on(platform: &EdgePlatform, message: Message<String>) {
    let again = |seconds: u32| {
        let options = QueueRetryOptionsBuilder::new().with_delay_seconds(seconds).build();
        message.retry_with_options(&options);
    };
    match resume(platform, message.body().as_bytes()).await {
        Ok(Progress::Done) => message.ack(),
        Ok(Progress::Later(ms)) => again(u32::try_from(ms.div_ceil(1000)).unwrap_or(AFTER_ERROR_S)),
        Ok(Progress::Refused(reason)) => {
            platform.log(&format!("queue: {reason}"));
            again(AFTER_ERROR_S);
        }
        Err(error) => {
            platform.log(&format!("queue: {error}"));
            again(AFTER_ERROR_S);
        }
    }
}
