//! What the files of a journal hold, when a store opens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;

use super::WATERMARK;
use super::file;
use super::frame::{self, FILE_HEADER, Found, MARK};
use super::layer::Layer;
use crate::store::Source;
use crate::store::embedded::engine::{Engine, Table};

/// What was found.
pub(super) struct Recovered {
    pub(super) layer: Layer,
    /// The files that it came from.
    pub(super) files: Vec<(u64, PathBuf)>,
    /// The highest number that was ever used, as far as is known.
    pub(super) last: u64,
    /// A file to write over.
    pub(super) spare: Option<PathBuf>,
}

/// Reads the files that the tables do not have in full, and removes the others.
///
/// A frame that a crash has cut off is the last one, and was not acknowledged. One in the middle that is damaged is another
/// matter: what it wrote is lost, and that is said; the frames after it count.
pub(super) fn recover(folder: &Path, tables: &dyn Engine) -> Result<Recovered, Source> {
    let io = |error: std::io::Error| Arc::new(error) as Source;
    let watermark = tables.get(Table::Meta, WATERMARK)?;
    let watermark =
        watermark.and_then(|record| Some(u64::from_be_bytes((&record[..]).try_into().ok()?)));
    let mut files = file::list(folder).map_err(io)?;
    let mut found = Recovered {
        layer: Layer::default(),
        files: Vec::new(),
        last: watermark.unwrap_or(0),
        spare: files.spare.pop(),
    };
    for spare in files.spare {
        std::fs::remove_file(&spare).map_err(io)?;
    }
    for (number, path) in files.numbered {
        found.last = found.last.max(number);
        if watermark.is_some_and(|watermark| number <= watermark) {
            std::fs::remove_file(&path).map_err(io)?;
            continue;
        }
        let octets = Bytes::from(std::fs::read(&path).map_err(io)?);
        let lost = replay(&octets, number, &mut found.layer);
        if lost > 0 {
            tracing::error!(
                path = %path.display(), octets = lost,
                "a part of the store's journal is damaged and what it held is lost; check the disk, and look up in the log of \
                 its time what it was"
            );
            metrics::counter!("wirepath_store_damaged_total").increment(1);
        }
        found.files.push((number, path));
    }
    Ok(found)
}

/// Applies the frames of a file, and gives how many octets between two of them were none.
fn replay(octets: &Bytes, file: u64, layer: &mut Layer) -> usize {
    // A crash may leave a file whose header was never written: it has no frames then.
    let Some(salt) = frame::salt(octets, file) else {
        return octets.len().saturating_sub(FILE_HEADER);
    };
    let (mut at, mut lost, mut skipped) = (FILE_HEADER, 0, 0);
    let mut next = 0;
    while at < octets.len() {
        let rest = octets.slice(at..);
        match frame::decode(&rest, salt) {
            // An older one than the last stands there no more: it is a record that looks like one.
            Found::Frame { frame, octets: length, writes } if frame >= next => {
                for span in &writes {
                    // Whether the tables have it is not known: they may have the file in part.
                    layer.write(&rest, span, false);
                }
                (lost, skipped) = (lost + skipped, 0);
                next = frame.saturating_add(1);
                at += length;
            }
            _ => {
                let rest = octets.get(at + 1..).unwrap_or_default();
                let step = memchr::memmem::find(rest, &MARK);
                let step = step.map_or(octets.len() - at, |step| step + 1);
                at += step;
                skipped += step;
            }
        }
    }
    lost
}
