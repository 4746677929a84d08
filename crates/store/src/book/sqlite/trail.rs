//! The book's audit as a trail.

use povline_domain::UnixMillis;

use super::{SqliteBook, audit};
use crate::StoreError;
use crate::audit::{AuditHead, AuditTrail, ChainRecord, Reading};

impl AuditTrail for SqliteBook {
    async fn record_readings(
        &self,
        at: UnixMillis,
        readings: Vec<Reading>,
    ) -> Result<(), StoreError> {
        if readings.is_empty() {
            return Ok(());
        }
        self.database
            .write_quietly("record who read what", move |connection| {
                audit::record_readings(connection, at, &readings)
            })
            .await
    }

    async fn chain_after(
        &self,
        after: i64,
        records_max: usize,
    ) -> Result<Vec<ChainRecord>, StoreError> {
        self.database
            .read_long("read the audit", move |connection| {
                audit::chain_after(connection, after, records_max)
            })
            .await
    }

    async fn chained_from(&self) -> Result<i64, StoreError> {
        self.database
            .read("read where the audit's chain begins", audit::chained_from)
    }

    async fn audit_head(&self) -> Result<AuditHead, StoreError> {
        self.database
            .read_long("read the audit's head", audit::head)
            .await
    }
}
