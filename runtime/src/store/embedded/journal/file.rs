//! The files of a journal.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::frame::{FILE_HEADER, Place, file_header};

const EXTENSION: &str = "wpj";
/// Of files that hold nothing any more.
const SPARE: &str = "spare";
/// So many times fewer octets are written to a file that is not prepared.
const UNPREPARED: u64 = 8;
/// Octets that are written at a time to prepare one.
const AT_ONCE: usize = 1 << 20;

/// A file that frames are appended to.
#[derive(Debug)]
pub(super) struct JournalFile {
    file: File,
    path: PathBuf,
    number: u64,
    salt: u64,
    len: u64,
    frames: u64,
    /// Its blocks are there, written before: an fsync writes what has changed in them, and nothing of where they are.
    is_prepared: bool,
    /// An append has failed: what stands at the end is not known, and nothing is added after it.
    is_torn: bool,
}

impl JournalFile {
    /// Makes a file. It is there after a crash too.
    ///
    /// Where there is a spare one that is written over. What it held before is none of the new file's, as the salt is another.
    pub(super) fn create(
        folder: &Path,
        number: u64,
        spare: Option<PathBuf>,
    ) -> Result<Self, Error> {
        let path = folder.join(format!("{number:020}.{EXTENSION}"));
        let is_prepared = spare.is_some();
        let mut file = match &spare {
            Some(spare) => to_write().open(spare)?,
            None => to_write().create_new(true).open(&path)?,
        };
        let salt = RandomState::new().build_hasher().finish();
        file.write_all(&file_header(number, salt))?;
        file.sync_all()?;
        if let Some(spare) = spare {
            // With its new header: under its new name it is never a file of another.
            std::fs::rename(spare, &path)?;
        }
        sync_folder(folder)?;
        let len = FILE_HEADER as u64;
        Ok(Self { file, path, number, salt, len, frames: 0, is_prepared, is_torn: false })
    }

    /// The file after this one.
    pub(super) fn next(&self, spare: Option<PathBuf>) -> Result<Self, Error> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        Self::create(folder, self.number.saturating_add(1), spare)
    }

    /// Adds a frame, and returns when it is on disk.
    ///
    /// What `fdatasync` does is enough: it leaves out times, and writes the length.
    pub(super) fn append(&mut self, frame: &[u8]) -> Result<(), Error> {
        if self.is_torn {
            return Err(Error::new(
                ErrorKind::BrokenPipe,
                "an earlier write of the journal failed",
            ));
        }
        self.is_torn = true;
        self.file.write_all(frame)?;
        if !WRITES_ARE_SYNCED {
            self.file.sync_data()?;
        }
        self.is_torn = false;
        self.len = self.len.saturating_add(frame.len() as u64);
        self.frames += 1;
        Ok(())
    }

    /// Whether there is no room for another frame. A file that is not prepared is left soon: appending to one takes twice as long.
    pub(super) fn is_full(&self, octets: u64) -> bool {
        self.len >= if self.is_prepared { octets } else { octets / UNPREPARED }
    }

    /// Its number and its path.
    pub(super) fn name(&self) -> (u64, PathBuf) {
        (self.number, self.path.clone())
    }

    /// Where the next frame will stand.
    pub(super) fn next_frame(&self) -> Place {
        Place { salt: self.salt, frame: self.frames }
    }
}

/// A write returns when it is on disk.
const WRITES_ARE_SYNCED: bool = cfg!(target_os = "linux");

/// Linux has `O_DSYNC` for it: what a write and `fdatasync` do, but the system looks at the written part of the file alone.
fn to_write() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::DSYNC.bits().cast_signed());
    }
    options
}

/// Makes a spare file of one whose content is not needed any more, with so many octets of blocks.
pub(super) fn retire(path: &Path, octets: u64) -> Result<PathBuf, Error> {
    let spare = path.with_extension(SPARE);
    std::fs::rename(path, &spare)?;
    let mut file = OpenOptions::new().append(true).open(&spare)?;
    let mut len = file.metadata()?.len();
    let zeros = vec![0; AT_ONCE];
    while len < octets {
        let some = zeros.get(..usize::try_from(octets - len).unwrap_or(AT_ONCE)).unwrap_or(&zeros);
        file.write_all(some)?;
        len += some.len() as u64;
    }
    file.sync_all()?;
    Ok(spare)
}

/// What is in a folder.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Files with their numbers, oldest first.
    pub(super) numbered: Vec<(u64, PathBuf)>,
    /// Files to write over.
    pub(super) spare: Vec<PathBuf>,
}

/// Looks into a folder.
pub(super) fn list(folder: &Path) -> Result<Files, Error> {
    let mut files = Files::default();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(extension) = path.extension() else { continue };
        if extension == SPARE {
            files.spare.push(path);
        } else if extension == EXTENSION
            && let Some(number) = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok())
        {
            files.numbered.push((number, path));
        }
    }
    files.numbered.sort_unstable();
    Ok(files)
}

/// A file whose name is not on disk is not there after a crash, whatever is in it.
fn sync_folder(folder: &Path) -> Result<(), Error> {
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()), // other systems open no folders, and write names down by themselves
    }
}
