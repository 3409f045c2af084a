//! The pure part: octets in, values out. No socket, no clock, no task.
