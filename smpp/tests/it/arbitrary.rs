//! Valid PDUs of every kind, built by the public builders.
//!
//! What is shared is boxed: these types nest deeply, and the thread of a test has two MiB of stack.

use proptest::{collection::vec, prelude::*, sample::select};
use wirepath_smpp::{
    Address, AlertNotification, BindKind, BindRequest, BroadcastSm, CancelBroadcastSm, CancelSm,
    DataSm, DeliverSm, Destination, EnquireLink, MessageState, Npi, Outbind, QueryBroadcastSm,
    QuerySm, ReplaceSm, RequestPdu, ResponsePdu, Rules, SmppTime, Status, SubmitMulti, SubmitSm,
    Tag, TlvList, Ton, Unbind,
    protocol::{pdu::Response, tlv_tag::Width},
};

/// A C-octet string of at most `max` octets, its NUL not counted; text more often than not.
pub(crate) fn any_text(max: usize) -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        3 => vec(0x20..0x7F_u8, 0..=max),
        1 => vec(1..=255_u8, 0..=max),
    ]
    .boxed()
}

/// An address in parts that can be kept.
#[derive(Debug, Clone)]
pub(crate) struct Owned {
    ton: u8,
    npi: u8,
    digits: Vec<u8>,
}

impl Owned {
    fn get(&self) -> Address<'_> {
        Address::new(Ton(self.ton), Npi(self.npi), &self.digits)
    }
}

fn any_address(max: usize) -> BoxedStrategy<Owned> {
    let npi = select(vec![0, 1, 3, 4, 6, 8, 9, 10, 14, 18]);
    (0..=6_u8, npi, any_text(max)).prop_map(|(ton, npi, digits)| Owned { ton, npi, digits }).boxed()
}

pub(crate) fn any_time() -> BoxedStrategy<Option<SmppTime>> {
    let two = |least: u8, most: u8| (least..=most).prop_map(|number| format!("{number:02}"));
    let absolute = (
        (two(0, 99), two(1, 12), two(1, 28), two(0, 23), two(0, 59), two(0, 59)),
        (0..=9_u8, two(0, 48), select(vec!['+', '-'])),
    );
    let absolute = absolute
        .prop_map(|((y, mo, d, h, mi, s), (t, n, p))| format!("{y}{mo}{d}{h}{mi}{s}{t}{n}{p}"));
    let relative = vec(two(0, 99), 6).prop_map(|parts| format!("{}000R", parts.concat()));
    let time = prop_oneof![absolute, relative];
    prop::option::of(time.prop_map(|time| SmppTime::parse(time.as_bytes()).unwrap())).boxed()
}

/// A parameter of the standard at a length that it can have, or one that nobody knows.
fn any_tlv() -> impl Strategy<Value = (Tag, Vec<u8>)> {
    let known = select(Tag::ALL).prop_flat_map(|tag| {
        let length = match tag.width() {
            Width::Fixed(n) => n..=n,
            Width::Range(least, most) => least..=most,
            Width::Any => 0..=300,
        };
        vec(any::<u8>(), usize::from(*length.start())..=usize::from(*length.end()))
            .prop_map(move |value| (tag, value))
    });
    let unknown = (any::<u16>(), vec(any::<u8>(), 0..20))
        .prop_map(|(tag, value)| (Tag(tag), value))
        .prop_filter("a tag without a name", |(tag, _)| tag.name().is_none());
    prop_oneof![known, unknown]
}

pub(crate) fn any_tlvs() -> BoxedStrategy<TlvList> {
    vec(any_tlv(), 0..4)
        .prop_map(|list| {
            list.iter().fold(TlvList::new(), |tlvs, (tag, value)| tlvs.with(*tag, value))
        })
        .boxed()
}

/// `esm_class` and a message that goes with it; the TLVs hold no other message.
fn any_message() -> BoxedStrategy<(u8, Vec<u8>, TlvList)> {
    let udh = vec(any::<u8>(), 0..40).prop_map(|udh| {
        let length = u8::try_from(udh.len()).unwrap();
        [&[length], &udh[..]].concat()
    });
    let message = prop_oneof![
        3 => (any::<u8>(), vec(any::<u8>(), 0..=254)).prop_map(|(class, text)| (class & !0x40, text)),
        1 => (any::<u8>(), udh, vec(any::<u8>(), 0..=200))
            .prop_map(|(class, udh, text)| (class | 0x40, [udh, text].concat())),
    ];
    let tlvs = any_tlvs()
        .prop_filter("one message is enough", |tlvs| tlvs.as_tlvs().message_payload().is_none());
    (message, tlvs).prop_map(|((class, message), tlvs)| (class, message, tlvs)).boxed()
}

macro_rules! any_short_message {
    ($name:ident, $ty:ident) => {
        pub(crate) fn $name() -> impl Strategy<Value = $ty> {
            let text = (any_text(5), any_address(20), any_address(20), any_message());
            let flags = (any::<u8>(), 0..=3_u8, 0..=0x1F_u8, 0..=1_u8, any::<u8>(), any::<u8>());
            (text, any_time(), any_time(), flags).prop_map(
                |((service, source, to, (class, message, tlvs)), schedule, validity, flags)| {
                    $ty::builder()
                        .service_type(&service)
                        .source(source.get())
                        .destination(to.get())
                        .esm_class(class)
                        .protocol_id(flags.0)
                        .priority_flag(flags.1)
                        .schedule_delivery_time(schedule)
                        .validity_period(validity)
                        .registered_delivery(flags.2)
                        .replace_if_present_flag(flags.3)
                        .data_coding(flags.4)
                        .sm_default_msg_id(flags.5)
                        .short_message(&message)
                        .tlvs(tlvs)
                        .build()
                        .unwrap()
                },
            )
        }
    };
}

any_short_message!(any_submit_sm, SubmitSm);
any_short_message!(any_deliver_sm, DeliverSm);

pub(crate) fn any_submit_multi() -> impl Strategy<Value = SubmitMulti> {
    let recipient = prop_oneof![
        3 => any_address(20).prop_map(Ok),
        1 => any_text(20).prop_map(Err),
    ];
    let text = (any_text(5), any_address(20), vec(recipient, 1..12), any_message());
    let flags = (any::<u8>(), 0..=3_u8, 0..=0x1F_u8, 0..=1_u8, any::<u8>(), any::<u8>());
    (text, any_time(), any_time(), flags).prop_map(
        |((service, source, to, (class, message, tlvs)), schedule, validity, flags)| {
            let to: Vec<Destination<'_>> = to
                .iter()
                .map(|to| match to {
                    Ok(address) => Destination::Sme(address.get()),
                    Err(name) => Destination::List(name),
                })
                .collect();
            SubmitMulti::builder()
                .service_type(&service)
                .source(source.get())
                .destinations(&to[..])
                .esm_class(class)
                .protocol_id(flags.0)
                .priority_flag(flags.1)
                .schedule_delivery_time(schedule)
                .validity_period(validity)
                .registered_delivery(flags.2)
                .replace_if_present_flag(flags.3)
                .data_coding(flags.4)
                .sm_default_msg_id(flags.5)
                .short_message(&message)
                .tlvs(tlvs)
                .build()
                .unwrap()
        },
    )
}

pub(crate) fn any_data_sm() -> impl Strategy<Value = DataSm> {
    let text = (any_text(5), any_address(64), any_address(64), any_message());
    (text, 0..=0x1F_u8, any::<u8>()).prop_map(
        |((service, source, to, (class, message, tlvs)), registered, coding)| {
            DataSm::builder()
                .service_type(&service)
                .source(source.get())
                .destination(to.get())
                .esm_class(class)
                .registered_delivery(registered)
                .data_coding(coding)
                .tlvs(tlvs.message_payload(&message))
                .build()
                .unwrap()
        },
    )
}

pub(crate) fn any_query_sm() -> impl Strategy<Value = QuerySm> {
    (any_text(64), any_address(20), any_tlvs()).prop_map(|(id, source, tlvs)| {
        QuerySm::builder().message_id(&id).source(source.get()).tlvs(tlvs).build().unwrap()
    })
}

pub(crate) fn any_cancel_sm() -> impl Strategy<Value = CancelSm> {
    (any_text(5), any_text(64), any_address(20), any_address(20)).prop_map(
        |(service, id, source, to)| {
            CancelSm::builder()
                .service_type(&service)
                .message_id(&id)
                .source(source.get())
                .destination(to.get())
                .build()
                .unwrap()
        },
    )
}

pub(crate) fn any_replace_sm() -> impl Strategy<Value = ReplaceSm> {
    let text = (any_text(64), any_address(20), vec(any::<u8>(), 0..=254));
    (text, any_time(), any_time(), 0..=0x1F_u8, any::<u8>()).prop_map(
        |((id, source, message), schedule, validity, registered, default)| {
            ReplaceSm::builder()
                .message_id(&id)
                .source(source.get())
                .schedule_delivery_time(schedule)
                .validity_period(validity)
                .registered_delivery(registered)
                .sm_default_msg_id(default)
                .short_message(&message)
                .build()
                .unwrap()
        },
    )
}

pub(crate) fn any_bind() -> impl Strategy<Value = BindRequest> {
    let kind = select(vec![BindKind::Transmitter, BindKind::Receiver, BindKind::Transceiver]);
    let text = (any_text(15), any_text(8), any_text(12), any_text(40));
    (kind, text, any::<[u8; 3]>(), any_tlvs()).prop_map(
        |(kind, (system_id, password, system_type, range), [version, ton, npi], tlvs)| {
            BindRequest::builder()
                .system_id(&system_id)
                .password(&password)
                .system_type(&system_type)
                .interface_version(version)
                .addr_ton(ton)
                .addr_npi(npi)
                .address_range(&range)
                .tlvs(tlvs)
                .build(kind)
                .unwrap()
        },
    )
}

fn any_other() -> BoxedStrategy<RequestPdu> {
    let outbind = (any_text(15), any_text(8)).prop_map(|(system_id, password)| {
        Outbind::builder().system_id(&system_id).password(&password).build().unwrap().into()
    });
    let alert = (any_address(64), any_address(64), any_tlvs()).prop_map(|(source, esme, tlvs)| {
        let builder = AlertNotification::builder().source(source.get()).esme(esme.get());
        builder.tlvs(tlvs).build().unwrap().into()
    });
    let broadcast =
        (any_text(5), any_address(20), any_text(64), any_time(), any_time(), 0..=4_u8, any_tlvs());
    let broadcast =
        broadcast.prop_map(|(service, source, id, schedule, validity, priority, tlvs)| {
            BroadcastSm::builder()
                .service_type(&service)
                .source(source.get())
                .message_id(&id)
                .schedule_delivery_time(schedule)
                .validity_period(validity)
                .priority_flag(priority)
                .tlvs(tlvs)
                .build()
                .unwrap()
                .into()
        });
    let query = (any_text(64), any_address(20), any_tlvs()).prop_map(|(id, source, tlvs)| {
        let builder = QueryBroadcastSm::builder().message_id(&id).source(source.get());
        builder.tlvs(tlvs).build().unwrap().into()
    });
    let cancel = (any_text(5), any_text(64), any_address(20)).prop_map(|(service, id, source)| {
        let builder = CancelBroadcastSm::builder().service_type(&service).message_id(&id);
        builder.source(source.get()).build().unwrap().into()
    });
    prop_oneof![
        outbind,
        alert,
        broadcast,
        query,
        cancel,
        Just(RequestPdu::from(Unbind)),
        Just(RequestPdu::from(EnquireLink)),
    ]
    .boxed()
}

pub(crate) fn any_request() -> BoxedStrategy<RequestPdu> {
    prop_oneof![
        3 => any_submit_sm().prop_map(RequestPdu::from),
        3 => any_deliver_sm().prop_map(RequestPdu::from),
        2 => any_data_sm().prop_map(RequestPdu::from),
        2 => any_submit_multi().prop_map(RequestPdu::from),
        1 => any_query_sm().prop_map(RequestPdu::from),
        1 => any_cancel_sm().prop_map(RequestPdu::from),
        1 => any_replace_sm().prop_map(RequestPdu::from),
        2 => any_bind().prop_map(RequestPdu::from),
        3 => any_other(),
    ]
    .boxed()
}

pub(crate) fn any_status() -> impl Strategy<Value = Status> {
    prop_oneof![
        3 => Just(Status::ROK),
        2 => select(Status::ALL),
        1 => any::<u32>().prop_map(Status::from_code),
    ]
}

/// Every response, by way of the request that it answers.
pub(crate) fn any_response() -> BoxedStrategy<ResponsePdu> {
    let id = any_text(64);
    let report = (any::<u8>(), any::<u8>(), any_time());
    let refused = vec((any_address(20), any_status()), 0..5);
    (any_request(), id, any_status(), any_tlvs(), report, refused)
        .prop_map(|(request, id, status, tlvs, (state, error, date), refused)| {
            let mut answer = answer(&request, &id, status, (state, error, date), &refused);
            match &mut answer {
                ResponsePdu::SubmitSm(pdu) => pdu.tlvs = tlvs,
                ResponsePdu::DeliverSm(pdu) => pdu.tlvs = tlvs,
                ResponsePdu::DataSm(pdu) => pdu.tlvs = tlvs,
                ResponsePdu::QuerySm(pdu) => pdu.tlvs = tlvs,
                ResponsePdu::SubmitMulti(pdu) => pdu.tlvs = tlvs,
                ResponsePdu::Bind(pdu) => pdu.tlvs = tlvs,
                ResponsePdu::BroadcastSm(pdu) => pdu.tlvs = tlvs,
                ResponsePdu::QueryBroadcastSm(pdu) => pdu.tlvs = tlvs,
                _ => {}
            }
            answer
        })
        .boxed()
}

fn answer(
    request: &RequestPdu,
    id: &[u8],
    status: Status,
    (state, error, date): (u8, u8, Option<SmppTime>),
    refused: &[(Owned, Status)],
) -> ResponsePdu {
    match request {
        RequestPdu::SubmitSm(pdu) => {
            let mut answer = pdu.accept(id);
            answer.status = status;
            answer.into()
        }
        RequestPdu::DeliverSm(pdu) => pdu.reject(status).into(),
        RequestPdu::DataSm(pdu) => {
            let mut answer = pdu.accept(id);
            answer.status = status;
            answer.into()
        }
        RequestPdu::QuerySm(pdu) => {
            let mut answer = pdu.report(MessageState::from_code(state)).error_code(error);
            answer.final_date = date;
            answer.status = status;
            answer.into()
        }
        RequestPdu::SubmitMulti(pdu) => {
            let answer = refused.iter().fold(pdu.accept(id), |answer, (address, status)| {
                answer.refuse(address.get(), *status).unwrap()
            });
            answer.into()
        }
        RequestPdu::BroadcastSm(pdu) => pdu.accept(id).into(),
        RequestPdu::QueryBroadcastSm(pdu) => pdu.report(TlvList::new()).into(),
        RequestPdu::Bind(pdu) => wirepath_smpp::BindResp::reject(pdu.kind(), status).into(),
        RequestPdu::CancelSm(pdu) => pdu.reject(status).into(),
        RequestPdu::ReplaceSm(pdu) => pdu.reject(status).into(),
        RequestPdu::CancelBroadcastSm(pdu) => pdu.reject(status).into(),
        RequestPdu::EnquireLink(_) => wirepath_smpp::EnquireLinkResp::default().into(),
        RequestPdu::Unbind(_) => wirepath_smpp::UnbindResp::default().into(),
        other => wirepath_smpp::GenericNack::of_status(other_command(other), status).into(),
    }
}

fn other_command(request: &RequestPdu) -> wirepath_smpp::CommandId {
    wirepath_smpp::Pdu::command(request)
}

/// Either set of rules.
pub(crate) fn any_rules() -> impl Strategy<Value = Rules> {
    prop_oneof![Just(Rules::Strict), Just(Rules::Lenient)]
}
