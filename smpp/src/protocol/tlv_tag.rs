//! stub
#![allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tag(pub u16);
pub enum Width {
    Fixed(u16),
    Range(u16, u16),
    Any,
}
impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
macro_rules! t { ($($n:ident=$v:literal),*) => { impl Tag { $(pub const $n: Self = Self($v);)* } } }
t!(
    DEST_ADDR_SUBUNIT = 5,
    DEST_NETWORK_TYPE = 6,
    DEST_BEARER_TYPE = 7,
    DEST_TELEMATICS_ID = 8,
    SOURCE_ADDR_SUBUNIT = 0xd,
    SOURCE_NETWORK_TYPE = 0xe,
    SOURCE_BEARER_TYPE = 0xf,
    SOURCE_TELEMATICS_ID = 0x10,
    QOS_TIME_TO_LIVE = 0x17,
    PAYLOAD_TYPE = 0x19,
    ADDITIONAL_STATUS_INFO_TEXT = 0x1d,
    RECEIPTED_MESSAGE_ID = 0x1e,
    MS_MSG_WAIT_FACILITIES = 0x30,
    PRIVACY_INDICATOR = 0x201,
    SOURCE_SUBADDRESS = 0x202,
    DEST_SUBADDRESS = 0x203,
    USER_MESSAGE_REFERENCE = 0x204,
    USER_RESPONSE_CODE = 0x205,
    SOURCE_PORT = 0x20a,
    DESTINATION_PORT = 0x20b,
    SAR_MSG_REF_NUM = 0x20c,
    LANGUAGE_INDICATOR = 0x20d,
    SAR_TOTAL_SEGMENTS = 0x20e,
    SAR_SEGMENT_SEQNUM = 0x20f,
    SC_INTERFACE_VERSION = 0x210,
    CALLBACK_NUM_PRES_IND = 0x302,
    CALLBACK_NUM_ATAG = 0x303,
    NUMBER_OF_MESSAGES = 0x304,
    CALLBACK_NUM = 0x381,
    DPF_RESULT = 0x420,
    SET_DPF = 0x421,
    MS_AVAILABILITY_STATUS = 0x422,
    NETWORK_ERROR_CODE = 0x423,
    MESSAGE_PAYLOAD = 0x424,
    DELIVERY_FAILURE_REASON = 0x425,
    MORE_MESSAGES_TO_SEND = 0x426,
    MESSAGE_STATE = 0x427,
    USSD_SERVICE_OP = 0x501,
    DISPLAY_TIME = 0x1201,
    SMS_SIGNAL = 0x1203,
    MS_VALIDITY = 0x1204,
    ALERT_ON_MESSAGE_DELIVERY = 0x130c,
    ITS_REPLY_TYPE = 0x1380,
    ITS_SESSION_INFO = 0x1383,
    BROADCAST_AREA_IDENTIFIER = 0x606,
    BROADCAST_AREA_SUCCESS = 0x608,
    BROADCAST_CONTENT_TYPE = 0x601,
    BROADCAST_FREQUENCY_INTERVAL = 0x605,
    BROADCAST_REP_NUM = 0x604
);
impl Tag {
    pub fn width(self) -> Width {
        Width::Any
    }
}
