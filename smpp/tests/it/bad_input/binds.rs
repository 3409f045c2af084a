//! Binds, and what is asked without one.

use tokio::time::Instant;
use wirepath_runtime::secret::Secret;
use wirepath_smpp::{
    AlertNotification, BindKind, CommandId, DeliverSm, HandlerService, SendError, Status,
    testing::Harness,
};

use crate::support::{Peer, Running, bind_body, config, pdu, plain, soon, submit, until};

async fn is_refused_and_closed(mut peer: Peer, system_id: &str, password: &str, status: Status) {
    peer.bind(BindKind::Transceiver, system_id, password, status).await;
    peer.expect_end().await;
}

#[tokio::test]
async fn a_wrong_password_gets_rinvpaswd_and_is_closed() {
    let server = Running::plain().await;
    is_refused_and_closed(server.connect().await, "esme1", "wrong", Status::RINVPASWD).await;
    assert!(server.smpp.sessions().is_empty());
}

/// The hash is that of another implementation, argon2-cffi, as a user of its tools has it: of `secret`, with parameters of
/// its own.
#[tokio::test]
async fn a_password_that_the_configuration_has_as_an_argon2_hash_is_checked() {
    use wirepath_runtime::config::Env;
    use wirepath_smpp::config::SmppConfig;

    const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$jljG/6t4gbT5nRHm0RX21Q$ANRBMfU5qaVoSaze+UpBXuPRv64RO/sjlhma9AIAenw";

    let text = format!(
        "server:\n  bind_address: 127.0.0.1\n  port: 0\n  esmes:\n  - {{system_id: esme1, password: '{HASH}'}}\n  \
         - {{system_id: esme2, password: '${{HASH}}'}}\n"
    );
    let env = Env::from_iter([("HASH", HASH)]);
    let config = SmppConfig::from_str(&text, "smpp.yaml", &env).unwrap();
    let server = Running::start(&config.server, plain()).await;
    for system_id in ["esme1", "esme2"] {
        let mut peer = server.connect().await;
        peer.bind_as(system_id, "secret").await;
        peer.expect_alive().await;
    }
    // Neither another password, nor a part of it, nor none, nor what of the hash fits the field.
    for password in ["Secret", "secre", "", &HASH[..8]] {
        let peer = server.connect().await;
        is_refused_and_closed(peer, "esme1", password, Status::RINVPASWD).await;
    }
}

#[tokio::test]
async fn an_unknown_system_id_gets_rinvsysid_and_is_closed() {
    let server = Running::plain().await;
    is_refused_and_closed(server.connect().await, "nobody", "secret", Status::RINVSYSID).await;
}

#[tokio::test]
async fn too_many_binds_get_rbindfail_until_one_is_over() {
    let mut config = config();
    config.esmes[0].max_binds = 2;
    let server = Running::start(&config, plain()).await;
    let mut first = server.bound().await;
    let mut second = server.bound().await;
    is_refused_and_closed(server.connect().await, "esme1", "secret", Status::RBINDFAIL).await;
    first.expect_alive().await;
    second.expect_alive().await;

    drop(first);
    until(|| server.smpp.sessions().len() == 1).await;
    let mut third = server.bound().await;
    third.expect_alive().await;
}

#[tokio::test]
async fn a_network_that_is_not_allowed_gets_rbindfail() {
    use wirepath_runtime::net::Networks;

    let mut config = config();
    config.esmes[0].allowed_networks = Networks::parse(["192.0.2.0/24"]).unwrap();
    let server = Running::start(&config, plain()).await;
    is_refused_and_closed(server.connect().await, "esme1", "secret", Status::RBINDFAIL).await;

    config.esmes[0].allowed_networks = Networks::parse(["192.0.2.0/24", "127.0.0.0/8"]).unwrap();
    let server = Running::start(&config, plain()).await;
    server.bound().await.expect_alive().await;
}

#[tokio::test]
async fn a_kind_of_bind_that_is_not_allowed_gets_rbindfail() {
    let mut config = config();
    config.esmes[0].bind_types = vec![BindKind::Receiver];
    let server = Running::start(&config, plain()).await;
    for kind in [BindKind::Transmitter, BindKind::Transceiver] {
        let mut peer = server.connect().await;
        peer.bind(kind, "esme1", "secret", Status::RBINDFAIL).await;
        peer.expect_end().await;
    }
    let mut peer = server.connect().await;
    peer.bind(BindKind::Receiver, "esme1", "secret", Status::ROK).await;
    peer.expect_alive().await;
}

/// Tries a password in a session of its own; says what came of it, and after how many milliseconds.
async fn guess(harness: &Harness<impl HandlerService>, password: &str) -> (Option<Status>, u128) {
    let start = Instant::now();
    let refused = harness.bind(BindKind::Transceiver, "esme1", password).await.err();
    (refused, start.elapsed().as_millis())
}

#[tokio::test(start_paused = true)]
async fn repeated_failures_from_one_address_are_slowed() {
    let harness = Harness::new(plain()).config(config());
    for wait in [0, 100, 200, 400, 800, 1_600, 3_200, 3_200] {
        let (refused, waited) = guess(&harness, "wrong").await;
        assert_eq!(refused, Some(Status::RINVPASWD));
        assert!((wait..wait + 5).contains(&waited), "{waited} for {wait}");
    }
    // The right one is not told from the others by waiting less; once it is found, nobody waits.
    let (refused, waited) = guess(&harness, "secret").await;
    assert!(refused.is_none() && (3_200..3_205).contains(&waited), "{waited}");
    assert!(guess(&harness, "secret").await.1 < 5);
}

#[tokio::test(start_paused = true)]
async fn many_connections_from_one_address_guess_no_faster_than_one() {
    let harness = Harness::new(plain()).config(config());
    let guesses = (0..8).map(|_| guess(&harness, "wrong"));
    let mut outcomes = futures_util::future::join_all(guesses).await;
    outcomes.sort_by_key(|(_, waited)| *waited);
    let looked_at = outcomes.iter().filter(|(status, _)| *status == Some(Status::RINVPASWD));
    // 100 + 200 + … before each but the first. What does not get its turn before session_init is not looked at.
    for ((_, waited), due) in looked_at.clone().zip([0, 100, 300, 700, 1_500, 3_100, 6_300]) {
        assert!((due..due + 10).contains(waited), "{outcomes:?}");
    }
    assert_eq!(looked_at.count(), 6, "{outcomes:?}");
    assert!(outcomes.iter().all(|(status, waited)| status.is_some() && *waited < 5_000));
}

/// The refusal goes out whatever the timer is.
#[tokio::test(start_paused = true)]
async fn the_delay_of_a_refusal_leaves_time_to_say_it() {
    let mut config = config();
    config.session_init_timer_ms = 300;
    let harness = Harness::new(plain()).config(config);
    for _ in 0..10 {
        let (refused, waited) = guess(&harness, "wrong").await;
        assert_eq!(refused, Some(Status::RINVPASWD));
        assert!(waited < 300, "{waited}");
    }
    assert_eq!(guess(&harness, "secret").await.0, None);
}

#[tokio::test]
async fn a_malformed_bind_gets_the_fields_status_and_is_closed() {
    let server = Running::plain().await;
    let rows = [
        (bind_body("a system_id too long", "secret", 0x34), Status::RINVSYSID),
        (bind_body("esme1", "a password too long", 0x34), Status::RINVPASWD),
        (b"esme1\0secret\0a system type too long\0\x34\0\0\0".to_vec(), Status::RINVSYSTYP),
        (b"esme1\0secret".to_vec(), Status::RINVMSGLEN),
        (b"esme1\0secret\0\0\x34\0\0\0\0".to_vec(), Status::RINVOPTPARSTREAM),
    ];
    for (body, status) in rows {
        let mut peer = server.connect().await;
        peer.send(&pdu(9, 3, &body)).await;
        peer.expect(CommandId::BIND_TRANSCEIVER_RESP, status, 3).await;
        peer.expect_end().await;
    }
}

/// The server is strict; the rules of who binds are known only once it is decoded.
#[tokio::test]
async fn a_password_above_the_maximum_binds_a_lenient_esme_only() {
    let long = "a password of 24 octets.";
    for lenient in [None, Some(false), Some(true)] {
        let mut config = config();
        config.esmes[0].password = Secret::from(long).into();
        config.esmes[0].lenient = lenient;
        let server = Running::start(&config, plain()).await;
        if lenient == Some(true) {
            server.connect().await.bind_as("esme1", long).await;
        } else {
            is_refused_and_closed(server.connect().await, "esme1", long, Status::RINVPASWD).await;
        }
        // The other fields are held to the rules all the same.
        let rest: [(&[u8], Status); 2] = [
            (b"a system type too long\0\x34\0\0\0", Status::RINVSYSTYP),
            (b"\0\x34\0\0an address range of more than forty octets\0", Status::RBINDFAIL),
        ];
        for (rest, status) in rest {
            let mut peer = server.connect().await;
            peer.send(&pdu(9, 3, &[b"esme1\0", long.as_bytes(), b"\0", rest].concat())).await;
            peer.expect(CommandId::BIND_TRANSCEIVER_RESP, status, 3).await;
            peer.expect_end().await;
        }
    }
}

#[tokio::test]
async fn a_second_bind_gets_ralybnd_and_the_session_goes_on() {
    let server = Running::plain().await;
    let mut peer = server.bound().await;
    for kind in BindKind::ALL {
        peer.bind(kind, "esme1", "secret", Status::RALYBND).await;
    }
    peer.expect_alive().await;
    assert_eq!(server.smpp.sessions().len(), 1);
}

#[tokio::test]
async fn a_command_before_the_bind_gets_rinvbndsts() {
    let server = Running::plain().await;
    let mut peer = server.connect().await;
    for command in [0x04, 0x05, 0x21, 0x103, 0x03, 0x08, 0x07, 0x111, 0x112, 0x113] {
        peer.send(&pdu(command, 2, b"")).await;
        let response = CommandId::new(command).response();
        peer.expect(response, Status::RINVBNDSTS, 2).await;
    }
    // It has no response that could say so.
    peer.send(&pdu(0x102, 4, b"")).await;
    peer.expect_alive().await;
    peer.bind_as("esme1", "secret").await;
}

#[tokio::test]
async fn a_command_that_the_kind_of_bind_does_not_allow_gets_rinvbndsts() {
    let server = Running::plain().await;
    let mut receiver = server.connect().await;
    receiver.bind(BindKind::Receiver, "esme1", "secret", Status::ROK).await;
    receiver.send(&submit(2)).await;
    receiver.expect(CommandId::SUBMIT_SM_RESP, Status::RINVBNDSTS, 2).await;
    receiver.expect_alive().await;

    // deliver_sm goes the other way on every kind.
    for kind in BindKind::ALL {
        let mut peer = server.connect().await;
        peer.bind(kind, "esme1", "secret", Status::ROK).await;
        peer.send(&pdu(5, 3, b"")).await;
        peer.expect(CommandId::DELIVER_SM_RESP, Status::RINVBNDSTS, 3).await;
        peer.expect_alive().await;
    }
}

#[tokio::test]
async fn deliver_sm_to_a_transmitter_is_refused_here() {
    let server = Running::plain().await;
    let mut peer = server.connect().await;
    peer.bind(BindKind::Transmitter, "esme1", "secret", Status::ROK).await;
    let session = server.smpp.sessions().remove(0);
    assert!(server.smpp.esme("esme1").is_none(), "it cannot receive");
    let pdu = DeliverSm::builder().short_message("x").build().unwrap();
    let (command, kind) = (CommandId::DELIVER_SM, BindKind::Transmitter);
    assert_eq!(session.deliver_sm(&pdu).await, Err(SendError::NotAllowed { command, kind }));
    let alert = AlertNotification::builder().build().unwrap();
    assert!(matches!(session.alert_notification(&alert), Err(SendError::NotAllowed { .. })));
    peer.expect_alive().await;
}

#[tokio::test]
async fn interface_version_below_34_gets_no_tlvs() {
    use wirepath_smpp::{Tag, TlvList};

    let server = Running::plain().await;
    for (version, has_tlvs) in [(0x33, false), (0x00, false), (0x34, true), (0x50, true)] {
        let mut peer = server.connect().await;
        peer.send(&pdu(9, 1, &bind_body("esme1", "secret", version))).await;
        let answer = peer.expect(CommandId::BIND_TRANSCEIVER_RESP, Status::ROK, 1).await;
        let tlv: &[u8] = if has_tlvs { b"\x02\x10\x00\x01\x34" } else { b"" };
        assert_eq!(answer.body(), [b"wirepath\0", tlv].concat());

        let session = server.smpp.esme("esme1").unwrap();
        let tlvs = TlvList::new().with(Tag(0x1400), b"own");
        let pdu = DeliverSm::builder().short_message("x").tlvs(tlvs).build().unwrap();
        let sending = tokio::spawn(async move { session.deliver_sm(&pdu).await });
        let deliver = peer.next().await.unwrap();
        assert_eq!(deliver.body().ends_with(b"own"), has_tlvs);
        peer.answer(&deliver, Status::ROK).await;
        soon(sending).await.unwrap().unwrap();
        drop(peer);
        until(|| server.smpp.sessions().is_empty()).await;
    }
}

#[tokio::test]
async fn what_an_old_peer_would_lose_is_refused_here() {
    use wirepath_smpp::{DataSm, Tag, TlvList};

    let server = Running::plain().await;
    let mut peer = server.connect().await;
    peer.send(&pdu(9, 1, &bind_body("esme1", "secret", 0x33))).await;
    peer.expect(CommandId::BIND_TRANSCEIVER_RESP, Status::ROK, 1).await;
    let session = server.smpp.esme("esme1").unwrap();

    let lost: [(Tag, &[u8]); 4] = [
        (Tag::MESSAGE_PAYLOAD, b"the text"),
        (Tag::SAR_MSG_REF_NUM, b"\0\x01"),
        (Tag::SAR_TOTAL_SEGMENTS, b"\x02"),
        (Tag::SAR_SEGMENT_SEQNUM, b"\x01"),
    ];
    let deliver = SendError::NeedsNewer { command: CommandId::DELIVER_SM };
    for (tag, value) in lost {
        let pdu = DeliverSm::builder().tlvs(TlvList::new().with(tag, value)).build().unwrap();
        assert_eq!(soon(session.deliver_sm(&pdu)).await, Err(deliver.clone()));
        assert_eq!(session.pipeline().try_send(&pdu, 1), Err(deliver.clone()));
    }
    assert!(!deliver.may_have_arrived());
    let data = SendError::NeedsNewer { command: CommandId::DATA_SM };
    assert_eq!(soon(session.data_sm(&DataSm::builder().build().unwrap())).await, Err(data));
    let alert = SendError::NeedsNewer { command: CommandId::ALERT_NOTIFICATION };
    let pdu = AlertNotification::builder().build().unwrap();
    assert_eq!(session.alert_notification(&pdu), Err(alert));
    // Nothing of it went out.
    peer.expect_alive().await;
}

#[tokio::test]
async fn unbind_is_answered_then_closed() {
    let server = Running::plain().await;
    for bound in [true, false] {
        let mut peer = server.connect().await;
        if bound {
            peer.bind_as("esme1", "secret").await;
        }
        // What comes behind the unbind is not handled.
        let octets = [pdu(CommandId::UNBIND.get(), 8, b""), submit(9), pdu(0x15, 10, b"")].concat();
        peer.send(&octets).await;
        peer.expect(CommandId::UNBIND_RESP, Status::ROK, 8).await;
        peer.expect_end().await;
    }
}
