//! The tags of optional parameters, and how long each value may be.
//!
//! The 44 parameters of SMPP 3.4 §5.3.2 and those that SMPP 5.0 §4.8.4 adds. A [`Tag`] can hold any
//! value: parameters without a name here, vendors' own among them, are passed on as they came.
//!
//! ```
//! use wirepath_smpp::protocol::tlv_tag::{Tag, Width};
//!
//! assert_eq!(Tag::RECEIPTED_MESSAGE_ID.code(), 0x001E);
//! assert_eq!(Tag::from_name("sar_msg_ref_num"), Some(Tag::SAR_MSG_REF_NUM));
//! assert_eq!(Tag::SAR_MSG_REF_NUM.width(), Width::Fixed(2));
//! assert!(!Tag::NETWORK_ERROR_CODE.width().accepts(2));
//!
//! let own = Tag(0x1400);
//! assert!(own.is_vendor() && own.name().is_none());
//! assert_eq!(own.width(), Width::Any);
//! ```

use std::fmt;

/// The tag of an optional parameter (TLV).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u16);

/// How many octets the value of an optional parameter has.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Width {
    /// Exactly this many.
    Fixed(u16),
    /// At least the first, at most the second.
    Range(u16, u16),
    /// As many as there are.
    Any,
}

impl Width {
    /// Whether a value of this many octets fits.
    pub const fn accepts(self, len: usize) -> bool {
        match self {
            Self::Fixed(exact) => len == exact as usize,
            Self::Range(least, most) => least as usize <= len && len <= most as usize,
            Self::Any => true,
        }
    }
}

/// Every named tag once: value, constant, name in the specification, width.
macro_rules! tags {
    ($($code:literal $constant:ident $name:ident $kind:ident $(($($octets:literal),+))?;)+) => {
        impl Tag {
            $(
                #[doc = concat!("`", stringify!($name), "` (", stringify!($code), ").")]
                pub const $constant: Self = Self($code);
            )+

            /// Every tag that has a name, in the order of their values.
            pub const ALL: &'static [Self] = &[$(Self::$constant),+];

            /// The name in the specification: `receipted_message_id`.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(stringify!($name)),)+
                    _ => None,
                }
            }

            /// How long the value may be; [`Width::Any`] for tags without a name.
            ///
            /// Where 3.4 and 5.0 differ, or 3.4 contradicts itself, both lengths are allowed.
            pub const fn width(self) -> Width {
                match self.0 {
                    $($code => Width::$kind $(($($octets),+))?,)+
                    _ => Width::Any,
                }
            }
        }
    };
}

tags! {
    // SMPP 3.4 §5.3.2.
    0x0005 DEST_ADDR_SUBUNIT dest_addr_subunit Fixed(1);
    0x0006 DEST_NETWORK_TYPE dest_network_type Fixed(1);
    0x0007 DEST_BEARER_TYPE dest_bearer_type Fixed(1);
    0x0008 DEST_TELEMATICS_ID dest_telematics_id Fixed(2);
    0x000D SOURCE_ADDR_SUBUNIT source_addr_subunit Fixed(1);
    0x000E SOURCE_NETWORK_TYPE source_network_type Fixed(1);
    0x000F SOURCE_BEARER_TYPE source_bearer_type Fixed(1);
    // §5.3.2.8 has one octet, but two in its twin for the destination; peers send either.
    0x0010 SOURCE_TELEMATICS_ID source_telematics_id Range(1, 2);
    0x0017 QOS_TIME_TO_LIVE qos_time_to_live Fixed(4);
    0x0019 PAYLOAD_TYPE payload_type Fixed(1);
    0x001D ADDITIONAL_STATUS_INFO_TEXT additional_status_info_text Range(1, 256);
    0x001E RECEIPTED_MESSAGE_ID receipted_message_id Range(1, 65);
    0x0030 MS_MSG_WAIT_FACILITIES ms_msg_wait_facilities Fixed(1);
    0x0201 PRIVACY_INDICATOR privacy_indicator Fixed(1);
    0x0202 SOURCE_SUBADDRESS source_subaddress Range(2, 23);
    0x0203 DEST_SUBADDRESS dest_subaddress Range(2, 23);
    0x0204 USER_MESSAGE_REFERENCE user_message_reference Fixed(2);
    0x0205 USER_RESPONSE_CODE user_response_code Fixed(1);
    0x020A SOURCE_PORT source_port Fixed(2);
    0x020B DESTINATION_PORT destination_port Fixed(2);
    0x020C SAR_MSG_REF_NUM sar_msg_ref_num Fixed(2);
    0x020D LANGUAGE_INDICATOR language_indicator Fixed(1);
    0x020E SAR_TOTAL_SEGMENTS sar_total_segments Fixed(1);
    0x020F SAR_SEGMENT_SEQNUM sar_segment_seqnum Fixed(1);
    0x0210 SC_INTERFACE_VERSION sc_interface_version Fixed(1);
    0x0302 CALLBACK_NUM_PRES_IND callback_num_pres_ind Fixed(1);
    0x0303 CALLBACK_NUM_ATAG callback_num_atag Range(1, 65);
    0x0304 NUMBER_OF_MESSAGES number_of_messages Fixed(1);
    0x0381 CALLBACK_NUM callback_num Range(4, 19);
    0x0420 DPF_RESULT dpf_result Fixed(1);
    0x0421 SET_DPF set_dpf Fixed(1);
    0x0422 MS_AVAILABILITY_STATUS ms_availability_status Fixed(1);
    0x0423 NETWORK_ERROR_CODE network_error_code Fixed(3);
    0x0424 MESSAGE_PAYLOAD message_payload Any;
    0x0425 DELIVERY_FAILURE_REASON delivery_failure_reason Fixed(1);
    0x0426 MORE_MESSAGES_TO_SEND more_messages_to_send Fixed(1);
    0x0427 MESSAGE_STATE message_state Fixed(1);
    0x0428 CONGESTION_STATE congestion_state Fixed(1);
    0x0501 USSD_SERVICE_OP ussd_service_op Fixed(1);

    // SMPP 5.0 §4.8.4 (and `congestion_state` above).
    0x0600 BROADCAST_CHANNEL_INDICATOR broadcast_channel_indicator Fixed(1);
    0x0601 BROADCAST_CONTENT_TYPE broadcast_content_type Fixed(3);
    0x0602 BROADCAST_CONTENT_TYPE_INFO broadcast_content_type_info Range(1, 255);
    0x0603 BROADCAST_MESSAGE_CLASS broadcast_message_class Fixed(1);
    0x0604 BROADCAST_REP_NUM broadcast_rep_num Fixed(2);
    0x0605 BROADCAST_FREQUENCY_INTERVAL broadcast_frequency_interval Fixed(3);
    // In responses this tag is the `failed_broadcast_area_identifier`.
    0x0606 BROADCAST_AREA_IDENTIFIER broadcast_area_identifier Range(1, 101);
    0x0607 BROADCAST_ERROR_STATUS broadcast_error_status Fixed(4);
    0x0608 BROADCAST_AREA_SUCCESS broadcast_area_success Fixed(1);
    // Sixteen characters; some stacks send the NUL of the PDU field along.
    0x0609 BROADCAST_END_TIME broadcast_end_time Range(16, 17);
    0x060A BROADCAST_SERVICE_GROUP broadcast_service_group Range(1, 255);
    0x060B BILLING_IDENTIFICATION billing_identification Range(1, 1024);
    0x060D SOURCE_NETWORK_ID source_network_id Range(1, 65);
    0x060E DEST_NETWORK_ID dest_network_id Range(1, 65);
    0x060F SOURCE_NODE_ID source_node_id Fixed(6);
    0x0610 DEST_NODE_ID dest_node_id Fixed(6);
    0x0611 DEST_ADDR_NP_RESOLUTION dest_addr_np_resolution Fixed(1);
    0x0612 DEST_ADDR_NP_INFORMATION dest_addr_np_information Fixed(10);
    // Five octets in its table, but a country code of one to five digits.
    0x0613 DEST_ADDR_NP_COUNTRY dest_addr_np_country Range(1, 5);

    // SMPP 3.4 again.
    0x1201 DISPLAY_TIME display_time Fixed(1);
    0x1203 SMS_SIGNAL sms_signal Fixed(2);
    // One octet in 3.4; 5.0 can append a unit and a number, three octets more.
    0x1204 MS_VALIDITY ms_validity Range(1, 4);
    // No value at all in 3.4, one octet in 5.0.
    0x130C ALERT_ON_MESSAGE_DELIVERY alert_on_message_delivery Range(0, 1);
    0x1380 ITS_REPLY_TYPE its_reply_type Fixed(1);
    0x1383 ITS_SESSION_INFO its_session_info Fixed(2);
}

impl Tag {
    /// The tag's value on the wire.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// Whether the value is one that the specification leaves to vendors: 0x1400 to 0x3FFF.
    pub const fn is_vendor(self) -> bool {
        matches!(self.0, 0x1400..=0x3FFF)
    }

    /// The tag of this name in the specification, in any case.
    ///
    /// The names that 5.0 changed (`dest_port`, `failed_broadcast_area_identifier`) are known too.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("dest_port") {
            return Some(Self::DESTINATION_PORT);
        }
        if name.eq_ignore_ascii_case("failed_broadcast_area_identifier") {
            return Some(Self::BROADCAST_AREA_IDENTIFIER);
        }
        let named = |tag: &&Self| tag.name().is_some_and(|known| known.eq_ignore_ascii_case(name));
        Self::ALL.iter().find(named).copied()
    }
}

impl From<u16> for Tag {
    fn from(code: u16) -> Self {
        Self(code)
    }
}

impl From<Tag> for u16 {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

/// `receipted_message_id`, or `0x1400` where there is no name.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:04X}", self.0),
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Tag({name})"),
            None => write!(f, "Tag(0x{:04X})", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let added_by_5_0 = |tag: &&Tag| matches!(tag.code(), 0x0428 | 0x0600..=0x0613);
        assert_eq!(Tag::ALL.iter().filter(added_by_5_0).count(), 20);
        assert_eq!(Tag::ALL.len(), 44 + 20);
        assert!(Tag::ALL.is_sorted());
        assert!(Tag::ALL.windows(2).all(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn names_lead_back_to_tags() {
        for &tag in Tag::ALL {
            let name = tag.name().unwrap();
            assert_eq!(Tag::from_name(name), Some(tag));
            assert_eq!(Tag::from_name(&name.to_uppercase()), Some(tag));
            assert_eq!(tag.to_string(), name);
        }
        assert_eq!(Tag::from_name("dest_port"), Some(Tag::DESTINATION_PORT));
        assert_eq!(Tag::from_name("nonsense"), None);
        assert_eq!(Tag(0x1400).to_string(), "0x1400");
    }

    #[test]
    fn widths_are_those_of_the_clauses() {
        for (tag, fits, does_not) in [
            (Tag::DEST_ADDR_SUBUNIT, &[1][..], &[0, 2][..]),
            (Tag::DEST_TELEMATICS_ID, &[2], &[1, 3]),
            (Tag::QOS_TIME_TO_LIVE, &[4], &[0, 3, 5]),
            (Tag::ADDITIONAL_STATUS_INFO_TEXT, &[1, 256], &[0, 257]),
            (Tag::RECEIPTED_MESSAGE_ID, &[1, 65], &[0, 66]),
            (Tag::SOURCE_SUBADDRESS, &[2, 23], &[1, 24]),
            (Tag::CALLBACK_NUM, &[4, 19], &[3, 20]),
            (Tag::NETWORK_ERROR_CODE, &[3], &[2, 4]),
            (Tag::MESSAGE_PAYLOAD, &[0, 1, 65_535], &[]),
            (Tag::ALERT_ON_MESSAGE_DELIVERY, &[0, 1], &[2]),
            (Tag::ITS_SESSION_INFO, &[2], &[1, 3]),
            (Tag(0x3FFF), &[0, 65_535], &[]),
        ] {
            assert!(fits.iter().all(|&len| tag.width().accepts(len)), "{tag}");
            assert!(!does_not.iter().any(|&len| tag.width().accepts(len)), "{tag}");
        }
    }

    #[test]
    fn vendors_have_a_range_of_their_own() {
        assert!(!Tag(0x13FF).is_vendor());
        assert!(Tag(0x1400).is_vendor());
        assert!(Tag(0x3FFF).is_vendor());
        assert!(!Tag(0x4000).is_vendor());
    }
}
