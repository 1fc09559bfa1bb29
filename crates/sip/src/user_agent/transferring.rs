//! Transfers that we ask for, as a telephone does (RFC 3515).

use crate::message::{Method, Name, Status, Text, escaped};

use super::asked::What;
use super::io::{Event, SessionId};
use super::session::{Phase, Session};
use super::{Turn, UserAgent};

impl UserAgent {
    /// Asks the far side of a call to call somebody else.
    pub(super) fn transfer(
        &mut self,
        id: SessionId,
        to: &str,
        replaces: Option<SessionId>,
        turn: &mut Turn<'_>,
    ) {
        let refuse = Event::Notified { session: id, status: Status::NO_SUCH_TRANSACTION };
        let named = match replaces {
            None => Some(format!("<{to}>")),
            Some(other) => self.name_of_call(other).map(|name| format!("<{to}?Replaces={}>", escaped(&name))),
        };
        let Some(session) = self.sessions.get_mut(&id).filter(|it| !it.is_over) else { return };
        let credentials = session.credentials.clone();
        let (Some(refer_to), Some(call)) = (named, session.call()) else {
            turn.tell(refuse);
            return;
        };
        let mut request = call.dialog.request(Method::Refer);
        let dialog = call.dialog.clone();
        let flow = self.way(&dialog);
        request.headers.push(Name::ReferTo, refer_to);
        request.headers.push(Name::ReferSub, Text::fixed("false"));
        request.headers.push(Name::Supported, Text::fixed("norefersub"));
        request.headers.push(Name::Contact, self.contact(&flow));
        self.ask(request, flow, What::Talk(id), credentials, turn);
    }

    /// A call that stands, as whoever is at its far side names it in Replaces: its own tag is the to-tag.
    fn name_of_call(&self, id: SessionId) -> Option<String> {
        let session: &Session = self.sessions.get(&id).filter(|it| !it.is_over)?;
        let Phase::Up(call) = &session.phase else { return None };
        let (dialog, tag) = (&call.dialog, &call.tag);
        Some(format!("{};to-tag={};from-tag={tag}", dialog.call_id, dialog.remote_tag))
    }
}
