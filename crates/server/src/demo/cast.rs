//! The people of the demo: made through the API by the administrator, and free for everybody to log in as.

use serde_json::json;
use test_kit::{HttpClient, Transport};

use super::carrier;
use super::columns::Look;
use super::screen::Screen;
use super::seat::{self, Seat};
use super::telephones::{self, DEVICES, Telephones};
use crate::failure::Failure;

/// Name, role as people say it, role as the API says it, and how the client of the demo listens.
const PEOPLE: [(&str, &str, &str, Transport); 4] = [
    ("sam", "supervisor", "ROLE_SUPERVISOR", Transport::WebSocket),
    ("anna", "agent", "ROLE_AGENT", Transport::LongPolling),
    ("bela", "agent", "ROLE_AGENT", Transport::LongPolling),
    ("carl", "agent", "ROLE_AGENT", Transport::WebSocket),
];

/// Everybody with a desk, and where they work.
pub struct Cast {
    /// `http://ADDR:PORT`
    pub base: String,
    /// Where the phones of those who text are.
    pub phones: String,
    /// What customers name.
    pub contact_center: String,
    /// The people.
    pub seats: Vec<Seat>,
    /// Where telephones sign in.
    pub telephones: Telephones,
    /// The ids of the devices, in the order of [`DEVICES`].
    devices: Vec<String>,
    admin: HttpClient,
}

/// The password of one of the demo's people.
pub fn password(name: &str) -> String {
    format!("curtain-up-{name}")
}

impl Cast {
    /// Makes the people and logs them in, gives them telephones, and those who text or call a queue.
    pub async fn gather(
        base: &str,
        phones: String,
        telephones: Telephones,
        administrator: &str,
    ) -> Result<Cast, Failure> {
        let admin = HttpClient::new(base);
        admin.set_basic(administrator, &password(administrator));
        let failed = |error: test_kit::HttpError| Failure::Demo(error.to_string());
        let me = seat::succeeded(&admin.get("/api/v2/me").await.map_err(failed)?)?;
        let contact_center = seat::text(&me["user"], "contactCenterId")?;
        let mut seats = Vec::new();
        for (name, role, role_name, transport) in PEOPLE {
            let user = json!({
                "userName": name, "password": password(name), "roles": [role_name],
                "firstName": capitalized(name), "lastName": capitalized(role),
            });
            seat::succeeded(&admin.post("/api/v2/users", &user).await.map_err(failed)?)?;
            seats.push(Seat::log_in(base, name, &password(name), transport).await?);
        }
        let queue = json!({"name": "Parcels", "channel": "smssession", "phoneNumber": carrier::NUMBER});
        seat::succeeded(&admin.post("/api/v2/queues", &queue).await.map_err(failed)?)?;
        let queue = json!({"name": "Hotline", "channel": "voice", "phoneNumber": telephones::NUMBER});
        seat::succeeded(&admin.post("/api/v2/queues", &queue).await.map_err(failed)?)?;
        let mut cast = Cast {
            base: base.to_owned(),
            phones,
            contact_center,
            seats,
            telephones,
            devices: Vec::new(),
            admin,
        };
        for (name, number) in DEVICES {
            let device = json!({"phoneNumber": number, "sipPassword": password(name)});
            let path = format!("/api/v2/users/{}/devices", cast.seat(name)?.id);
            let made = seat::succeeded(&cast.admin.post(&path, &device).await.map_err(failed)?)?;
            cast.devices.push(seat::text(&made, "id")?);
        }
        Ok(cast)
    }

    /// The id of somebody's telephone.
    pub fn device(&self, name: &str) -> Result<&str, Failure> {
        let found = DEVICES.iter().zip(&self.devices).find(|((owner, _), _)| *owner == name);
        found.map(|(_, id)| id.as_str()).ok_or_else(|| Failure::Demo(format!("{name} has no telephone")))
    }

    /// Its number.
    pub fn number(&self, name: &str) -> Result<&'static str, Failure> {
        let found = DEVICES.iter().find(|(owner, _)| *owner == name);
        found.map(|(_, number)| *number).ok_or_else(|| Failure::Demo(format!("{name} has no telephone")))
    }

    /// Whether a phone is registered for somebody.
    pub async fn is_registered(&self, name: &str) -> Result<bool, Failure> {
        let path = format!("/api/v2/devices/{}", self.device(name)?);
        let answer = self.admin.get(&path).await.map_err(|error| Failure::Demo(error.to_string()))?;
        Ok(seat::succeeded(&answer)?["device"]["sip"]["registered"] == true)
    }

    /// Forgets that somebody has opted out, in an earlier telling.
    pub async fn opt_in(&self, number: &str) {
        // Nobody has, the first time.
        let _ = self.admin.delete(&format!("/api/v2/sms-suppressions/{number}")).await;
    }

    /// Somebody's desk.
    pub fn seat(&self, name: &str) -> Result<&Seat, Failure> {
        let found = self.seats.iter().find(|seat| seat.name == name);
        found.ok_or_else(|| Failure::Demo(format!("nobody is called {name}")))
    }

    /// Everybody sits down anew, not ready.
    pub async fn sit_down(&mut self) -> Result<(), Failure> {
        for seat in &mut self.seats {
            seat.sit_down().await?;
        }
        Ok(())
    }

    /// Tells who plays, and how to join in.
    pub fn introduce(&self, screen: &Screen, administrator: &str) -> Result<(), Failure> {
        let (base, center) = (&self.base, &self.contact_center);
        screen.gap()?;
        screen.tell(
            &format!("Souffleur is running at {base}, on data that is thrown away at the end."),
            Look::Told,
        )?;
        screen.gap()?;
        let row = |name: &str, password: &str, role: &str| format!("   {name:<8}{password:<20}{role}");
        let mut lines = vec![row("user", "password", "role")];
        lines.push(row(administrator, &password(administrator), "administrator"));
        lines.extend(PEOPLE.iter().map(|(name, role, ..)| row(name, &password(name), role)));
        lines.extend([
            String::new(),
            format!("   contact center  {center}"),
            String::new(),
            "   Look over anna's shoulder while she works:".to_owned(),
            format!("   curl -u anna:{} '{base}/api/v2/me?subresources=*'", password("anna")),
            String::new(),
            "   Be a customer yourself:".to_owned(),
            format!("   curl {base}/api/v2/chats \\"),
            format!("     -H 'ContactCenterId: {center}' -H 'Content-Type: application/json' \\"),
            r#"     -d '{"operationName":"RequestChat","nickname":"You","subject":"Hello"}'"#.to_owned(),
            String::new(),
            format!("   Or text to {}, with a phone of the simulated carrier:", carrier::NUMBER),
            format!("   {}/", self.phones),
            String::new(),
            "   Or hear the coaching: register a softphone as sam before a call is told.".to_owned(),
            format!("   server {}, UDP or TCP", self.telephones.address),
        ]);
        lines.extend(
            DEVICES.map(|(name, number)| format!("   {name:<8}user {number}, password {}", password(name))),
        );
        screen.show(&lines)
    }

    /// Tells how to join in, once more.
    pub fn invite(&self, screen: &Screen) -> Result<(), Failure> {
        screen.gap()?;
        let text = format!(
            "Now you: log in at {} as anna with {} (bela, carl and sam likewise), and text to {} from {}/. More stories \
             follow until Ctrl-C; the people stay at their desks for you.",
            self.base,
            password("anna"),
            carrier::NUMBER,
            self.phones
        );
        screen.tell(&text, Look::Told)?;
        let text = format!(
            "Or register a softphone at {} as user {} with {}: from the next call on it is called in instead of sam's \
             simulated phone, you hear anna and the customer, and only anna hears you.",
            self.telephones.address,
            self.number("sam")?,
            password("sam"),
        );
        screen.tell(&text, Look::Told)
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
