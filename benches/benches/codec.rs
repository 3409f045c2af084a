//! The codec, side by side with smpp34 on the same octets.
//!
//! A figure is worth something as a ratio of two that were taken in one run.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use smpp34::CommandHeader;
use wirepath_smpp::{
    Address, DeliverSm, Frame, MessageId, MessageState, Pdu, Receipt, RequestPdu, Rules, SubmitSm,
    TlvList,
};

/// So few that what they make fits the caches: page faults are none of a codec's cost.
const BATCH: BatchSize = BatchSize::NumIterations(64);

fn submit() -> SubmitSm {
    SubmitSm::builder()
        .source(Address::alphanumeric("wirepath"))
        .destination(Address::international("31612345678"))
        .registered_delivery(1)
        .short_message("A message of the usual length, which is somewhere about a hundred characters long, or a few more.")
        .tlvs(TlvList::new().user_message_reference(7))
        .build()
        .expect("every field fits")
}

const RECEIPT: &[u8] =
    b"id:00C0FFEE sub:001 dlvrd:001 submit date:2402291159 done date:2402291200 \
    stat:DELIVRD err:000 text:A message of the usu";

fn deliver() -> DeliverSm {
    DeliverSm::builder()
        .source(Address::international("31612345678"))
        .destination(Address::international("8888"))
        .esm_class(4)
        .short_message(RECEIPT)
        .tlvs(
            TlvList::new().receipted_message_id(b"00C0FFEE").message_state(MessageState::DELIVERED),
        )
        .build()
        .expect("every field fits")
}

fn octets(pdu: &impl Pdu) -> Bytes {
    let mut out = BytesMut::new();
    pdu.encode(7, &mut out);
    out.freeze()
}

fn frame(octets: &Bytes) -> Frame {
    Frame::from_bytes(octets.clone()).expect("a whole PDU")
}

fn header(octets: &[u8]) -> CommandHeader {
    CommandHeader::decode(octets).expect("a whole PDU")
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(1));
    let (submit, deliver) = (octets(&submit()), octets(&deliver()));
    // Decoding and nothing else: wirepath is given frames that have been cut already, smpp34 octets and their header, and
    // what either made is dropped outside.
    group.bench_function("submit_sm/wirepath", |bencher| {
        bencher.iter_batched(
            || frame(&submit),
            |frame| SubmitSm::decode(frame, Rules::Strict),
            BATCH,
        );
    });
    group.bench_function("submit_sm/wirepath, every request", |bencher| {
        bencher.iter_batched(
            || frame(&submit),
            |frame| RequestPdu::decode(frame, Rules::Strict),
            BATCH,
        );
    });
    group.bench_function("submit_sm/smpp34", |bencher| {
        bencher.iter_batched(
            || black_box(&submit[..]),
            |octets| smpp34::submit_sm::decode(header(octets), octets),
            BATCH,
        );
    });
    group.bench_function("deliver_sm/wirepath", |bencher| {
        bencher.iter_batched(
            || frame(&deliver),
            |frame| DeliverSm::decode(frame, Rules::Strict),
            BATCH,
        );
    });
    group.bench_function("deliver_sm/smpp34", |bencher| {
        bencher.iter_batched(
            || black_box(&deliver[..]),
            |octets| smpp34::deliver_sm::decode(header(octets), octets),
            BATCH,
        );
    });
    group.finish();
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Elements(1));
    let ours = submit();
    let wire = octets(&ours);
    let theirs = smpp34::submit_sm::decode(header(&wire), &wire).expect("a submit_sm");
    let mut out = BytesMut::with_capacity(64 * 1024);
    group.bench_function("submit_sm/wirepath", |bencher| {
        bencher.iter(|| {
            out.clear();
            black_box(&ours).encode(7, &mut out);
            out.len()
        });
    });
    // Its encoder takes the PDU by value; the copy is not measured.
    group.bench_function("submit_sm/smpp34", |bencher| {
        bencher.iter_batched(|| theirs.clone(), |pdu| pdu.encode(), BATCH);
    });
    group.finish();
}

fn answer(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode-to-response");
    group.throughput(Throughput::Elements(1));
    let wire = octets(&submit());
    let mut out = BytesMut::with_capacity(64 * 1024);
    let mut id = 0;
    group.bench_function("submit_sm/wirepath", |bencher| {
        bencher.iter_batched(
            || frame(&wire),
            |frame| {
                out.clear();
                id += 1;
                let sequence = frame.header().sequence;
                let pdu = SubmitSm::decode(frame, Rules::Strict).expect("a submit_sm");
                pdu.accept(MessageId::decimal(id)).encode(sequence, &mut out);
                out.len()
            },
            BATCH,
        );
    });
    group.bench_function("submit_sm/smpp34", |bencher| {
        bencher.iter(|| {
            id += 1;
            let octets = &black_box(&wire)[..];
            let pdu = smpp34::submit_sm::decode(header(octets), octets).expect("a submit_sm");
            pdu.accept(id.to_string()).encode()
        });
    });
    group.finish();
}

fn receipt(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("receipt");
    group.throughput(Throughput::Elements(1));
    group.bench_function("parse/canonical", |bencher| {
        bencher.iter(|| Receipt::parse(black_box(RECEIPT)));
    });
    let unusual = b"ID: 77, SUB: 1, DLVRD: 0, STAT: failed, ERR: A1, TEXT: x";
    group.bench_function("parse/unusual", |bencher| {
        bencher.iter(|| Receipt::parse(black_box(unusual)));
    });
    group.finish();
}

criterion_group!(benches, decode, encode, answer, receipt);
criterion_main!(benches);
