//! The caller's calls: what telephones ring of and who talks on them.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use contact_center::calls::{CallOrder, CallView};
use contact_center::directory::VOICE;
use contact_center::{CallId, Command, DeviceId, Refusal};
use engine::Denial;
use public_api::operations::{CALL, DEVICE_CALLS, DeviceCallsOperation};
use public_api::parse;
use tokio::time::timeout;

use super::answer::{Answer, Json, done};
use super::asked::{At, Search, Sent};
use super::person::{Person, Reader};
use super::{Route, route};
use crate::App;
use crate::translate::{calls, notices, refusals};

/// How long an answer waits for the sound. It takes a millisecond or two.
const SOUND_SETTLES_WITHIN: Duration = Duration::from_millis(500);

pub(super) fn routes() -> Vec<Route> {
    vec![
        route("/me/calls", get(list)),
        route("/me/calls/{id}", get(read).post(operate)),
        // Clients that put a call's path behind the API's base come here.
        route("/calls/{id}", get(read).post(operate)),
        route("/me/devices/{id}/calls", post(dial)),
    ]
}

async fn list(State(app): State<Arc<App>>, person: Person, Search(query): Search) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(VOICE)?;
            let views = own_calls(reader);
            let all: Vec<_> = views.iter().map(|view| calls::call(view, reader.source.place())).collect();
            Ok(Json(query.answer_collection("calls", &all, false)))
        })
        .await
}

/// The calls that the caller is in or that ring.
pub(super) fn own_calls(reader: Reader<'_>) -> Vec<CallView> {
    reader.source.center.calls_of(reader.me.id).into_iter().filter_map(|call| seen(reader, call)).collect()
}

/// A call as the caller sees it; nobody is told whether others exist.
fn seen(reader: Reader<'_>, call: CallId) -> Option<CallView> {
    let center = reader.source.center;
    center.call_view(center.calls().get(&call)?, reader.me.id)
}

async fn read(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Search(query): Search,
) -> Answer {
    person
        .read(&app, move |reader| {
            reader.check_feature(VOICE)?;
            let id: CallId = id.parse().map_err(|_| Refusal::UnknownCall)?;
            let view = seen(reader, id).ok_or(Refusal::UnknownCall)?;
            Ok(Json(query.answer_object("call", &calls::call(&view, reader.source.place()))))
        })
        .await
}

async fn operate(
    State(app): State<Arc<App>>,
    person: Person,
    At(id): At<String>,
    Sent(body): Sent,
) -> Answer {
    let asked = parse(CALL, &body)?;
    person.check_operation(&app, asked.operation).await?;
    let call: CallId = id.parse().map_err(|_| Refusal::UnknownCall)?;
    let order = calls::of_call(&asked)?;
    let silences = is_about_who_is_heard(&order);
    person.order(&app, Command::Call { by: person.id(), call, order }).await?;
    if silences {
        sound_settles(&app).await;
    }
    done()
}

/// Whether somebody relies on not being heard any more, once the order is answered.
fn is_about_who_is_heard(order: &CallOrder) -> bool {
    matches!(order, CallOrder::SwitchTo(_) | CallOrder::Mute | CallOrder::Hold | CallOrder::MuteMonitoredUser)
}

/// The answer to whoever wants not to be heard comes when nobody hears it any more.
async fn sound_settles(app: &App) {
    let settles = app.config.telephony.as_ref().and_then(|telephony| telephony.sound_settles.as_ref());
    let Some(settles) = settles else { return };
    if timeout(SOUND_SETTLES_WITHIN, settles()).await.is_err() {
        tracing::warn!("an order was answered before the sound had changed");
    }
}

async fn dial(State(app): State<Arc<App>>, person: Person, At(id): At<String>, Sent(body): Sent) -> Answer {
    let asked = parse(DEVICE_CALLS, &body)?;
    person.check_operation(&app, asked.operation).await?;
    let device: DeviceId = id.parse().map_err(|_| Refusal::UnknownDevice)?;
    let command = match asked.operation_word() {
        DeviceCallsOperation::Dial => calls::dial(&asked, person.id(), device),
    };
    let outcome = person.order(&app, command).await;
    outcome.map_err(|denial| refusals::denial(told_of_absence(&app, &person, device, denial)))?;
    done()
}

/// That no phone is registered is told on the channel of the telephone as well, as the original does.
pub(super) fn told_of_absence(app: &App, person: &Person, device: DeviceId, denial: Denial) -> Denial {
    if let Denial::Refused(reason @ Refusal::NotRegistered(_)) = &denial {
        let message = refusals::refusal(reason).message;
        if let Some(news) = notices::device_failed(device, &message, &app.base) {
            app.push.publish((person.0.center, person.id()), news.topic, news.event);
        }
    }
    denial
}
