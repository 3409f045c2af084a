//! `alert_notification` (SMPP 3.4 §4.12).

use super::view::{value_of, view};
use crate::protocol::field::Addr;

view! {
    /// A handset that an ESME asked about can be reached again (SMPP 3.4 §4.12.1). Has no response.
    AlertNotification, AlertNotificationBuilder = ALERT_NOTIFICATION {
        /// The handset: up to 64 octets.
        source: Addr = Addr::source(65);
        /// The ESME that the SMSC tells: up to 64 octets.
        esme: Addr = Addr::destination(65);
    }
}
