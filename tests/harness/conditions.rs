//! What a page has to live with: no network, a slow one, a slow processor, a small or dense screen.
//! It knows no page of ours.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::cdp::locked;
use crate::page::Page;

/// A connection as the browser's own developer tools name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    Unlimited,
    Offline,
    /// 9 Mbit/s down, 1.5 up, a tenth of it lost; 165 ms for every request.
    Fast4g,
}

impl Network {
    fn conditions(self) -> Value {
        const BITS_A_BYTE: f64 = 8.0;
        let (offline, latency_ms, down_mbit, up_mbit) = match self {
            Self::Unlimited => (false, 0.0, None, None),
            Self::Offline => (true, 0.0, None, None),
            Self::Fast4g => (false, 165.0, Some(8.1), Some(1.35)),
        };
        let bytes = |mbit: Option<f64>| mbit.map_or(-1.0, |mbit| mbit * 1e6 / BITS_A_BYTE);
        json!({
            "offline": offline, "latency": latency_ms,
            "downloadThroughput": bytes(down_mbit), "uploadThroughput": bytes(up_mbit),
        })
    }
}

impl Page {
    /// For the page and its frames, as many as there are now; workers cannot be told.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn set_network(&self, network: Network) -> Result<()> {
        let tree = locked(&self.targets).tree(&self.session);
        for target in tree.iter().filter(|target| !target.gone && target.kind != "worker") {
            let method = "Network.emulateNetworkConditions";
            self.cdp.call(&target.session, method, network.conditions()).await?;
        }
        Ok(())
    }

    /// Makes the processor look this many times as slow.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn slow_down(&self, times: u32) -> Result<()> {
        self.call("Emulation.setCPUThrottlingRate", json!({ "rate": times })).await.map(drop)
    }

    /// A screen of so many CSS pixels, each of `scale` × `scale` dots: a page at 200 % is one with
    /// half the pixels, each twice as wide.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn set_screen(&self, width: u32, height: u32, scale: u32) -> Result<()> {
        let screen = json!({
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": false,
        });
        self.call("Emulation.setScrollbarsHidden", json!({ "hidden": true })).await?;
        self.call("Emulation.setDeviceMetricsOverride", screen).await.map(drop)
    }

    /// One of the browser's own figures about the page, such as `ScriptDuration` in seconds.
    ///
    /// # Errors
    /// There is no such figure.
    pub async fn figure(&self, name: &str) -> Result<f64> {
        self.call("Performance.enable", json!({})).await?;
        let told = self.call("Performance.getMetrics", json!({})).await?;
        let all = told["metrics"].as_array().context("no metrics")?;
        let found = all.iter().find(|at| at["name"] == name);
        found.and_then(|at| at["value"].as_f64()).with_context(|| format!("no {name}"))
    }

    /// Lets the browser throw away what nothing refers to.
    ///
    /// # Errors
    /// The page is gone.
    pub async fn collect_garbage(&self) -> Result<()> {
        self.call("HeapProfiler.collectGarbage", json!({})).await.map(drop)
    }
}
