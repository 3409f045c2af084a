//! What each bad input gets: one test a row of the table in `SURFACE.md` §6, over a real socket.

mod binds;
mod fields;
mod frames;
mod load;
mod timers;
