//! The codec, side by side with smpp34 on the same octets.
//!
//! A figure is worth something as a ratio of two that were taken in one run.

use std::hint::black_box;

use bytes::BytesMut;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use wirepath_benches::samples::{RECEIPT, UNUSUAL_RECEIPT, deliver, frame, header, octets, submit};
use wirepath_smpp::{DeliverSm, MessageId, Pdu, Receipt, RequestPdu, Rules, SubmitSm};

/// So few that what they make fits the caches: page faults are none of a codec's cost.
const BATCH: BatchSize = BatchSize::NumIterations(64);

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
    group.bench_function("parse/unusual", |bencher| {
        bencher.iter(|| Receipt::parse(black_box(UNUSUAL_RECEIPT)));
    });
    group.finish();
}

criterion_group!(benches, decode, encode, answer, receipt);
criterion_main!(benches);
