fn three() {
    {
        use ::wirepath_http::__private as __p;
        const __ROLES: [__p::Role; 3usize] = [
            <list as __p::Descriptor>::ROLE,
            <admin::create as __p::Descriptor>::ROLE,
            <authorise as __p::Descriptor>::ROLE,
        ];
        const _: () = ::core::assert!(
            __p::distinct(& __ROLES, 1usize),
            "two routes for the same method and path: `admin::create` and one before it"
        );
        const _: () = ::core::assert!(
            __p::distinct(& __ROLES, 2usize),
            "two routes for the same method and path: `authorise` and one before it"
        );
        __p::routes::<
            _,
            __p::Chain<
                (list),
                __p::Chain<
                    (admin::create),
                    __p::Chain<(authorise), __p::End<{ __ROLES.len() }>>,
                >,
            >,
        >()
    }
}
fn none() {
    {
        use ::wirepath_http::__private as __p;
        const __ROLES: [__p::Role; 0usize] = [];
        __p::routes::<_, __p::End<{ __ROLES.len() }>>()
    }
}
