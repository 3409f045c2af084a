//! redb behind the store: what it was measured against.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use redb::{Database, DatabaseError, Durability, ReadableDatabase, TableDefinition};
use wirepath_runtime::store::{
    __engine::{Engine, Table, Writes},
    EmbeddedOptions, Source, StoreError,
};

type Records = TableDefinition<'static, &'static [u8], &'static [u8]>;

const TABLES: [Records; 3] =
    [TableDefinition::new("items"), TableDefinition::new("keys"), TableDefinition::new("meta")];

struct Redb(Database);

pub(super) fn open(path: &Path, options: &EmbeddedOptions) -> Result<Arc<dyn Engine>, StoreError> {
    let cache = usize::try_from(options.block_cache_bytes).unwrap_or(usize::MAX);
    let database = Database::builder().set_cache_size(cache).create(path.join("store.redb"));
    let database = database.map_err(|error| match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::Locked { path: path.to_owned() },
        error => StoreError::Open {
            path: path.to_owned(),
            hint: "look at the error below".to_owned(),
            source: Arc::new(error),
        },
    })?;
    Ok(Arc::new(Redb(database)))
}

fn table(table: Table) -> Records {
    let [items, keys, meta] = TABLES;
    match table {
        Table::Items => items,
        Table::Keys => keys,
        Table::Meta => meta,
    }
}

fn source(error: impl Into<redb::Error>) -> Source {
    Arc::new(error.into())
}

impl Engine for Redb {
    /// `commit` of a transaction of immediate durability returns after the fsync.
    fn apply(&self, writes: &Writes) -> Result<(), Source> {
        let mut transaction = self.0.begin_write().map_err(source)?;
        transaction.set_durability(Durability::Immediate).map_err(source)?;
        {
            let [items, keys, meta] = TABLES.map(|table| transaction.open_table(table));
            let mut items = items.map_err(source)?;
            let mut keys = keys.map_err(source)?;
            let mut meta = meta.map_err(source)?;
            for write in writes.iter() {
                let table = match write.table {
                    Table::Items => &mut items,
                    Table::Keys => &mut keys,
                    Table::Meta => &mut meta,
                };
                match write.record {
                    Some(record) => drop(table.insert(write.key, record).map_err(source)?),
                    None => drop(table.remove(write.key).map_err(source)?),
                }
            }
        }
        transaction.commit().map_err(source)
    }

    fn get(&self, from: Table, key: &[u8]) -> Result<Option<Bytes>, Source> {
        let transaction = self.0.begin_read().map_err(source)?;
        let records = match transaction.open_table(table(from)) {
            Ok(records) => records,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(source(error)),
        };
        let record = records.get(key).map_err(source)?;
        Ok(record.map(|record| Bytes::copy_from_slice(record.value())))
    }

    fn scan(
        &self,
        of: Table,
        from: &[u8],
        each: &mut dyn FnMut(&[u8], Bytes) -> bool,
    ) -> Result<(), Source> {
        let transaction = self.0.begin_read().map_err(source)?;
        let records = match transaction.open_table(table(of)) {
            Ok(records) => records,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
            Err(error) => return Err(source(error)),
        };
        for record in records.range::<&[u8]>(from..).map_err(source)? {
            let (key, record) = record.map_err(source)?;
            if !each(key.value(), Bytes::copy_from_slice(record.value())) {
                return Ok(());
            }
        }
        Ok(())
    }
}
