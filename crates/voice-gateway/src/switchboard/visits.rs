//! Whoever comes from outside: calls, registrations and questions.

use contact_center::LegId;
use contact_center::calls::{Arrival, LineReport, Origin};
use sip::message::{Method, Name, Request, Status, Text};
use sip::sdp::{Description, Unacceptable};
use sip::user_agent::{Event, Offered, Order, RequestId};

use super::doors::{LookedUp, Opinion, Visitor};
use super::lines::{Far, Line, Stage};
use super::phones::Phones;
use super::voice::Voice;
use super::{Switchboard, dial_plan, text};
use crate::{clock, random};

/// What is understood, for whoever asks.
const ALLOWED: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, REFER, NOTIFY, INFO, REGISTER";
/// What may stand in a number as people write it, and means nothing.
const DECORATION: [char; 5] = ['-', '.', '(', ')', ' '];

impl Switchboard {
    /// Somebody new.
    pub(super) fn comes(&mut self, event: Event) {
        match event {
            Event::Offered(offered) => self.visit(Visitor::Call(offered)),
            Event::Request { id, flow, request } => match request.method {
                Method::Register => self.visit(Visitor::Request { id, flow, request }),
                Method::Options => {
                    let headers = vec![
                        (Name::Allow, Text::fixed(ALLOWED)),
                        (Name::Accept, Text::fixed("application/sdp")),
                    ];
                    self.respond(id, Status::OK, headers);
                }
                Method::Subscribe | Method::Publish => self.respond(id, Status::BAD_EVENT, Vec::new()),
                _ => {
                    let headers = vec![(Name::Allow, Text::fixed(ALLOWED))];
                    self.respond(id, Status::METHOD_NOT_ALLOWED, headers);
                }
            },
            _ => {}
        }
    }

    /// Passwords were looked up.
    pub(super) fn know(&mut self, looked_up: LookedUp) {
        let (visitors, is_known) = self.doors.learn(looked_up, clock::now());
        for visitor in visitors {
            if is_known {
                self.visit(visitor);
            } else {
                self.turn_away(visitor, Status::SERVICE_UNAVAILABLE, retry_soon());
            }
        }
    }

    fn visit(&mut self, visitor: Visitor) {
        if let (Visitor::Call(_), Some(trunk)) = (&visitor, self.trunks.at(visitor.flow())) {
            return self.enter(visitor, Far::Trunk(trunk));
        }
        match self.doors.judge(&visitor, clock::now()) {
            Opinion::Known(far) => self.enter(visitor, far),
            Opinion::Unsure(number) => {
                if let Err(visitor) = self.doors.look_up(number, visitor) {
                    self.turn_away(visitor, Status::SERVICE_UNAVAILABLE, retry_soon());
                }
            }
            Opinion::TurnedAway(status, headers) => self.turn_away(visitor, status, headers),
        }
    }

    fn turn_away(&mut self, visitor: Visitor, status: Status, headers: Vec<(Name, Text)>) {
        match visitor {
            Visitor::Call(offered) => self.refuse(&offered, status, headers),
            Visitor::Request { id, .. } => self.respond(id, status, headers),
        }
    }

    fn refuse(&mut self, offered: &Offered, status: Status, headers: Vec<(Name, Text)>) {
        self.order(Order::Refuse { session: offered.session, status, headers });
    }

    fn respond(&mut self, request: RequestId, status: Status, headers: Vec<(Name, Text)>) {
        self.order(Order::Respond { request, status, headers });
    }

    /// Somebody who is known.
    fn enter(&mut self, visitor: Visitor, far: Far) {
        if let Some(connection) = visitor.flow().connection {
            self.transports.keep(connection);
        }
        match (visitor, far) {
            (Visitor::Call(offered), _) => self.arrive(*offered, far),
            (Visitor::Request { id, flow, request }, Far::Device(device)) => {
                let (response, news) = self.phones.register(device, &request, flow, clock::now());
                self.respond(id, response.status, Phones::headers(&response));
                self.tell_of_phones(news);
            }
            (visitor @ Visitor::Request { .. }, Far::Trunk(_)) => {
                self.turn_away(visitor, Status::FORBIDDEN, Vec::new());
            }
        }
    }

    /// A call of somebody who is known.
    fn arrive(&mut self, offered: Offered, far: Far) {
        if self.lines.len() >= self.config.most_lines {
            return self.refuse(&offered, Status::SERVICE_UNAVAILABLE, retry_soon());
        }
        let Some(dialled) = self.dialled(&offered.request, far) else {
            return self.refuse(&offered, Status::NOT_FOUND, Vec::new());
        };
        let voice = match self.voice_for(&offered) {
            Ok(voice) => voice,
            Err(fault) => {
                return self.refuse(&offered, Status::NOT_ACCEPTABLE_HERE, self.warning(&offered, fault));
            }
        };
        let leg = LegId(random::bits());
        let (origin, caller) = match far {
            Far::Device(device) => (Origin::Device(device), None),
            Far::Trunk(_) => (Origin::Outside, caller_of(&offered.request)),
        };
        let replaces = offered.replaces.and_then(|session| self.lines.leg_of(session));
        if offered.replaces.is_some() && replaces.is_none() {
            return self.refuse(&offered, Status::NO_SUCH_TRANSACTION, Vec::new());
        }
        self.lines.insert(Line {
            leg,
            session: offered.session,
            stage: Stage::Offered { rings: false, hears: false },
            plan: None,
            far,
            flow: Some(offered.flow),
            peer: offered.peer,
            voice,
            is_held: false,
            ways: std::collections::VecDeque::new(),
            srtp: self.config.srtp,
            kept: String::new(),
            refer: None,
        });
        let caller = caller.map(Into::into);
        let arrival = Arrival { leg, origin, caller, dialled: dialled.into(), replaces };
        self.reports.hand_in(LineReport::Arrived(Box::new(arrival)));
    }

    /// The number that is meant.
    fn dialled(&self, request: &Request, far: Far) -> Option<String> {
        let dialled = plain_number(&request.uri.plain_user()?);
        let Far::Trunk(place) = far else { return Some(dialled) };
        let trunk = self.trunks.get(place)?;
        // A carrier that calls us by our account says in To which of our numbers was dialled.
        let own = trunk.account.as_ref().is_some_and(|account| account.user == dialled) && trunk.registers;
        let to = request.to().and_then(|it| sip::message::Uri::parse(it.uri));
        let to = to.filter(|_| own).and_then(|it| Some(plain_number(&it.plain_user()?)));
        let dialled = to.unwrap_or(dialled);
        if self.config.routes.is_empty() {
            return Some(dialled);
        }
        dial_plan::meant(&self.config.routes, &trunk.name, &dialled)
    }

    /// What is offered, if it suits us.
    fn voice_for(&self, offered: &Offered) -> Result<Voice, Unacceptable> {
        let mut voice = Voice::new();
        if let Some(sdp) = &offered.sdp {
            let description = Description::read(sdp)?;
            voice.examine(&description, &self.wishes(None, Some(&offered.flow)))?;
            voice.theirs = Some(description);
        }
        Ok(voice)
    }

    fn warning(&self, offered: &Offered, fault: Unacceptable) -> Vec<(Name, Text)> {
        let (host, ..) = super::name_of(&self.listeners, &offered.flow);
        vec![(Name::Warning, text(format!("{} {host} \"{fault}\"", fault.warn_code())))]
    }
}

/// The caller's number as a trunk tells it: the identity that it vouches for, else From (RFC 3325).
fn caller_of(request: &Request) -> Option<String> {
    let asserted = request.headers.values(&Name::PAssertedIdentity).find_map(sip::message::Address::parse);
    let address = asserted.or_else(|| request.from())?;
    let uri = sip::message::Uri::parse(address.uri)?;
    let number = plain_number(&uri.plain_user()?);
    (!number.is_empty() && !number.eq_ignore_ascii_case("anonymous")).then_some(number)
}

/// A number without what people put in to read it better, and without parameters (RFC 3966).
fn plain_number(user: &str) -> String {
    let number = user.split(';').next().unwrap_or("");
    let is_number = number.starts_with(|first: char| first.is_ascii_digit() || first == '+' || first == '(');
    if is_number { number.replace(DECORATION, "") } else { number.to_owned() }
}

fn retry_soon() -> Vec<(Name, Text)> {
    vec![(Name::RetryAfter, Text::fixed("5"))]
}
