fn three() {
    routes![list, admin::create, authorise]
}

fn none() {
    routes![]
}
