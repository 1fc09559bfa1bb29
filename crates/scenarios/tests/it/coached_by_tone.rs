//! Nobody hears a whisper who must not: three coached calls at once, in which everybody says a tone of his own, while the
//! supervisors switch to and fro by the API, at random. Judged is every frame that came to each telephone over the wire.

use std::time::Duration;

use serde_json::{Value, json};
use test_kit::phone::{Answering, HeardFrame, Mark, Phone, PhoneConfig, PhoneVoice};
use test_kit::{Desk, HttpClient, Medium, Notification, Transport, add_person};

use crate::center::{Center, UNHURRIED};
use crate::telephones::ports::{Ports, here};

/// Calls, in the words of the wire.
const CALLS: Medium = Medium { channel: "voice", collection: "calls" };
const QUEUE: &str = "800";
/// Where customers call from.
const OUTSIDE: [u8; 4] = [127, 0, 0, 2];
/// Coached calls at once.
const ROOMS: usize = 3;
/// Switches in each.
const SWITCHES: usize = 70;
/// Between two switches, in frames of 20 ms.
const SHORTEST_STAY: usize = 7;
const LONGEST_STAY: usize = 12;
/// Whoever is to be heard is heard from here on: 60 ms, and the frame after that in which the judge believes it.
const HEARD_WITHIN: usize = 4;
/// Whoever is no longer to be heard may be in one frame that was on its way when the switch was answered: the answer comes when the
/// sound has changed.
const ON_ITS_WAY: usize = 1;
/// The share of frames that hold everybody who is to be heard: on a busy machine people speak with gaps, and what is heard of a gap
/// is silence.
const COMPLETE: f64 = 0.8;
/// Ports for the server's sound.
const MEDIA_PORTS: u16 = 96;

/// The voices of a room, in the order of [`tone`].
const CUSTOMER: usize = 0;
const AGENT: usize = 1;
const SUPERVISOR: usize = 2;
const PARTS: usize = 3;

/// The ways in which a supervisor takes part, and how to get there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Coach,
    BargeIn,
    ListenIn,
}

impl Mode {
    const ALL: [Mode; 3] = [Mode::Coach, Mode::BargeIn, Mode::ListenIn];

    fn operation(self) -> &'static str {
        match self {
            Mode::Coach => "SwitchToCoach",
            Mode::BargeIn => "SwitchToBargeIn",
            Mode::ListenIn => "SwitchToListenIn",
        }
    }

    /// Whom somebody hears.
    fn heard_by(self, part: usize) -> &'static [usize] {
        match (self, part) {
            (_, SUPERVISOR) => &[CUSTOMER, AGENT],
            (Mode::Coach | Mode::BargeIn, AGENT) => &[CUSTOMER, SUPERVISOR],
            (Mode::ListenIn, AGENT) => &[CUSTOMER],
            (Mode::BargeIn, _) => &[AGENT, SUPERVISOR],
            (Mode::Coach | Mode::ListenIn, _) => &[AGENT],
        }
    }
}

/// The place of somebody's tone among all tones.
fn place(room: usize, part: usize) -> usize {
    room * PARTS + part
}

/// All tones, 300 Hz apart, below what telephones cut off.
fn tones() -> Vec<f32> {
    (0..ROOMS * PARTS).map(|place| 500.0 + 300.0 * place as f32).collect()
}

/// A coached call.
struct Room {
    number: usize,
    /// Of the customer, the agent and the supervisor.
    phones: [Phone; PARTS],
    sam: Desk,
    call: String,
    random: u32,
}

/// What came of the switches of a room.
#[derive(Debug, Default)]
struct Tally {
    switches: usize,
    /// Frames that came after the answer and held somebody who is no longer to be heard: of whom, and why.
    late: Vec<(usize, usize, Mode, Mode)>,
    /// Frames after which whoever is newly to be heard was heard.
    waits: Vec<usize>,
    /// Frames in which everybody was heard who has to be, of so many.
    complete: usize,
    judged: usize,
}

#[tokio::test]
async fn no_telephone_ever_hears_a_whisper_however_supervisors_switch() {
    let ports = Ports::claim();
    let (sip, media) = (ports.signaling(1), ports.media(MEDIA_PORTS));
    let voice = format!(
        "\n[voice]\nudp = [\"127.0.0.1:{sip}\"]\nfirst_rtp_port = {media}\nlast_rtp_port = {}\n\
         [[voice.trunk]]\nname = \"city\"\nhost = \"127.0.0.2\"\nport = {sip}\n",
        media + MEDIA_PORTS - 1
    );
    let mut center = Center::open_with(&format!("{UNHURRIED}{voice}")).await;
    center.medium = CALLS;
    let queue = json!({"name": "Sales", "channel": CALLS.channel, "phoneNumber": QUEUE});
    center.admin.http.post("/api/v2/queues", &queue).await.expect("an answer").success();
    let mut rooms = Vec::new();
    for number in 0..ROOMS {
        rooms.push(Room::open(&center, sip, number).await);
    }
    let (mut first, mut second, mut third) = {
        let mut rooms = rooms.into_iter();
        let mut next = || rooms.next().expect("three rooms");
        (next(), next(), next())
    };
    let tallies =
        tokio::join!(first.switch_to_and_fro(), second.switch_to_and_fro(), third.switch_to_and_fro());
    for (tally, room) in [(tallies.0, first), (tallies.1, second), (tallies.2, third)] {
        tally.judge();
        room.close().await;
    }
}

impl Tally {
    fn judge(mut self) {
        self.waits.sort_unstable();
        assert_eq!(self.switches, SWITCHES);
        let too_late: Vec<_> = self.late.iter().filter(|it| it.0 > ON_ITS_WAY).collect();
        assert!(too_late.is_empty(), "heard after it was answered that nobody would: {too_late:?}");
        let median = self.waits[self.waits.len() / 2];
        assert!(median <= HEARD_WITHIN, "frames until somebody new is heard: {:?}", self.waits);
        let (complete, judged) = (self.complete as f64, self.judged as f64);
        assert!(complete >= COMPLETE * judged, "of {judged} frames {complete} held everybody");
    }
}

impl Room {
    /// A customer calls, an agent answers, and a supervisor comes along to coach.
    async fn open(center: &Center, sip: u16, number: usize) -> Room {
        let agent_number = format!("71{number:02}");
        let supervisor_number = format!("50{number:02}");
        let (anna, anna_device, anna_phone) =
            seat(center, sip, number, AGENT, &agent_number, "ROLE_AGENT").await;
        let (sam, sam_device, sam_phone) =
            seat(center, sip, number, SUPERVISOR, &supervisor_number, "ROLE_SUPERVISOR").await;
        let target = format!("{}/api/v2/devices/{anna_device}", center.server.base());
        let order = json!({"operationName": "Coach", "targetDeviceUri": target});
        let path = format!("/api/v2/me/devices/{sam_device}");
        sam.http.post(&path, &order).await.expect("an answer").success();
        anna.set_state("Ready").await;

        let customer = Phone::start(PhoneConfig {
            host: OUTSIDE.into(),
            ..config(sip, number, CUSTOMER, "+442079460123")
        });
        let customer = customer.await.expect("a phone");
        let called = customer.call(QUEUE).await.expect("a call");
        customer.established(called).await.expect("an answer");
        anna_phone.in_call().await.expect("a call");
        sam_phone.in_call().await.expect("to be called in");
        let is_it =
            |it: &Notification| it.channel == "/v2/me/calls" && it.data["call"]["state"] == "Established";
        let told = sam.inbox.take("the coached call", is_it).await;
        let call = told.data["call"]["id"].as_str().expect("a call has an id").to_owned();
        let phones = [customer, anna_phone, sam_phone];
        let random = 2_463_534_242_u32.wrapping_add(number as u32);
        let room = Room { number, phones, sam, call, random };
        room.is_heard(Mode::Coach, room.marks()).await;
        room
    }

    async fn switch_to_and_fro(&mut self) -> Tally {
        let mut tally = Tally::default();
        let mut mode = Mode::Coach;
        for _ in 0..SWITCHES {
            let others = Mode::ALL.into_iter().filter(|other| *other != mode);
            let wanted = others.clone().nth(self.draw(2)).unwrap_or(Mode::Coach);
            let before = self.marks();
            self.sam.operate(&self.call, wanted.operation(), json!({})).await;
            let after = self.marks();
            let stay = SHORTEST_STAY + self.draw(LONGEST_STAY - SHORTEST_STAY + 1);
            self.stay(stay, after).await;
            self.check(mode, wanted, before, after, &mut tally);
            mode = wanted;
            tally.switches += 1;
        }
        // Whatever is switched, everybody is heard in the end.
        self.is_heard(mode, self.marks()).await;
        tally
    }

    /// Judges what was heard at each telephone: since the switch was asked for, and since it was answered.
    fn check(&self, old: Mode, new: Mode, before: [Mark; PARTS], after: [Mark; PARTS], tally: &mut Tally) {
        for part in [CUSTOMER, AGENT, SUPERVISOR] {
            let phone = &self.phones[part];
            let may = |modes: &[Mode]| -> Vec<usize> {
                modes.iter().flat_map(|mode| mode.heard_by(part)).map(|it| place(self.number, *it)).collect()
            };
            // As long as the switch is on its way, either mode may be in force; nothing else ever is.
            let (either, only) = (may(&[old, new]), may(&[new]));
            for frame in phone.heard_since(before[part]) {
                self.holds_only(part, &frame, &either, old, new);
            }
            let frames = phone.heard_since(after[part]);
            let is_clean = |frame: &HeardFrame| frame.tones.places().all(|place| only.contains(&place));
            let late = frames.iter().rposition(|frame| !is_clean(frame)).map_or(0, |last| last + 1);
            tally.late.push((late, part, old, new));
            let is_complete = |frame: &HeardFrame| only.iter().all(|place| frame.tones.has(*place));
            if old.heard_by(part).len() < new.heard_by(part).len() {
                let wait = frames.iter().position(is_complete).unwrap_or(frames.len());
                tally.waits.push(wait);
            }
            let settled = frames.iter().skip(HEARD_WITHIN);
            tally.judged += settled.clone().count();
            tally.complete += settled.filter(|frame| is_complete(frame)).count();
        }
    }

    fn holds_only(&self, part: usize, frame: &HeardFrame, allowed: &[usize], old: Mode, new: Mode) {
        for place in frame.tones.places() {
            let (room, own) = (self.number, [CUSTOMER, AGENT, SUPERVISOR]);
            assert!(
                allowed.contains(&place),
                "room {room}, from {old:?} to {new:?}: {part} of {own:?} heard {place}, and may hear {allowed:?}"
            );
        }
    }

    /// Waits until every telephone has heard so many frames.
    async fn stay(&self, frames: usize, since: [Mark; PARTS]) {
        for (phone, since) in self.phones.iter().zip(since) {
            phone.hears("some frames", since, |heard| heard.len() >= frames).await.expect("sound");
        }
    }

    /// Waits until everybody hears whom a mode lets him hear.
    async fn is_heard(&self, mode: Mode, since: [Mark; PARTS]) {
        for (part, since) in [CUSTOMER, AGENT, SUPERVISOR].into_iter().zip(since) {
            let wanted: Vec<usize> = mode.heard_by(part).iter().map(|it| place(self.number, *it)).collect();
            let is_it = |frame: &HeardFrame| frame.tones.places().eq(wanted.iter().copied());
            let what = format!("{part} hears {wanted:?} in {mode:?}");
            let heard =
                |frames: &[HeardFrame]| frames.iter().rev().take(3).filter(|it| is_it(it)).count() == 3;
            self.phones[part].hears(&what, since, heard).await.expect("all voices");
        }
    }

    fn marks(&self) -> [Mark; PARTS] {
        self.phones.each_ref().map(Phone::mark)
    }

    /// A number below `most` that looks random (xorshift, Marsaglia 2003).
    fn draw(&mut self, most: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        self.random as usize % most
    }

    /// The customer hangs up; the others are let go.
    async fn close(self) {
        let [customer, anna, sam] = self.phones;
        let of_anna = anna.in_call().await.expect("a call");
        let of_sam = sam.in_call().await.expect("a call");
        customer.leave().await;
        anna.ended(of_anna).await.expect("an end");
        sam.ended(of_sam).await.expect("an end");
    }
}

fn config(sip: u16, room: usize, part: usize, number: &str) -> PhoneConfig {
    let tones = tones();
    PhoneConfig {
        voice: PhoneVoice::Tone(tones[place(room, part)]),
        answering: Answering::After(Duration::ZERO),
        tones,
        ..PhoneConfig::new(here(sip), number)
    }
}

/// Somebody with a desktop, a device and a telephone that is registered and answers by itself.
async fn seat(
    center: &Center,
    sip: u16,
    room: usize,
    part: usize,
    number: &str,
    role: &str,
) -> (Desk, String, Phone) {
    let admin: &HttpClient = &center.admin.http;
    let person = add_person(admin, &format!("user-{number}"), &[role]).await;
    let password = format!("secret of {number}");
    let device = json!({"phoneNumber": number, "sipPassword": password});
    let made: Value = admin
        .post(&format!("/api/v2/users/{}/devices", person.id), &device)
        .await
        .expect("an answer")
        .success();
    let device = made["id"].as_str().unwrap_or_else(|| panic!("no id in {made}")).to_owned();
    let phone = PhoneConfig { password: Some(password), ..config(sip, room, part, number) };
    let phone = Phone::start(phone).await.expect("a phone");
    phone.register().await.expect("a registration");
    let desk = center.seat(&person, Transport::WebSocket).await;
    desk.set_state("NotReady").await;
    (desk, device, phone)
}
