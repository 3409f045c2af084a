//! How a simulator behaves.

use std::time::Duration;

use wirepath::smpp::ReceiptForm;

use crate::faults::Faults;

/// How a simulator behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The time from a message to its final state, and so to its receipt. Default: 50 ms.
    pub receipt_delay: Duration,
    /// How receipts are written. Default: canonical.
    pub receipt_form: ReceiptForm,
    /// The most messages that are held; further ones are answered with `ESME_RMSGQFUL`. Default: 100,000.
    pub max_messages: usize,
    /// Mobile-originated messages a second. Default: 0.
    pub mo_rate: u32,
    /// What goes wrong. Default: nothing.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            receipt_delay: Duration::from_millis(50),
            receipt_form: ReceiptForm::Canonical,
            max_messages: 100_000,
            mo_rate: 0,
            faults: Faults::default(),
        }
    }
}
