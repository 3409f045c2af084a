//! Depth and oldest age of what waits.

use std::time::SystemTime;

use wirepath_runtime::store::Depth;

use super::lane;

/// Sets `wirepath_smpp_spool_depth` and `wirepath_smpp_spool_oldest_seconds`, by kind of lane: chains of binds have one each, all
/// ESMEs together one.
pub(super) fn set(depths: &[Depth]) {
    for kind in ["out", "sent", "parts", "in", "dead"] {
        let of_kind = depths.iter().filter(|depth| kind_of(depth) == kind);
        let (waiting, oldest) = of_kind.fold((0, None), |(waiting, oldest), depth| {
            let oldest: Option<SystemTime> = match (oldest, depth.oldest) {
                (Some(one), Some(other)) => Some(std::cmp::min(one, other)),
                (one, other) => one.or(other),
            };
            (waiting + depth.ready + depth.delayed + depth.leased, oldest)
        });
        let age = oldest.map_or(0.0, |at| at.elapsed().unwrap_or_default().as_secs_f64());
        metrics::gauge!("wirepath_smpp_spool_depth", "stage" => kind).set(waiting as f64);
        metrics::gauge!("wirepath_smpp_spool_oldest_seconds", "stage" => kind).set(age);
    }
}

fn kind_of(depth: &Depth) -> &'static str {
    match depth.lane.as_str() {
        lane::SENT => "sent",
        lane::PARTS => "parts",
        lane::DEAD => "dead",
        _ if lane::is_inward(&depth.lane) => "in",
        _ => "out",
    }
}
