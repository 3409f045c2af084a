fn three() {
    {
        use ::wirepath_smpp::__private as __p;
        const __ON: [__p::On; 3usize] = [
            <relay as __p::Descriptor>::ON,
            <admin::cancel as __p::Descriptor>::ON,
            <generic::Handler<u8> as __p::Descriptor>::ON,
        ];
        const _: () = ::core::assert!(
            __p::distinct(__ON[0usize], __ON[1usize]),
            "two handlers for the same command: `relay` and `admin::cancel`"
        );
        const _: () = ::core::assert!(
            __p::distinct(__ON[0usize], __ON[2usize]),
            "two handlers for the same command: `relay` and `generic::Handler<u8>`"
        );
        const _: () = ::core::assert!(
            __p::distinct(__ON[1usize], __ON[2usize]),
            "two handlers for the same command: `admin::cancel` and `generic::Handler<u8>`"
        );
        __p::handlers::<
            _,
            __p::Chain<
                (relay),
                __p::Chain<
                    (admin::cancel),
                    __p::Chain<(generic::Handler<u8>), __p::End<{ __ON.len() }>>,
                >,
            >,
        >()
    }
}
fn none() {
    {
        use ::wirepath_smpp::__private as __p;
        const __ON: [__p::On; 0usize] = [];
        __p::handlers::<_, __p::End<{ __ON.len() }>>()
    }
}
fn elsewhere() {
    {
        use crate::smpp::__private as __p;
        const __ON: [__p::On; 1usize] = [<relay as __p::Descriptor>::ON];
        __p::handlers::<_, __p::Chain<(relay), __p::End<{ __ON.len() }>>>()
    }
}
fn repeated() {
    {
        ::core::compile_error! {
            "`relay` is listed twice"
        }
        use ::wirepath_smpp::__private as __p;
        const __ON: [__p::On; 1usize] = [<relay as __p::Descriptor>::ON];
        __p::handlers::<_, __p::Chain<(relay), __p::End<{ __ON.len() }>>>()
    }
}
