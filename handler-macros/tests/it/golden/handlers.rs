fn three() {
    handlers![relay, admin::cancel, generic::Handler<u8>,]
}

fn none() {
    handlers![]
}

fn elsewhere() {
    handlers![crate = crate::smpp; relay]
}

fn repeated() {
    handlers![relay, relay]
}
