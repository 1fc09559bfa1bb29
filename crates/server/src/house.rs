//! Store, engine, web server and gateways put together: what `serve` runs, and the demo as well.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bus::Bus;
use bus::local::LocalBus;
use engine::Engine;
use sms_gateway::Gateway;
use store::Store;
use store::sqlite::SqliteStore;
use tokio::net::TcpListener;
use web_server::{SoundSettles, WebServer};

use crate::config::Settings;
use crate::failure::Failure;
use crate::figures::Figures;

/// A server that is ready, and listens from [`House::run`] on.
pub struct House {
    /// The contact centers.
    pub engine: Engine,
    /// Where it listens.
    pub address: SocketAddr,
    /// What clients call it.
    pub base_url: String,
    /// The data directory.
    pub data: PathBuf,
    web: WebServer,
    gateway: Gateway,
    telephones: Option<voice_gateway::Gateway>,
    listener: TcpListener,
    figures: Arc<Figures>,
}

impl House {
    /// Opens the store, takes the address, loads everything.
    ///
    /// # Errors
    /// What stands in the way.
    pub async fn open(settings: &Settings, figures: Arc<Figures>) -> Result<House, Failure> {
        let data = settings.data.clone();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&data, settings.durability)?);
        let no_address = |error| Failure::Address(settings.http, error);
        let listener = TcpListener::bind(settings.http).await.map_err(no_address)?;
        let address = listener.local_addr().map_err(no_address)?;
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::default());
        let engine = Engine::start(store, Arc::clone(&bus)).await;
        let engine = engine.map_err(|error| Failure::Data(data.clone(), error))?;
        let mut web = settings.web_config(address);
        let rendered = Arc::clone(&figures);
        web.metrics = Some(Arc::new(move || rendered.render()));
        // Before anything can be said that goes out by text.
        let gateway = Gateway::start(&engine, &*bus, settings.sms_config())?;
        let telephones = match settings.voice_config() {
            Some(config) => {
                if let Some(folder) = &config.recordings {
                    // What stands in the way, the gateway says.
                    let _ = std::fs::create_dir_all(folder);
                }
                let telephones = voice_gateway::Gateway::start(&engine, &*bus, config).await?;
                if let Some(telephony) = &mut web.telephony {
                    telephony.sound_settles = Some(sound_settles(telephones.sound_check()));
                }
                Some(telephones)
            }
            None => None,
        };
        let web = WebServer::new(web, engine.clone(), bus)?;
        let base_url = settings.base_url(address);
        Ok(House { engine, address, base_url, data, web, gateway, telephones, listener, figures })
    }

    /// Serves until `shutdown`; then answers what waits, and keeps everything.
    ///
    /// # Errors
    /// Connections can no longer be accepted.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), Failure> {
        let serving = self.web.serve(self.listener, shutdown);
        let served = tokio::select! {
            served = serving => served,
            never = self.figures.fold() => match never {},
        };
        if let Some(telephones) = self.telephones {
            telephones.shut_down().await;
        }
        self.gateway.shut_down().await;
        self.engine.shut_down().await;
        served.map_err(Failure::Socket)
    }
}

/// What the API waits for before it says that somebody is not heard any more.
fn sound_settles(check: voice_gateway::SoundCheck) -> Arc<SoundSettles> {
    Arc::new(move || {
        let check = check.clone();
        Box::pin(async move { check.settled().await })
    })
}
