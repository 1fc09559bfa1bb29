//! The way to a contact center's owner.

use std::pin::Pin;
use std::task::{Context, Poll};

use contact_center::{Command, ContactCenter, ContactCenterId, Event};
use tokio::sync::{mpsc, oneshot};

use crate::{Denial, Failure, figures};

/// How many commands and queries of one contact center wait at most.
pub(crate) const QUEUE_LIMIT: usize = 4_096;

/// The way to the owner of one contact center. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    pub(crate) id: ContactCenterId,
    pub(crate) queue: mpsc::Sender<Message>,
}

/// What waits for the owner.
#[expect(clippy::large_enum_variant, reason = "most messages are commands; a box would cost each of them")]
pub(crate) enum Message {
    /// Somebody wants something done.
    Execute(Order),
    /// Somebody wants to look.
    Query(Query),
}

/// A command on its way.
pub(crate) struct Order {
    pub command: Command,
    pub reference: Option<u64>,
    pub answer: oneshot::Sender<Result<Vec<Event>, Denial>>,
}

/// A look at the committed state, or the news that there is none to look at.
pub(crate) type Query = Box<dyn FnOnce(Result<&ContactCenter, Failure>) + Send>;

/// The answer to a command, which comes when its events are kept and announced.
#[derive(Debug)]
pub struct Answer(oneshot::Receiver<Result<Vec<Event>, Denial>>);

impl Future for Answer {
    type Output = Result<Vec<Event>, Denial>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answered = Pin::new(&mut self.0).poll(context);
        answered.map(|answered| answered.unwrap_or(Err(Denial::Failed(Failure::Stopped))))
    }
}

impl Handle {
    /// Which contact center it leads to.
    pub fn id(&self) -> ContactCenterId {
        self.id
    }

    /// Has a command carried out. The answer comes when its events are kept and announced. The
    /// first news of a contact that the commanding user gets carries `reference`.
    ///
    /// # Errors
    /// The reason why nothing has changed.
    pub async fn execute(&self, command: Command, reference: Option<u64>) -> Result<Vec<Event>, Denial> {
        self.hand_in(command, reference)?.await
    }

    /// Like [`Handle::execute`], but the command has its place among others when this returns, so that
    /// several can be on their way in a known order. Answers come in the order of the commands.
    ///
    /// # Errors
    /// A [`Failure`] if there is no place.
    pub fn hand_in(&self, command: Command, reference: Option<u64>) -> Result<Answer, Failure> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Execute(Order { command, reference, answer }))?;
        Ok(Answer(answered))
    }

    /// Looks at the committed state. The owner waits meanwhile: to be kept short. If `read` panics,
    /// so does this.
    ///
    /// # Errors
    /// A [`Failure`] if there is no state to look at.
    pub async fn query<R: Send + 'static>(
        &self,
        read: impl FnOnce(&ContactCenter) -> R + Send + 'static,
    ) -> Result<R, Failure> {
        let (answer, answered) = oneshot::channel();
        let query: Query = Box::new(move |center| {
            // A bug in the reader ends the reader's request, not the owner.
            let looked =
                center.map(|center| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(center))));
            drop(answer.send(looked));
        });
        self.send(Message::Query(query))?;
        match answered.await.map_err(|_| Failure::Stopped)?? {
            Ok(result) => Ok(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    fn send(&self, message: Message) -> Result<(), Failure> {
        self.queue.try_send(message).map_err(|error| {
            let failure = match error {
                mpsc::error::TrySendError::Full(_) => Failure::Busy,
                mpsc::error::TrySendError::Closed(_) => Failure::Stopped,
            };
            figures::count_turned_away(failure);
            failure
        })
    }
}
