use std::sync::Mutex;

use super::*;

/// Tables in memory, which can be held up, and fail.
#[derive(Default)]
struct Memory {
    records: Mutex<std::collections::BTreeMap<(u8, Vec<u8>), Bytes>>,
    /// Held while the tables are not to get on.
    gate: Mutex<()>,
    ingested: Mutex<usize>,
    /// Whether `ingest` panics.
    panics: std::sync::atomic::AtomicBool,
}

fn place(table: Table, key: &[u8]) -> (u8, Vec<u8>) {
    (table as u8, key.to_vec())
}

impl Engine for Memory {
    fn apply(&self, writes: &Writes) -> Result<(), Source> {
        let mut records = self.records.lock().unwrap();
        for write in writes.iter() {
            match write.record {
                Some(record) => {
                    records.insert(place(write.table, write.key), Bytes::copy_from_slice(record))
                }
                None => records.remove(&place(write.table, write.key)),
            };
            *self.ingested.lock().unwrap() += 1;
        }
        Ok(())
    }

    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, Source> {
        Ok(self.records.lock().unwrap().get(&place(table, key)).cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        each: &mut dyn FnMut(&[u8], Bytes) -> bool,
    ) -> Result<(), Source> {
        let records = self.records.lock().unwrap();
        for ((of, key), record) in records.range(place(table, from)..) {
            if *of != table as u8 || !each(key, record.clone()) {
                break;
            }
        }
        Ok(())
    }

    fn ingest(
        &self,
        table: Table,
        sorted: &mut super::super::engine::Sorted<'_>,
    ) -> Result<(), Source> {
        let _gate = self.gate.lock().unwrap();
        assert!(!self.panics.load(std::sync::atomic::Ordering::Relaxed), "as the test wants it");
        let mut writes = Writes::default();
        let mut last = None;
        for (key, record) in sorted {
            assert!(last.as_deref() < Some(key), "in order, each once");
            last = Some(key.to_vec());
            match record {
                Some(record) => writes.put(table, key, record),
                None => writes.delete(table, key),
            }
        }
        self.apply(&writes)
    }
}

const SMALL: Limits = Limits { octets: 2_000, entries: 1_000 };

fn open(folder: &Path, tables: &Arc<Memory>, limits: Limits) -> Journal {
    Journal::open(folder, tables.clone(), limits).unwrap()
}

fn put(journal: &Journal, key: &str, record: &str) {
    let mut writes = Writes::default();
    writes.put(Table::Items, key.as_bytes(), record.as_bytes());
    journal.apply(&writes).unwrap();
}

fn delete(journal: &Journal, key: &str) {
    let mut writes = Writes::default();
    writes.delete(Table::Items, key.as_bytes());
    journal.apply(&writes).unwrap();
}

fn get(journal: &Journal, key: &str) -> Option<String> {
    let record = journal.get(Table::Items, key.as_bytes()).unwrap()?;
    Some(String::from_utf8(record.to_vec()).unwrap())
}

fn all(journal: &Journal) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
    let mut each = |key: &[u8], record: Bytes| {
        all.push((text(key), text(&record)));
        true
    };
    journal.scan(Table::Items, &[], &mut each).unwrap();
    all
}

fn files(folder: &Path) -> Vec<PathBuf> {
    file::list(folder).unwrap().numbered.into_iter().map(|(_, path)| path).collect()
}

/// Writes records until the tables of a file before are waited for, and says how that ended. Off this thread, and given up
/// after a while: what is tested is that it ends.
fn fill(journal: &Arc<Journal>) -> Result<(), Source> {
    let (ended, end) = std::sync::mpsc::channel();
    let of_thread = journal.clone();
    thread::spawn(move || {
        let fill = |n: u32| {
            let mut writes = Writes::default();
            writes.put(Table::Items, format!("{n:04}").as_bytes(), b"a message");
            of_thread.apply(&writes)
        };
        let _ = ended.send((0..1_000).try_for_each(fill));
    });
    end.recv_timeout(std::time::Duration::from_secs(20)).expect("it ends")
}

/// Waits until the tables have what was frozen.
fn settle(journal: &Journal) {
    let mut work = journal.shared.work();
    while work.is_pending {
        work = journal.shared.changed.wait(work).unwrap();
    }
}

#[test]
fn what_ends_in_its_file_never_reaches_the_tables() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    let journal = open(folder.path(), &tables, SMALL);
    for n in 0..1_000 {
        let mut writes = Writes::default();
        let write = writes.add(Table::Items, format!("{n:04}").as_bytes(), true);
        writes.record(write, |out| {
            out.extend_from_slice(b"a message");
            9
        });
        journal.apply(&writes).unwrap();
        delete(&journal, &format!("{n:04}"));
    }
    settle(&journal);
    assert_eq!(all(&journal), []);
    // The watermarks alone, but for messages that the end of a file came in between of.
    let files = *tables.ingested.lock().unwrap();
    assert!(files < 200, "{files}");
}

#[test]
fn upper_layers_hide_lower_ones() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    let journal = open(folder.path(), &tables, Limits { octets: 1 << 20, entries: 3 });
    for key in ["b", "d", "f"] {
        put(&journal, key, "below");
    }
    let gate = tables.gate.lock().unwrap();
    // The layer of three is frozen, and stays so.
    delete(&journal, "d");
    put(&journal, "a", "above");
    put(&journal, "f", "above");
    let expected = [("a", "above"), ("b", "below"), ("f", "above")];
    let expected = expected.map(|(key, record)| (key.to_owned(), record.to_owned()));
    assert_eq!(all(&journal), expected);
    assert_eq!(get(&journal, "d"), None);
    assert_eq!(get(&journal, "b").as_deref(), Some("below"));
    drop(gate);
    settle(&journal);
    assert_eq!(all(&journal), expected);
    put(&journal, "c", "later");
    settle(&journal);
    assert_eq!(all(&journal).len(), 4);
    assert_eq!(tables.get(Table::Items, b"d").unwrap(), None);
}

#[test]
fn a_scan_ends_where_it_is_told() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    let journal = open(folder.path(), &tables, Limits { octets: 1 << 20, entries: 2 });
    for key in ["a", "c", "b", "d"] {
        put(&journal, key, "");
        settle(&journal);
    }
    for ends_at in ["a", "b", "c", "d"] {
        let mut last = Vec::new();
        let mut each = |key: &[u8], _| {
            last = key.to_vec();
            key != ends_at.as_bytes()
        };
        journal.scan(Table::Items, b"a", &mut each).unwrap();
        assert_eq!(last, ends_at.as_bytes());
    }
}

#[test]
fn a_file_cut_anywhere_holds_the_frames_before_the_cut() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    let journal = open(folder.path(), &tables, Limits::default());
    put(&journal, "first", "1");
    put(&journal, "second", "2");
    drop(journal);
    let path = files(folder.path()).remove(0);
    let whole = std::fs::read(&path).unwrap();
    for len in 0..whole.len() {
        let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
        std::fs::write(folder.path().join(path.file_name().unwrap()), &whole[..len]).unwrap();
        let journal = open(folder.path(), &tables, Limits::default());
        let header = frame::FILE_HEADER;
        let frame = (whole.len() - header - 1) / 2; // the second is longer by one octet
        assert_eq!(get(&journal, "first").is_some(), len >= header + frame, "{len}");
        assert_eq!(get(&journal, "second"), None);
        put(&journal, "third", "3");
        settle(&journal);
        drop(journal);
        let journal = open(folder.path(), &tables, Limits::default());
        assert_eq!(get(&journal, "third").as_deref(), Some("3"), "{len}");
    }
}

#[test]
fn a_damaged_frame_does_not_take_the_others_with_it() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    let journal = open(folder.path(), &tables, Limits::default());
    for key in ["1", "2", "3"] {
        put(&journal, key, "record");
    }
    drop(journal);
    let path = files(folder.path()).remove(0);
    let whole = std::fs::read(&path).unwrap();
    let frame = (whole.len() - frame::FILE_HEADER) / 3;
    for at in frame::FILE_HEADER + frame..frame::FILE_HEADER + 2 * frame {
        let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        std::fs::write(folder.path().join(path.file_name().unwrap()), &changed).unwrap();
        let journal = open(folder.path(), &tables, Limits::default());
        let keys: Vec<_> = all(&journal).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["1", "3"], "{at}");
    }
}

#[test]
fn a_text_that_looks_like_a_frame_is_none() {
    let forge = |salt| {
        let mut writes = Writes::default();
        writes.put(Table::Items, b"forged", b"");
        let mut octets = Vec::new();
        frame::encode(&writes, frame::Place { salt, frame: 9 }, &mut octets);
        octets
    };
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    let journal = open(folder.path(), &tables, Limits::default());
    let mut writes = Writes::default();
    writes.put(Table::Items, b"text", &forge(7));
    journal.apply(&writes).unwrap();
    drop(journal);
    let path = files(folder.path()).remove(0);
    let mut torn = std::fs::read(&path).unwrap();
    torn[frame::FILE_HEADER + 7] ^= 1; // its checksum
    std::fs::write(&path, &torn).unwrap();
    let journal = open(folder.path(), &tables, Limits::default());
    assert_eq!(all(&journal), []);
    drop(journal);
    // With the salt that the file has it would have been one.
    let salt = u64::from_be_bytes(torn[12..20].try_into().unwrap());
    torn.truncate(frame::FILE_HEADER);
    torn.extend(forge(salt));
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    std::fs::write(folder.path().join(path.file_name().unwrap()), &torn).unwrap();
    assert_eq!(
        get(&open(folder.path(), &tables, Limits::default()), "forged").as_deref(),
        Some("")
    );
}

#[test]
fn tables_that_panic_fail_the_journal_and_keep_its_files() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    tables.panics.store(true, std::sync::atomic::Ordering::Relaxed);
    let journal = Arc::new(open(folder.path(), &tables, SMALL));
    put(&journal, "first", "kept");
    let error = fill(&journal).unwrap_err().to_string();
    assert!(error.contains("has panicked") && error.contains("restart"), "{error}");
    // It stays so, and what was written can be read.
    assert!(fill(&journal).is_err());
    assert_eq!(get(&journal, "first").as_deref(), Some("kept"));
    drop(journal);
    tables.panics.store(false, std::sync::atomic::Ordering::Relaxed);
    tables.gate.clear_poison();
    let journal = open(folder.path(), &tables, Limits::default());
    settle(&journal);
    assert_eq!(get(&journal, "first").as_deref(), Some("kept"));
    assert_eq!(get(&journal, "0000").as_deref(), Some("a message"));
}

#[test]
fn files_that_the_tables_have_are_not_read_again() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    let journal = open(folder.path(), &tables, Limits { octets: 1 << 20, entries: 1 });
    put(&journal, "a", "old");
    let first = files(folder.path()).remove(0);
    let copy = std::fs::read(&first).unwrap();
    put(&journal, "a", "new");
    settle(&journal);
    assert!(!first.exists());
    drop(journal);
    // As if its removal had not reached the disk.
    std::fs::write(&first, copy).unwrap();
    let journal = open(folder.path(), &tables, Limits::default());
    assert_eq!(get(&journal, "a").as_deref(), Some("new"));
    assert!(!first.exists());
}

#[test]
fn opened_often_it_leaves_no_files_behind() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    for _ in 0..5 {
        let journal = open(folder.path(), &tables, Limits::default());
        put(&journal, "a", "");
        settle(&journal);
    }
    assert!(files(folder.path()).len() <= 2, "{:?}", files(folder.path()));
}

#[test]
fn files_are_written_over_and_what_they_held_does_not_come_back() {
    let (folder, tables) = (tempfile::tempdir().unwrap(), Arc::<Memory>::default());
    let limits = Limits { octets: 400, entries: 1_000 };
    let journal = open(folder.path(), &tables, limits);
    for n in 0..40 {
        put(&journal, &format!("{n:02}"), &"x".repeat(70));
        delete(&journal, &format!("{n:02}"));
        settle(&journal);
    }
    put(&journal, "last", "");
    settle(&journal);
    drop(journal);
    let files = file::list(folder.path()).unwrap();
    assert_eq!((files.numbered.len(), files.spare.len()), (1, 1));
    assert!(std::fs::metadata(&files.numbered[0].1).unwrap().len() >= 400, "a spare one was taken");
    tables.records.lock().unwrap().clear(); // with the watermark
    let journal = open(folder.path(), &tables, limits);
    let keys: Vec<_> = all(&journal).into_iter().map(|(key, _)| key).collect();
    assert!(keys == ["last"] || keys == ["39", "last"], "{keys:?}");
}

#[test]
fn what_was_there_is_there_after_any_stop() {
    let tables = Arc::<Memory>::default();
    stop_again_and_again(|| tables.clone());
}

#[test]
fn and_with_the_tables_of_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let options = super::super::EmbeddedOptions::default();
    stop_again_and_again(|| super::super::engine::fjall(folder.path(), &options).unwrap());
}

/// Reopened in the middle of everything, with layers frozen and tables that have a part.
fn stop_again_and_again(tables: impl Fn() -> Arc<dyn Engine>) {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = std::collections::BTreeMap::new();
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for _ in 0..30 {
        let limits = Limits { octets: 700, entries: 20 };
        let journal = Journal::open(folder.path(), tables(), limits).unwrap();
        assert_eq!(all(&journal), expected.clone().into_iter().collect::<Vec<_>>());
        for _ in 0..40 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let key = format!("{:02}", random % 50);
            if random & 0x100 == 0 {
                delete(&journal, &key);
                expected.remove(&key);
            } else {
                let mut writes = Writes::default();
                let write = writes.add(Table::Items, key.as_bytes(), !expected.contains_key(&key));
                let record = format!("{random}");
                writes.record(write, |out| {
                    out.extend_from_slice(record.as_bytes());
                    record.len()
                });
                journal.apply(&writes).unwrap();
                expected.insert(key, record);
            }
        }
    }
}
