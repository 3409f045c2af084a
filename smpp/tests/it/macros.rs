//! The handler macros: what they make of functions, and what they refuse.

use std::sync::Arc;

use wirepath_smpp::{
    AlertNotification, Bind, BroadcastSm, CancelBroadcastSm, CancelSm, CommandId, DataSm,
    DeliverSm, Frame, On, QueryBroadcastSm, QuerySm, ReplaceSm, RequestPdu, Session, Smpp, State,
    Status, SubmitMulti, SubmitSm, handlers, on_bind, on_pdu, on_session,
};

/// A handler for each standard command, and the table that they should make.
macro_rules! standard {
    ($($name:ident = $command:literal $subject:ty;)*) => {
        $(
            #[on_pdu($command)]
            async fn $name(_: $subject) {}
        )*

        fn standard() -> [(Vec<(On, &'static str)>, &'static str, &'static str); 12] {
            [$((handlers![$name].table_of_unit(), stringify!($name), $command)),*]
        }
    };
}

standard! {
    submit = "submit_sm" SubmitSm;
    multi = "submit_multi" SubmitMulti;
    sm_multi = "submit_sm_multi" SubmitMulti;
    deliver = "deliver_sm" DeliverSm;
    data = "data_sm" DataSm;
    query = "query_sm" QuerySm;
    cancel = "cancel_sm" CancelSm;
    replace = "replace_sm" ReplaceSm;
    alert = "alert_notification" AlertNotification;
    broadcast = "broadcast_sm" BroadcastSm;
    query_broadcast = "query_broadcast_sm" QueryBroadcastSm;
    cancel_broadcast = "cancel_broadcast_sm" CancelBroadcastSm;
}

trait TableOfUnit {
    fn table_of_unit(&self) -> Vec<(On, &'static str)>;
}

impl<X: wirepath_smpp::HandlerService> TableOfUnit for wirepath_smpp::Handlers<(), X> {
    fn table_of_unit(&self) -> Vec<(On, &'static str)> {
        self.table().to_vec()
    }
}

/// The macros know the numbers of the commands by themselves: they are the crate's.
#[test]
fn names_mean_the_commands_that_they_name() {
    for (table, function, command) in standard() {
        let id = CommandId::from_name(command).unwrap();
        assert_eq!(table, [(On::command(id.get()), function)], "{command}");
    }
}

#[on_bind]
async fn authorise(_: Bind, State(_): State<u8>) -> bool {
    false
}

#[on_pdu("*")]
async fn rest(_: RequestPdu, State(_): State<u8>) -> Status {
    Status::RINVCMDID
}

#[on_pdu(0x0001_0201)]
async fn vendor(_: Frame) {}

#[on_session("bound")]
async fn bound(_: Session, _: Smpp) {}

#[on_session("unbound")]
async fn r#loop(_: Session) {}

#[test]
fn the_table_is_the_list() {
    let handlers = handlers![authorise, rest, vendor, bound, r#loop];
    assert_eq!(
        handlers.table(),
        [
            (On::BIND, "authorise"),
            (On::ANY, "rest"),
            (On::command(0x0001_0201), "vendor"),
            (On::BOUND, "bound"),
            (On::UNBOUND, "loop"),
        ]
    );
    let _service = handlers.with_state(Arc::new(7_u8));
}

#[test]
fn a_list_may_be_empty() {
    assert_eq!(handlers![].table_of_unit(), []);
}

/// See `tests/ui/README.md`.
#[test]
fn ui() {
    let tests = trybuild::TestCases::new();
    tests.pass("tests/ui/pass/*.rs");
    tests.compile_fail("tests/ui/fail/*.rs");
}
