//! wirepath as its users see it.

mod app;
mod guide;
mod parity;
