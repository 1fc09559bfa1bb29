//! One notification request on its way: the reply that is awaited, and the report of what became of it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bayeux::{ExchangeId, Input, Owner};

use super::Push;
use super::shard::{Answer, Reply};

/// A request that the hub knows of. Dropped before [`Exchange::written`] it counts as lost: a held connect is
/// released, and the events of an unwritten reply go back to the queue.
pub(crate) struct Exchange {
    push: Arc<Push>,
    owner: Owner,
    id: ExchangeId,
    answer: Option<Answer>,
    is_open: bool,
}

impl Exchange {
    pub(super) fn new(push: Arc<Push>, owner: Owner, id: ExchangeId, answer: Answer) -> Exchange {
        Exchange { push, owner, id, answer: Some(answer), is_open: true }
    }

    /// Waits for the reply; to be called once.
    pub(crate) async fn reply(&mut self) -> Option<Reply> {
        poll_fn(|cx| self.poll_reply(cx)).await
    }

    /// The reply when it is there; `None` if there will be none.
    pub(crate) fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Option<Reply>> {
        let reply = match self.answer.take() {
            None => None,
            Some(Answer::Now(reply)) => Some(reply),
            Some(Answer::Later(mut receiver)) => match Pin::new(&mut receiver).poll(cx) {
                Poll::Pending => {
                    self.answer = Some(Answer::Later(receiver));
                    return Poll::Pending;
                }
                Poll::Ready(reply) => reply.ok(),
            },
        };
        // Where the hub does not care, there is nothing to report either way.
        self.is_open = reply.as_ref().is_some_and(|reply| reply.report);
        Poll::Ready(reply)
    }

    /// The reply was handed to the network in full.
    pub(crate) fn written(mut self) {
        if std::mem::take(&mut self.is_open) {
            self.push.shard(self.owner).handle(Input::Written { exchange: self.id });
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if self.is_open {
            self.push.shard(self.owner).close_exchange(self.id);
        }
    }
}
