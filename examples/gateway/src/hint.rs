//! What is said at the start: where it listens, and what to try.

use std::{fmt::Write as _, io::Write as _, net::SocketAddr};

use wirepath::smpp::config::SmppConfig;

use crate::args::LISTEN;

/// Prints it on stdout.
pub(crate) fn print(address: SocketAddr, config: &SmppConfig, is_builtin: bool) {
    let text = text(address, config, is_builtin, &program());
    // If nobody can see it, nobody misses it.
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn text(address: SocketAddr, config: &SmppConfig, is_builtin: bool, program: &str) -> String {
    let mut text = format!("SMPP on {address}");
    if !is_builtin {
        let esmes = counted(config.server.esmes.len(), "ESME");
        let binds = counted(config.binds.len(), "bind");
        // Writing to a String does not fail.
        let _ = writeln!(text, ", {esmes} in front, {binds} behind");
        return text;
    }
    let to = match address.to_string() {
        default if default == LISTEN => String::new(),
        address => format!(" --to {address}"),
    };
    let _ = write!(
        text,
        ", for the ESME esme1 with the password secret; messages go to a simulator that is built in\n\
         Messages are kept in {}\n\n\
         Send one, and see its receipt:\n\n    {program} send{to} --text 'hello' 31612345678\n\n",
        config.store.path.display()
    );
    text
}

fn counted(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// How this was called, to be called so again.
fn program() -> String {
    let is_cargo = std::env::var_os("CARGO").is_some()
        && std::env::var_os("CARGO_PKG_NAME").is_some_and(|name| name == "gateway");
    let profile = if cfg!(debug_assertions) { "" } else { "--release " };
    match std::env::current_exe() {
        Ok(path) if !is_cargo => quoted(&path.display().to_string()),
        _ => format!("cargo run {profile}-p gateway --"),
    }
}

/// As one word of a shell.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    match path.chars().all(is_plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use wirepath::{secret::Secret, smpp::config::EsmeConfig};

    use super::*;

    #[test]
    fn the_default_address_is_left_out() {
        let config = SmppConfig::default();
        let said = text(LISTEN.parse().unwrap(), &config, true, "gateway");
        assert!(said.contains("\n    gateway send --text 'hello' 31612345678\n"), "{said}");
        let said = text("127.0.0.1:7".parse().unwrap(), &config, true, "gateway");
        assert!(said.contains(" gateway send --to 127.0.0.1:7 --text"), "{said}");
    }

    #[test]
    fn of_a_file_it_says_how_many_there_are() {
        let mut config = SmppConfig::default();
        config.server.esmes.push(EsmeConfig::new("shop", Secret::from("secret1")));
        let said = text(LISTEN.parse().unwrap(), &config, false, "gateway");
        assert_eq!(said, "SMPP on 127.0.0.1:2775, 1 ESME in front, 0 binds behind\n");
    }

    #[test]
    fn a_path_is_one_word() {
        assert_eq!(quoted("/usr/bin/gateway"), "/usr/bin/gateway");
        assert_eq!(quoted("/it's here/gateway"), r"'/it'\''s here/gateway'");
    }
}
