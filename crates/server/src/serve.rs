//! `souffleur serve` and `souffleur check-config`.

use std::io::Write as _;
use std::path::PathBuf;

use crate::arguments::{CheckConfigArguments, ServeArguments};
use crate::config::{self, Effective, Given};
use crate::failure::Failure;
use crate::figures::Figures;
use crate::first_start::{self, Administrator};
use crate::house::House;
use crate::logs;
use crate::signals::Signals;

/// Runs the server until it is asked to stop.
///
/// # Errors
/// Why it could not start or go on.
pub fn run(arguments: &ServeArguments) -> Result<(), Failure> {
    let effective = settings(arguments.config.clone(), arguments.flags())?;
    logs::start(effective.settings.log_format, &effective.settings.log_filter);
    for (variable, meant) in &effective.suspicious {
        tracing::warn!(
            variable,
            meant,
            "a variable of the environment sets nothing; a key has nearly its name"
        );
    }
    let runtime = crate::runtime()?;
    let ended = runtime.block_on(serve(&effective));
    if matches!(ended, Err(Failure::Impatient)) {
        // Whatever still runs is left as it is.
        runtime.shutdown_background();
    }
    ended
}

/// Prints the configuration in force.
///
/// # Errors
/// What is wrong with it.
pub fn check_config(arguments: CheckConfigArguments) -> Result<(), Failure> {
    if arguments.example {
        return print(&config::example());
    }
    print(&config::print(&settings(arguments.config, Vec::new())?))
}

/// Writes to standard output.
///
/// # Errors
/// Nobody reads it.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Failure::Output)
}

async fn serve(effective: &Effective) -> Result<(), Failure> {
    let settings = &effective.settings;
    let mut signals = Signals::new()?;
    let house = House::open(settings, Figures::start()).await?;
    if let Some(administrator) = first_start::found(&house, Administrator::of_environment()).await? {
        print(&format!(
            "administrator {} with password {} (shown only now; POST /api/v2/me ChangePassword changes it)\n",
            administrator.user, administrator.password
        ))?;
    }
    if house.address.ip().is_unspecified() && settings.public_url.is_none() {
        tracing::warn!(
            url = house.base_url,
            "no client reaches this URL, with which links begin: set public_url"
        );
    }
    print(&format!("listening on {}://{}\n", settings.scheme(), house.address))?;
    tracing::info!(address = %house.address, url = house.base_url, data = %house.data.display(), "ready");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = house.run(async move {
        // An error is the end of the other side, and of this one.
        let _ = stopped.await;
    });
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => return ended,
        () = signals.next() => tracing::info!("stopping; a second signal stops at once"),
    }
    drop(stop);
    tokio::select! {
        ended = &mut running => ended.inspect(|()| tracing::info!("stopped")),
        () = signals.next() => Err(Failure::Impatient),
    }
}

fn settings(
    config: Option<PathBuf>,
    flags: Vec<(&'static str, &'static str, String)>,
) -> Result<Effective, Failure> {
    let of_environment =
        || std::env::var_os("SOUFFLEUR_CONFIG").filter(|it| !it.is_empty()).map(PathBuf::from);
    let file = config.or_else(of_environment).map(config::read_file).transpose()?;
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())));
    Ok(config::load(&Given { file, flags, variables: variables.collect() })?)
}
