//! What each bad input gets, over a real socket: one test a rule, whose name says the rule.

mod binds;
mod fields;
mod frames;
mod load;
mod timers;
