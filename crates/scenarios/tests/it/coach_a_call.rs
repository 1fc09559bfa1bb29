//! The main story, told to telephones that others wrote: a customer calls, an agent answers, a supervisor coaches, and
//! the customer never hears a whisper.

use serde_json::json;

use crate::call_center::{CallCenter, QUEUE, Seat, answering};
use crate::telephones::tones::{
    AGENT, CUSTOMER, MUSIC, SECOND_AGENT, SUPERVISOR, describe, hold_exactly, was_heard,
};
use crate::telephones::{Codec, Make, Setup, Telephone, Wire};

struct Story {
    center: CallCenter,
    customer: Telephone,
    anna: Seat,
    sam: Seat,
    call: String,
}

#[tokio::test]
async fn outside_phones_pjsua_and_baresip_are_coached_in_a_law_and_mu_law() {
    let agent = Setup { codecs: vec![Codec::Pcma], ..Setup::new("", AGENT) };
    let mut story = Story::begin((Make::Pjsua, agent), (Make::Baresip, answering(SUPERVISOR))).await;
    story.supervisor_switches().await;
    story.agent_holds().await;
    story.digits_reach_the_agent().await;
    story.customer_hangs_up().await;
}

#[tokio::test]
async fn outside_phones_over_tcp_and_tls_are_coached_in_wideband_and_encrypted() {
    let agent = Setup { wire: Wire::Tcp, codecs: vec![Codec::G722], ..Setup::new("", AGENT) };
    let supervisor = Setup { wire: Wire::Tls, is_encrypted: true, ..answering(SUPERVISOR) };
    let mut story = Story::begin((Make::Baresip, agent), (Make::Pjsua, supervisor)).await;
    story.supervisor_switches().await;
    story.agent_holds().await;
    story.customer_hangs_up().await;
}

#[tokio::test]
async fn outside_phones_keep_the_coach_through_transfers_and_conferences() {
    let agent = Setup::new("", AGENT);
    let mut story = Story::begin((Make::Pjsua, agent), (Make::Pjsua, answering(SUPERVISOR))).await;
    let bela = story.agent_confers_with_a_second().await;
    story.agent_leaves_the_conference(&bela).await;
    story.ends_when_a_second_hangs_up(bela).await;
}

#[tokio::test]
async fn outside_phones_keep_the_coach_of_a_call_that_is_handed_on_after_asking() {
    let agent = Setup::new("", AGENT);
    let mut story = Story::begin((Make::Pjsua, agent), (Make::Baresip, answering(SUPERVISOR))).await;
    let bela = story.agent_hands_the_call_on().await;
    story.ends_when_a_second_hangs_up(bela).await;
}

#[tokio::test]
async fn outside_phone_baresip_is_coached_in_opus_by_outside_phone_pjsua() {
    let agent = Setup { codecs: vec![Codec::Opus], ..Setup::new("", AGENT) };
    let supervisor = Setup { codecs: vec![Codec::G722], ..answering(SUPERVISOR) };
    let mut story = Story::begin((Make::Baresip, agent), (Make::Pjsua, supervisor)).await;
    story.supervisor_switches().await;
    story.customer_hangs_up().await;
}

#[tokio::test]
async fn outside_phone_of_a_coach_who_follows_the_agent_is_released_when_the_call_is_handed_on() {
    let (agent, supervisor) = (Setup::new("", AGENT), answering(SUPERVISOR));
    let mut story = Story::begin_with("Agent", (Make::Pjsua, agent), (Make::Pjsua, supervisor)).await;
    let (mut bela, consult) = story.agent_asks_a_second("InitiateTransfer").await;
    story.anna.operate(&consult, "CompleteTransfer", json!({})).await;
    story.sam.reaches(&story.call, "Released").await;
    story.sam.phone.told("ended").await;
    story.customer.listen_anew();
    story.customer.hears(&[SECOND_AGENT]).await;
    bela.phone.hears(&[CUSTOMER]).await;
    bela.phone.hang_up().await;
    story.customer.told("ended").await;
    story.ends_unheard().await;
}

#[tokio::test]
async fn outside_phone_baresip_hands_a_coached_call_on_blindly_and_the_coach_goes_along() {
    let (agent, supervisor) = (Setup::new("", AGENT), answering(SUPERVISOR));
    let mut story = Story::begin((Make::Baresip, agent), (Make::Pjsua, supervisor)).await;
    let center = &story.center;
    let bela = center.seat("bela", "ROLE_AGENT", "7115", Make::Baresip, answering(SECOND_AGENT)).await;
    story.anna.phone.transfer(&center.uri("7115")).await;
    story.anna.reaches(&story.call, "Released").await;
    story.anna.phone.told("ended").await;
    story.listen_anew();
    story.customer.hears(&[SECOND_AGENT]).await;
    story.sam.phone.hears(&[CUSTOMER, SECOND_AGENT]).await;
    story.ends_when_a_second_hangs_up(bela).await;
}

#[tokio::test]
async fn outside_phones_go_on_by_themselves_when_the_agent_is_muted_by_the_supervisor() {
    let (agent, supervisor) = (Setup::new("", AGENT), answering(SUPERVISOR));
    let story = Story::begin((Make::Pjsua, agent), (Make::Baresip, supervisor)).await;
    story.sam.operate(&story.call, "SwitchToBargeIn", json!({})).await;
    story.sam.operate(&story.call, "MuteMonitoredUser", json!({})).await;
    story.listen_anew();
    story.customer.hears(&[SUPERVISOR]).await;
    story.anna.phone.hears(&[CUSTOMER, SUPERVISOR]).await;
    story.sam.phone.hears(&[CUSTOMER]).await;
    story.sam.operate(&story.call, "UnmuteMonitoredUser", json!({})).await;
    story.listen_anew();
    story.customer.hears(&[AGENT, SUPERVISOR]).await;
    story.customer_hangs_up().await;
}

impl Story {
    async fn begin(agent: (Make, Setup), supervisor: (Make, Setup)) -> Box<Story> {
        Story::begin_with("Call", agent, supervisor).await
    }

    /// A supervisor orders to coach an agent; a customer calls; the agent's telephone rings and is answered.
    async fn begin_with(scope: &str, agent: (Make, Setup), supervisor: (Make, Setup)) -> Box<Story> {
        let center = CallCenter::open().await;
        let mut anna = center.seat("anna", "ROLE_AGENT", "7101", agent.0, agent.1).await;
        let sam = center.seat("sam", "ROLE_SUPERVISOR", "5005", supervisor.0, supervisor.1).await;
        let target = format!("{}/api/v2/devices/{}", center.center.server.base(), anna.device);
        let order = json!({"targetDeviceUri": target, "supervisorMonitoringScope": scope});
        sam.at_device("Coach", order).await;
        anna.desk.set_state("Ready").await;

        let mut customer = center.customer(CUSTOMER).await;
        customer.call(&center.uri(QUEUE)).await;
        let call = anna.call_in("Ringing").await;
        anna.takes().await;
        customer.told("established").await;
        anna.reaches(&call, "Established").await;
        sam.phone.told("established").await;
        sam.reaches(&call, "Established").await;
        let story = Box::new(Story { center, customer, anna, sam, call });
        story.whispers().await;
        story
    }

    /// Everybody hears whom a coached call lets him hear.
    async fn whispers(&self) {
        self.listen_anew();
        self.anna.phone.hears(&[CUSTOMER, SUPERVISOR]).await;
        self.sam.phone.hears(&[CUSTOMER, AGENT]).await;
        self.customer.hears(&[AGENT]).await;
        assert!(!self.customer.ever_heard(SUPERVISOR), "{}", self.customer.everything_heard());
    }

    fn listen_anew(&self) {
        for phone in [&self.customer, &self.anna.phone, &self.sam.phone] {
            phone.listen_anew();
        }
    }

    async fn supervisor_switches(&mut self) {
        self.sam.operate(&self.call, "SwitchToListenIn", json!({})).await;
        self.listen_anew();
        self.anna.phone.hears(&[CUSTOMER]).await;
        self.sam.phone.hears(&[CUSTOMER, AGENT]).await;
        self.customer.hears(&[AGENT]).await;
        self.sam.operate(&self.call, "SwitchToCoach", json!({})).await;
        self.whispers().await;
        self.sam.operate(&self.call, "SwitchToBargeIn", json!({})).await;
        self.listen_anew();
        self.customer.hears(&[AGENT, SUPERVISOR]).await;
        self.anna.phone.hears(&[CUSTOMER, SUPERVISOR]).await;
        self.sam.phone.hears(&[CUSTOMER, AGENT]).await;
        self.sam.operate(&self.call, "SwitchToListenIn", json!({})).await;
        self.listen_anew();
        self.customer.hears(&[AGENT]).await;
        self.anna.phone.hears(&[CUSTOMER]).await;
    }

    /// By the API, and then on the telephone itself.
    async fn agent_holds(&mut self) {
        self.anna.operate(&self.call, "Hold", json!({})).await;
        self.anna.reaches(&self.call, "Held").await;
        self.listen_anew();
        self.customer.hears(&[MUSIC]).await;
        self.anna.operate(&self.call, "Retrieve", json!({})).await;
        self.listen_anew();
        self.customer.hears(&[AGENT]).await;

        self.anna.phone.hold().await;
        self.anna.reaches(&self.call, "Held").await;
        self.listen_anew();
        self.customer.hears(&[MUSIC]).await;
        self.anna.phone.resume().await;
        self.anna.reaches(&self.call, "Established").await;
        self.listen_anew();
        self.customer.hears(&[AGENT]).await;
        if self.anna.phone.records_after_hold() {
            self.anna.phone.hears(&[CUSTOMER]).await;
        }
    }

    async fn digits_reach_the_agent(&mut self) {
        self.customer.send_digits("15#").await;
        self.anna.phone.gets_digits("15#").await;
        self.anna.operate(&self.call, "SendDtmf", json!({"digits": "42"})).await;
        self.customer.gets_digits("42").await;
    }

    async fn customer_hangs_up(mut self: Box<Self>) {
        self.customer.hang_up().await;
        for seat in [&self.anna, &self.sam] {
            seat.reaches(&self.call, "Released").await;
            seat.phone.told("ended").await;
        }
        self.center.close().await;
    }

    /// A second agent is asked while the customer waits.
    async fn agent_asks_a_second(&mut self, operation: &str) -> (Seat, String) {
        let bela = self.center.seat("bela", "ROLE_AGENT", "7115", Make::Pjsua, answering(SECOND_AGENT)).await;
        let to = json!({"destination": {"phoneNumber": bela.number}});
        self.anna.operate(&self.call, operation, to).await;
        let consult = self.anna.call_in("Dialing").await;
        bela.phone.told("established").await;
        self.anna.reaches(&consult, "Established").await;
        self.listen_anew();
        bela.phone.hears(&[AGENT]).await;
        self.anna.phone.hears(&[SECOND_AGENT]).await;
        self.customer.hears(&[MUSIC]).await;
        (bela, consult)
    }

    async fn agent_confers_with_a_second(&mut self) -> Seat {
        let (bela, consult) = self.agent_asks_a_second("InitiateConference").await;
        self.anna.operate(&consult, "CompleteConference", json!({})).await;
        self.listen_anew();
        bela.phone.listen_anew();
        self.customer.hears(&[AGENT, SECOND_AGENT]).await;
        bela.phone.hears(&[CUSTOMER, AGENT]).await;
        self.anna.phone.hears(&[CUSTOMER, SECOND_AGENT, SUPERVISOR]).await;
        self.sam.phone.hears(&[CUSTOMER, AGENT, SECOND_AGENT]).await;
        self.nobody_overheard(&bela);
        bela
    }

    /// The others go on.
    async fn agent_leaves_the_conference(&mut self, bela: &Seat) {
        self.anna.phone.hang_up().await;
        self.anna.reaches(&self.call, "Released").await;
        self.listen_anew();
        bela.phone.listen_anew();
        self.customer.hears(&[SECOND_AGENT]).await;
        self.sam.phone.hears(&[CUSTOMER, SECOND_AGENT]).await;
    }

    async fn agent_hands_the_call_on(&mut self) -> Seat {
        let (bela, consult) = self.agent_asks_a_second("InitiateTransfer").await;
        self.anna.operate(&consult, "CompleteTransfer", json!({})).await;
        self.anna.reaches(&self.call, "Released").await;
        self.anna.phone.told("ended").await;
        self.listen_anew();
        self.customer.hears(&[SECOND_AGENT]).await;
        self.sam.phone.hears(&[CUSTOMER, SECOND_AGENT]).await;
        bela
    }

    async fn ends_when_a_second_hangs_up(self: Box<Self>, mut bela: Seat) {
        bela.phone.hang_up().await;
        for phone in [&self.customer, &self.sam.phone] {
            phone.told("ended").await;
        }
        self.sam.reaches(&self.call, "Released").await;
        self.ends_unheard().await;
    }

    /// The customer never heard the coach: neither from his telephone nor on the wire to it.
    async fn ends_unheard(self: Box<Self>) {
        assert!(!self.customer.ever_heard(SUPERVISOR), "{}", self.customer.everything_heard());
        let captured = self.center.close().await;
        let wire = captured.heard_at(self.customer.media);
        assert!(hold_exactly(&wire, &[SECOND_AGENT]) && !was_heard(&wire, SUPERVISOR), "{}", describe(&wire));
        assert_eq!(
            captured.sources_to(self.customer.media),
            1,
            "whoever speaks, the customer hears one source"
        );
    }

    /// In a conference a coach is heard by the coached agent alone.
    fn nobody_overheard(&self, bela: &Seat) {
        for phone in [&self.customer, &bela.phone] {
            assert!(!phone.ever_heard(SUPERVISOR), "{}: {}", phone.setup.user, phone.everything_heard());
        }
    }
}
