//! PDUs as they stand on the wire, worked out by hand from the field order in the specification.
//!
//! A plain table that uses nothing of the crate, so that other test programs can include it.

use hex_literal::hex;

/// `bind_transmitter` (SMPP 3.4 §4.1.1).
pub(crate) const BIND_TRANSMITTER: &[u8] = &hex!(
    "0000002F 00000002 00000000 00000001"
    "534D50503354455354 00" // system_id "SMPP3TEST"
    "7365637265743038 00"   // password "secret08"
    "5355424D495431 00"     // system_type "SUBMIT1"
    "34 01 01 00"           // interface_version, addr_ton, addr_npi, address_range ""
);

/// `bind_receiver` (§4.1.3): no password, an old version, a pattern.
pub(crate) const BIND_RECEIVER: &[u8] = &hex!(
    "00000021 00000001 00000000 00000002"
    "7278 00"       // system_id "rx"
    "00"            // password ""
    "564D53 00"     // system_type "VMS"
    "33 02 08"      // interface_version, addr_ton, addr_npi
    "5E33313631 00" // address_range "^3161"
);

/// `bind_transceiver` (§4.1.5): every field as long as it can be.
pub(crate) const BIND_TRANSCEIVER: &[u8] = &hex!(
    "00000062 00000009 00000000 7FFFFFFF"
    "6162636465666768696A6B6C6D6E6F 00" // system_id, 15 octets
    "3132333435363738 00"               // password, 8 octets
    "53797374656D547970652E2E 00"       // system_type, 12 octets
    "34 01 01"                          // interface_version, addr_ton, addr_npi
    "30313233343536373839"              // address_range, 40 octets
    "30313233343536373839"
    "30313233343536373839"
    "30313233343536373839 00"
);

/// `bind_transmitter_resp` (§4.1.2).
pub(crate) const BIND_TRANSMITTER_RESP: &[u8] = &hex!(
    "0000001A 80000002 00000000 00000001"
    "534D5343 00"  // system_id "SMSC"
    "0210 0001 34" // sc_interface_version
);

/// `bind_receiver_resp` (§4.1.4): a refusal has no body.
pub(crate) const BIND_RECEIVER_RESP: &[u8] = &hex!("00000010 80000001 0000000E 00000002");

/// `bind_transceiver_resp` (§4.1.6) to a peer that knows no TLVs.
pub(crate) const BIND_TRANSCEIVER_RESP: &[u8] = &hex!(
    "00000015 80000009 00000000 7FFFFFFF"
    "534D5343 00" // system_id "SMSC"
);

/// `outbind` (§4.1.7).
pub(crate) const OUTBIND: &[u8] = &hex!(
    "00000018 0000000B 00000000 00000003"
    "534D5343 00" // system_id "SMSC"
    "7077 00"     // password "pw"
);

/// `unbind` (§4.2.1).
pub(crate) const UNBIND: &[u8] = &hex!("00000010 00000006 00000000 00000004");

/// `unbind_resp` (§4.2.2).
pub(crate) const UNBIND_RESP: &[u8] = &hex!("00000010 80000006 00000000 00000004");

/// `generic_nack` (§4.3.1).
pub(crate) const GENERIC_NACK: &[u8] = &hex!("00000010 80000000 00000003 00000000");

/// `enquire_link` (§4.11.1).
pub(crate) const ENQUIRE_LINK: &[u8] = &hex!("00000010 00000015 00000000 00000005");

/// `enquire_link_resp` (§4.11.2).
pub(crate) const ENQUIRE_LINK_RESP: &[u8] = &hex!("00000010 80000015 00000000 00000005");

/// `submit_sm` (§4.4.1): every field set, two TLVs behind them.
pub(crate) const SUBMIT_SM: &[u8] = &hex!(
    "00000068 00000004 00000000 00000006"
    "434D54 00"                           // service_type "CMT"
    "05 00 7769726570617468 00"           // source: alphanumeric, unknown, "wirepath"
    "01 01 3331363132333435363738 00"     // destination: international, ISDN, "31612345678"
    "03 40 02"                            // esm_class, protocol_id, priority_flag
    "3234303232393132303030303030342B 00" // schedule_delivery_time "240229120000004+"
    "30303030303130303030303030303052 00" // validity_period "000001000000000R"
    "01 01 08 07"                         // registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id
    "04 00480069"                         // sm_length, short_message: "Hi" in UCS-2
    "0204 0002 BEEF"                      // user_message_reference
    "1401 0003 616263"                    // a vendor's own
);

/// `submit_sm` with nothing in it.
pub(crate) const SUBMIT_SM_EMPTY: &[u8] = &hex!(
    "00000021 00000004 00000000 00000007"
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
);

/// `submit_sm` with a user data header (§5.2.12, 3GPP TS 23.040 §9.2.3.24.1).
pub(crate) const SUBMIT_SM_UDH: &[u8] = &hex!(
    "0000002A 00000004 00000000 00000008"
    "00 00 00 00"         // service_type, source
    "01 01 31 00"         // destination "1"
    "40 00 00 00 00"      // esm_class: UDHI; protocol_id, priority_flag, two times
    "00 00 00 00"         // registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id
    "08 05 0003 CC 02 01" // sm_length; a header of five octets: concatenation 0xCC, part 1 of 2
    "4142"                // "AB"
);

/// `submit_sm_resp` (§4.4.2).
pub(crate) const SUBMIT_SM_RESP: &[u8] = &hex!(
    "00000019 80000004 00000000 00000006"
    "3030433046464545 00" // message_id "00C0FFEE"
);

/// `submit_sm_resp` with an error: no body.
pub(crate) const SUBMIT_SM_RESP_THROTTLED: &[u8] = &hex!("00000010 80000004 00000058 00000007");

/// `deliver_sm` (§4.6.1): a receipt with its TLVs.
pub(crate) const DELIVER_SM: &[u8] = &hex!(
    "00000053 00000005 00000000 00000009"
    "00"                               // service_type ""
    "01 01 3331363132333435363738 00"  // source "31612345678"
    "03 00 38383838 00"                // destination: network specific, unknown, "8888"
    "04 00 00 00 00 00 00 00 00"       // esm_class: receipt; nothing else is set
    "11 69643A3720737461743A44454C49565244" // sm_length, short_message "id:7 stat:DELIVRD"
    "001E 0002 3700"                   // receipted_message_id "7"
    "0427 0001 02"                     // message_state: delivered
    "0423 0003 030001"                 // network_error_code: GSM, 1
);

/// `deliver_sm_resp` (§4.6.2): an empty `message_id`.
pub(crate) const DELIVER_SM_RESP: &[u8] = &hex!("00000011 80000005 00000000 00000009 00");

/// `data_sm` (§4.7.1): the message is a TLV.
pub(crate) const DATA_SM: &[u8] = &hex!(
    "00000034 00000103 00000000 0000000A"
    "574150 00"              // service_type "WAP"
    "01 01 313233 00"        // source "123"
    "01 01 343536 00"        // destination "456"
    "00 11 F5"               // esm_class, registered_delivery, data_coding
    "0424 0004 DEADBEEF"     // message_payload
    "0426 0001 01"           // more_messages_to_send
    "130C 0000"              // alert_on_message_delivery, without a value
);

/// `data_sm_resp` (§4.7.2): an error with its reasons.
pub(crate) const DATA_SM_RESP: &[u8] = &hex!(
    "0000001F 80000103 000000FE 0000000A"
    "3737 00"          // message_id "77"
    "0425 0001 01"     // delivery_failure_reason
    "001D 0003 6E6F00" // additional_status_info_text "no"
);

/// `query_sm` (§4.8.1).
pub(crate) const QUERY_SM: &[u8] = &hex!(
    "0000001A 00000003 00000000 0000000B"
    "313730 00"       // message_id "170"
    "01 01 313233 00" // source "123"
);

/// `query_sm_resp` (§4.8.2).
pub(crate) const QUERY_SM_RESP: &[u8] = &hex!(
    "00000027 80000003 00000000 0000000B"
    "313730 00"                           // message_id "170"
    "3234303232393132303030303030302B 00" // final_date "240229120000000+"
    "05 2A"                               // message_state: undeliverable; error_code
);

/// `query_sm_resp` for a message on its way: no `final_date`.
pub(crate) const QUERY_SM_RESP_ENROUTE: &[u8] =
    &hex!("00000017 80000003 00000000 0000000B 313730 00 00 01 00");

/// `cancel_sm` (§4.9.1).
pub(crate) const CANCEL_SM: &[u8] = &hex!(
    "00000021 00000008 00000000 0000000C"
    "00"              // service_type ""
    "313730 00"       // message_id "170"
    "01 01 313233 00" // source "123"
    "01 01 343536 00" // destination "456"
);

/// `cancel_sm_resp` (§4.9.2).
pub(crate) const CANCEL_SM_RESP: &[u8] = &hex!("00000010 80000008 00000011 0000000C");

/// `replace_sm` (§4.10.1).
pub(crate) const REPLACE_SM: &[u8] = &hex!(
    "00000033 00000007 00000000 0000000D"
    "313730 00"                           // message_id "170"
    "01 01 313233 00"                     // source "123"
    "00"                                  // schedule_delivery_time
    "30303030303130303030303030303052 00" // validity_period "000001000000000R"
    "01 00"                               // registered_delivery, sm_default_msg_id
    "04 6E657721"                         // sm_length, short_message "new!"
);

/// `replace_sm_resp` (§4.10.2).
pub(crate) const REPLACE_SM_RESP: &[u8] = &hex!("00000010 80000007 00000000 0000000D");

/// `submit_multi` (§4.5.1): a handset and a distribution list.
pub(crate) const SUBMIT_MULTI: &[u8] = &hex!(
    "0000003A 00000021 00000000 0000000E"
    "00"                 // service_type ""
    "01 01 313233 00"    // source "123"
    "02"                 // number_of_dests
    "01 01 01 343536 00" // dest_flag: SME; "456"
    "02 667269656E6473 00" // dest_flag: list; "friends"
    "00 00 01"           // esm_class, protocol_id, priority_flag
    "00 00"              // schedule_delivery_time, validity_period
    "00 00 03 00"        // registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id
    "02 E96E"            // sm_length, short_message: "én" in Latin-1
    "020B 0002 23F0"     // destination_port 9200
);

/// `submit_multi_resp` (§4.5.2): one recipient was not taken.
pub(crate) const SUBMIT_MULTI_RESP: &[u8] = &hex!(
    "0000001E 80000021 00000000 0000000E"
    "3939 00"         // message_id "99"
    "01"              // no_unsuccess
    "01 01 343536 00" // "456"
    "0000000B"        // error_status_code: ESME_RINVDSTADR
);

/// `alert_notification` (§4.12.1).
pub(crate) const ALERT_NOTIFICATION: &[u8] = &hex!(
    "00000020 00000102 00000000 0000000F"
    "01 01 313233 00" // source "123"
    "00 00 455300"    // esme "ES"
    "0422 0001 00"    // ms_availability_status: available
);

/// `broadcast_sm` (SMPP 5.0 §4.4.1.1).
pub(crate) const BROADCAST_SM: &[u8] = &hex!(
    "0000003C 00000111 00000000 00000010"
    "43425300"               // service_type "CBS"
    "01 01 313233 00"        // source "123"
    "00"                     // message_id ""
    "01 00 00"               // priority_flag, schedule_delivery_time, validity_period
    "00 00 00"               // replace_if_present_flag, data_coding, sm_default_msg_id
    "0606 0003 00 4E4C"      // broadcast_area_identifier: alias "NL"
    "0601 0003 000001"       // broadcast_content_type
    "0604 0002 0003"         // broadcast_rep_num 3
    "0605 0003 090005"       // broadcast_frequency_interval: every 5 minutes
);

/// `broadcast_sm_resp` (SMPP 5.0 §4.4.1.2).
pub(crate) const BROADCAST_SM_RESP: &[u8] = &hex!("00000013 80000111 00000000 00000010 3432 00");

/// `broadcast_sm_resp` of a broadcast that one area did not take (SMPP 5.0 §4.4.1.2, §4.8.4).
pub(crate) const BROADCAST_SM_RESP_FAILED_AREA: &[u8] = &hex!(
    "00000022 80000111 00000000 00000010"
    "3432 00"            // message_id "42"
    "0607 0004 0000010D" // broadcast_error_status: ESME_RBCASTFAIL
    "0606 0003 00 4E4C"  // failed_broadcast_area_identifier: alias "NL"
);

/// `query_broadcast_sm` (SMPP 5.0 §4.6.1.1).
pub(crate) const QUERY_BROADCAST_SM: &[u8] = &hex!(
    "0000001F 00000112 00000000 00000011"
    "3432 00"         // message_id "42"
    "01 01 313233 00" // source "123"
    "0204 0002 0007"  // user_message_reference 7
);

/// `query_broadcast_sm_resp` (SMPP 5.0 §4.6.1.3).
pub(crate) const QUERY_BROADCAST_SM_RESP: &[u8] = &hex!(
    "00000024 80000112 00000000 00000011"
    "3432 00"           // message_id "42"
    "0427 0001 02"      // message_state: delivered
    "0606 0003 00 4E4C" // broadcast_area_identifier: alias "NL"
    "0608 0001 64"      // broadcast_area_success: 100 %
);

/// `cancel_broadcast_sm` (SMPP 5.0 §4.6.2.1).
pub(crate) const CANCEL_BROADCAST_SM: &[u8] = &hex!(
    "0000001A 00000113 00000000 00000012"
    "00"              // service_type ""
    "3432 00"         // message_id "42"
    "01 01 313233 00" // source "123"
);

/// `cancel_broadcast_sm_resp` (SMPP 5.0 §4.6.2.3).
pub(crate) const CANCEL_BROADCAST_SM_RESP: &[u8] = &hex!("00000010 80000113 00000000 00000012");

/// All of them, by name.
pub(crate) const ALL: &[(&str, &[u8])] = &[
    ("bind_transmitter", BIND_TRANSMITTER),
    ("bind_receiver", BIND_RECEIVER),
    ("bind_transceiver", BIND_TRANSCEIVER),
    ("bind_transmitter_resp", BIND_TRANSMITTER_RESP),
    ("bind_receiver_resp", BIND_RECEIVER_RESP),
    ("bind_transceiver_resp", BIND_TRANSCEIVER_RESP),
    ("outbind", OUTBIND),
    ("unbind", UNBIND),
    ("unbind_resp", UNBIND_RESP),
    ("generic_nack", GENERIC_NACK),
    ("enquire_link", ENQUIRE_LINK),
    ("enquire_link_resp", ENQUIRE_LINK_RESP),
    ("submit_sm", SUBMIT_SM),
    ("submit_sm_empty", SUBMIT_SM_EMPTY),
    ("submit_sm_udh", SUBMIT_SM_UDH),
    ("submit_sm_resp", SUBMIT_SM_RESP),
    ("submit_sm_resp_throttled", SUBMIT_SM_RESP_THROTTLED),
    ("deliver_sm", DELIVER_SM),
    ("deliver_sm_resp", DELIVER_SM_RESP),
    ("data_sm", DATA_SM),
    ("data_sm_resp", DATA_SM_RESP),
    ("query_sm", QUERY_SM),
    ("query_sm_resp", QUERY_SM_RESP),
    ("query_sm_resp_enroute", QUERY_SM_RESP_ENROUTE),
    ("cancel_sm", CANCEL_SM),
    ("cancel_sm_resp", CANCEL_SM_RESP),
    ("replace_sm", REPLACE_SM),
    ("replace_sm_resp", REPLACE_SM_RESP),
    ("submit_multi", SUBMIT_MULTI),
    ("submit_multi_resp", SUBMIT_MULTI_RESP),
    ("alert_notification", ALERT_NOTIFICATION),
    ("broadcast_sm", BROADCAST_SM),
    ("broadcast_sm_resp", BROADCAST_SM_RESP),
    ("broadcast_sm_resp_failed_area", BROADCAST_SM_RESP_FAILED_AREA),
    ("query_broadcast_sm", QUERY_BROADCAST_SM),
    ("query_broadcast_sm_resp", QUERY_BROADCAST_SM_RESP),
    ("cancel_broadcast_sm", CANCEL_BROADCAST_SM),
    ("cancel_broadcast_sm_resp", CANCEL_BROADCAST_SM_RESP),
];
