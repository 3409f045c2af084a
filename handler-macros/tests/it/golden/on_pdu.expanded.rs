/// Sends a message on.
#[cfg(feature = "relay")]
pub(crate) async fn relay(
    mut pdu: SubmitSm,
    smpp: Smpp,
    State(esmes): State<Esmes>,
) -> Result<SubmitSmResp, Status> {
    Ok(pdu.accept("1"))
}
#[cfg(feature = "relay")]
/// The handler for `submit_sm`, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub(crate) struct relay {}
#[cfg(feature = "relay")]
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for relay {
        const ON: __p::On = __p::On::command(0x00000004);
        const NAME: &'static ::core::primitive::str = "relay";
    }
    const __EXTRACTORS: ::core::primitive::bool = true && __p::extractor::<Smpp>()
        && __p::extractor::<State<Esmes>>();
    const __FITS: ::core::primitive::bool = __p::answer::<
        { __p::On::command(0x00000004).key() },
        Result<SubmitSmResp, Status>,
    >();
    impl<__S> __p::Handler<__S> for relay
    where
        <Smpp as __p::Checked<__EXTRACTORS>>::Needs: __p::Needs<__S>,
        <State<Esmes> as __p::Checked<__EXTRACTORS>>::Needs: __p::Needs<__S>,
    {
        fn accept(
            __request: __p::Request,
            __state: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            let __command = __p::command(&__request);
            let __1 = __p::argument::<__EXTRACTORS, Smpp, __S>(&__request, __state)?;
            let __2 = __p::argument::<
                __EXTRACTORS,
                State<Esmes>,
                __S,
            >(&__request, __state)?;
            let __0 = __p::subject::<
                { __p::On::command(0x00000004).key() },
                SubmitSm,
            >(__request)?;
            ::core::result::Result::Ok(
                __p::replying::<
                    __FITS,
                    { __p::On::command(0x00000004).key() },
                    Result<SubmitSmResp, Status>,
                    _,
                >(__command, relay(__0, __1, __2)),
            )
        }
    }
};
async fn alert(_: AlertNotification) {}
/// The handler for `alert_notification`, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct alert {}
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for alert {
        const ON: __p::On = __p::On::command(0x00000102);
        const NAME: &'static ::core::primitive::str = "alert";
    }
    impl<__S> __p::Handler<__S> for alert {
        fn accept(
            __request: __p::Request,
            __state: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            let __0 = __p::subject::<
                { __p::On::command(0x00000102).key() },
                AlertNotification,
            >(__request)?;
            ::core::result::Result::Ok(__p::silently(alert(__0)))
        }
    }
};
async fn r#type(frame: Frame) {}
/// The handler for the vendor's command 0x00010201, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
struct r#type {}
const _: () = {
    use crate::smpp::__private as __p;
    impl __p::Descriptor for r#type {
        const ON: __p::On = __p::On::command(0x00010201);
        const NAME: &'static ::core::primitive::str = "type";
    }
    const __FITS: ::core::primitive::bool = __p::answer::<
        { __p::On::VENDOR.key() },
        (),
    >();
    impl<__S> __p::Handler<__S> for r#type {
        fn accept(
            __request: __p::Request,
            __state: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            let __command = __p::command(&__request);
            let __0 = __p::subject::<{ __p::On::VENDOR.key() }, Frame>(__request)?;
            ::core::result::Result::Ok(
                __p::replying::<
                    __FITS,
                    { __p::On::VENDOR.key() },
                    (),
                    _,
                >(__command, r#type(__0)),
            )
        }
    }
};
pub async fn rest(pdu: RequestPdu) -> impl Into<Status> {
    Status::RINVCMDID
}
/// The handler for every command that has no other, for `handlers!` to list. It calls the function of the same name.
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct rest {}
const _: () = {
    use ::wirepath_smpp::__private as __p;
    impl __p::Descriptor for rest {
        const ON: __p::On = __p::On::ANY;
        const NAME: &'static ::core::primitive::str = "rest";
    }
    const __FITS: ::core::primitive::bool = true;
    impl<__S> __p::Handler<__S> for rest {
        fn accept(
            __request: __p::Request,
            __state: &__S,
        ) -> ::core::result::Result<
            impl ::core::future::Future<
                Output = __p::Response,
            > + ::core::marker::Send + use<__S>,
            __p::Response,
        > {
            let __command = __p::command(&__request);
            let __0 = __p::subject::<{ __p::On::ANY.key() }, RequestPdu>(__request)?;
            ::core::result::Result::Ok(
                __p::replying::<
                    __FITS,
                    { __p::On::ANY.key() },
                    _,
                    _,
                >(__command, rest(__0)),
            )
        }
    }
};
