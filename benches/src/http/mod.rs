//! HTTP: wirepath, plain axum and bare hyper, side by side.

mod compare;
mod drive;
mod serve;
mod side;
mod work;
mod workload;

pub(crate) use self::{compare::compare, serve::serve, side::Side};
