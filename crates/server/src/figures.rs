//! Metrics: where the crates' counters are kept, and what the process itself is like.

use std::sync::Arc;
use std::time::{Duration, Instant};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds of histograms of durations, in seconds: from a commit without a flush to a hanging disk.
const SECONDS: [f64; 14] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
/// Bounds of histograms of quantities.
const COUNTS: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0];
/// How often what was measured is folded into the histograms, so that nothing piles up between two scrapes.
const FOLD_PERIOD: Duration = Duration::from_secs(5);

/// Where metrics are kept.
pub struct Figures {
    handle: PrometheusHandle,
    started: Instant,
}

impl Figures {
    /// Keeps metrics from now on; they are those of the process.
    pub fn start() -> Arc<Figures> {
        let builder = PrometheusBuilder::new();
        let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS);
        let builder = builder.and_then(|it| it.set_buckets(&COUNTS)).unwrap_or_default();
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another recorder keeps the metrics");
        }
        Arc::new(Figures { handle, started: crate::clock::now() })
    }

    /// All metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        let uptime = crate::clock::now().duration_since(self.started);
        metrics::gauge!("souffleur_uptime_seconds").set(uptime.as_secs_f64());
        if let Some(bytes) = resident_bytes() {
            metrics::gauge!("process_resident_memory_bytes").set(bytes as f64);
        }
        if let Ok(entries) = std::fs::read_dir("/proc/self/fd") {
            metrics::gauge!("process_open_fds").set(entries.count() as f64);
        }
        self.handle.render()
    }

    /// Keeps the histograms folded, for as long as this is polled.
    pub async fn fold(&self) -> std::convert::Infallible {
        let mut period = tokio::time::interval(FOLD_PERIOD);
        loop {
            period.tick().await;
            self.handle.run_upkeep();
        }
    }
}

/// What Linux says of the process' memory; nothing elsewhere.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}
