//! `gateway send`: one text, and its receipt.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wirepath::smpp::{
    Address, Client, ConnectError, Inbox, MessageId, MessageState, RequestPdu, SendError, Status,
    TextError,
};

use crate::{args::SendArgs, failure::Failure};

/// Sends it, and prints what becomes of it.
pub(crate) async fn send(args: SendArgs) -> Result<(), Failure> {
    let number = digits(&args.number);
    if number.is_empty() || !number.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(Failure(format!(
            "`{}` is no number: expected digits with the country code, such as 31612345678",
            args.number
        )));
    }
    let client = Client::new(args.to.as_str(), args.system_id.as_str(), args.password.clone());
    let (session, mut inbox) =
        client.connect().await.map_err(|error| unreachable(&args, &error))?;
    let sending = session
        .send_text(args.text.as_str())
        .from(sender(&args.from))
        .to(Address::international(number))
        .registered_delivery(u8::from(!args.no_wait));
    let sent = match sending.send().await {
        Ok(sent) => sent,
        Err(error) => {
            session.unbind().await;
            return Err(refused(number, &error));
        }
    };
    let total = sent.parts.len();
    for (number, id) in (1_usize..).zip(&sent.parts) {
        match total {
            1 => println!("taken as {id}"),
            _ => println!("part {number} of {total} taken as {id}"),
        }
    }
    let outcome = match args.no_wait {
        true => Ok(()),
        false => receipts(&mut inbox, sent.parts, Duration::from_secs(args.wait)).await,
    };
    session.unbind().await;
    outcome
}

/// Waits for the receipts of all parts.
async fn receipts(
    inbox: &mut Inbox,
    mut open: Vec<MessageId>,
    wait: Duration,
) -> Result<(), Failure> {
    let (mut until, mut failed) = (Instant::now() + wait, false);
    while !open.is_empty() {
        let pdu = match timeout_at(until, inbox.next()).await {
            Ok(Some(RequestPdu::DeliverSm(pdu))) => pdu,
            Ok(Some(_)) => continue,
            Ok(None) => return Err(Failure("the connection was lost before the receipt".into())),
            Err(_) => {
                return Err(Failure(format!(
                    "no receipt within {} s; the message is still under way, see `gateway spool show`. Another session of this \
                     system_id may get its receipt",
                    wait.as_secs()
                )));
            }
        };
        let Some(receipt) = pdu.receipt() else { continue };
        let id = receipt.id().unwrap_or_default();
        let Some(at) = open.iter().position(|open| open.as_bytes() == id) else { continue };
        let id = open.swap_remove(at);
        let state = receipt.state().unwrap_or(MessageState::UNKNOWN);
        println!("receipt  {id}: {}", state.abbreviation().unwrap_or("in a state of its own"));
        if !matches!(state, MessageState::DELIVERED | MessageState::ACCEPTED) {
            failed |= state.is_final();
            if let Some(err) = receipt.err() {
                println!("         err {}", err.escape_ascii());
            }
        }
        if !state.is_final() {
            // An intermediate notification: the receipt is still to come.
            open.push(id);
        }
        until = Instant::now() + wait;
    }
    match failed {
        true => Err(Failure("it was not delivered".to_owned())),
        false => Ok(()),
    }
}

/// The digits of a number, without the + that may stand before them.
pub(crate) fn digits(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

/// A number, a short code or a name.
fn sender(from: &str) -> Address<'_> {
    let number = digits(from);
    if !number.bytes().all(|octet| octet.is_ascii_digit()) {
        return Address::alphanumeric(from);
    }
    match number.len() {
        // Short codes are not international.
        0..7 => Address::from(number),
        _ => Address::international(number),
    }
}

fn refused(number: &str, error: &TextError) -> Failure {
    let hint = match error {
        TextError::Part { source: SendError::Rejected(Status::RINVDSTADR), .. } => format!(
            "; if there is no route to it, add a rule, or routing.default_chain: `gateway route {number}`, with the --config of the \
             gateway, says which way it goes"
        ),
        TextError::Part { source: SendError::Rejected(Status::RMSGQFUL), .. } => {
            "; the store is full: see `gateway spool ls`, store.max_items and store.max_bytes"
                .to_owned()
        }
        _ => String::new(),
    };
    Failure(format!("{error}{hint}"))
}

fn unreachable(args: &SendArgs, error: &ConnectError) -> Failure {
    let hint = match error {
        ConnectError::Io { .. } => {
            format!("; start the gateway, or say with --to where it listens: {} was tried", args.to)
        }
        ConnectError::Refused(Status::RINVPASWD | Status::RINVSYSID | Status::RBINDFAIL) => {
            "; say with --system-id and --password who binds: server.esmes lists who may".to_owned()
        }
        _ => String::new(),
    };
    Failure(format!("{error}{hint}"))
}

#[cfg(test)]
mod tests {
    use wirepath::smpp::Ton;

    use super::*;

    #[test]
    fn senders() {
        assert_eq!(sender("+31612345678"), Address::international("31612345678"));
        assert_eq!(sender("12345").ton, Ton::UNKNOWN);
        assert_eq!(sender("Shop 24").ton, Ton::ALPHANUMERIC);
    }
}
