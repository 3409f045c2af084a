//! Plain sockets and octets encoded before. What the driver costs is as good as nothing, so the server shows.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use wirepath_smpp::{CommandId, Header, Status};

use crate::{
    error::LoadError,
    payload,
    plan::{ClientKind, Plan},
    progress::Progress,
    tally::Tally,
};

/// How long no answer at all may come before the run is given up.
const SILENCE: Duration = Duration::from_secs(30);

/// Bound, and ready to send. One thread a bind, with blocking calls.
pub(crate) struct Bound {
    streams: Vec<TcpStream>,
    is_echo: bool,
}

impl Bound {
    pub(crate) fn connect(plan: &Plan) -> Result<Self, LoadError> {
        let is_echo = plan.client == ClientKind::Echo;
        let mut streams = Vec::with_capacity(plan.binds);
        for _ in 0..plan.binds {
            let mut stream = TcpStream::connect(plan.address())?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(SILENCE))?;
            if !is_echo {
                bind(&mut stream, &plan.system_id, &plan.password)?;
            }
            streams.push(stream);
        }
        Ok(Self { streams, is_echo })
    }

    pub(crate) fn drive(&self, plan: &Plan, progress: &Progress) -> Result<Tally, LoadError> {
        let template = payload::submit_sm_octets()?;
        let octets: Arc<[u8]> = template.repeat(plan.window).into();
        let mut threads = Vec::new();
        for (bind, stream) in (0..).zip(&self.streams) {
            let line = Line::new(stream.try_clone()?, Arc::clone(&octets), plan, self.is_echo);
            let (share, progress) = (plan.share(bind), progress.clone());
            threads.push(std::thread::spawn(move || line.run(share, &progress)));
        }
        let mut tally = Tally::new();
        for thread in threads {
            let part = thread.join().map_err(|_| LoadError::new("a driver thread panicked"))?;
            tally.add(&part);
        }
        Ok(tally)
    }

    /// Closes without an `unbind`: that too is something that servers meet.
    pub(crate) fn close(self) {
        drop(self);
    }
}

/// Binds a socket, reading the answer octet for octet.
pub(crate) fn bind(
    stream: &mut TcpStream,
    system_id: &str,
    password: &str,
) -> Result<(), LoadError> {
    stream.write_all(&payload::bind_octets(system_id, password)?)?;
    let mut head = [0; Header::LEN];
    stream.read_exact(&mut head)?;
    let header = Header::peek(&head).ok_or_else(|| LoadError::new("no header"))?;
    let rest = (header.length as usize).saturating_sub(Header::LEN);
    io::copy(&mut Read::by_ref(stream).take(rest as u64), &mut io::sink())?;
    match header.command.is_response() && header.status.is_ok() {
        true => Ok(()),
        false => Err(LoadError::new(format!("the bind was refused: {}", header.status))),
    }
}

/// One bind at work.
struct Line {
    stream: TcpStream,
    /// As many messages as the window holds.
    output: Vec<u8>,
    message: usize,
    input: Vec<u8>,
    filled: usize,
    window: u64,
    is_echo: bool,
    in_bursts: bool,
    sequence: u32,
    /// By sequence number, round and round. Four windows long, so that answers may come out of order.
    sent_at: Vec<Instant>,
}

impl Line {
    fn new(stream: TcpStream, octets: Arc<[u8]>, plan: &Plan, is_echo: bool) -> Self {
        Self {
            stream,
            message: octets.len() / plan.window,
            output: octets.to_vec(),
            input: vec![0; 256 * 1024],
            filled: 0,
            window: plan.window as u64,
            is_echo,
            in_bursts: plan.client == ClientKind::RawBursts,
            sequence: 1,
            sent_at: vec![Instant::now(); (plan.window * 4).next_power_of_two()],
        }
    }

    fn run(mut self, share: u64, progress: &Progress) -> Tally {
        let mut tally = Tally::new();
        if let Err(error) = self.exchange(share, progress, &mut tally) {
            tally.failed_times(error, share - tally.settled().min(share));
        }
        tally
    }

    /// Fills the window after every read, unless it goes in bursts. To wait until more of it is free would stall servers that leave Nagle's algorithm
    /// on: what they hold back waits for an acknowledgement, which the next messages carry.
    fn exchange(&mut self, share: u64, progress: &Progress, tally: &mut Tally) -> io::Result<()> {
        let mut sent = 0;
        while tally.settled() < share {
            let free = self.window - (sent - tally.settled());
            let more = free.min(share - sent);
            if more > 0 && (!self.in_bursts || free == self.window) {
                self.send(more)?;
                sent += more;
            }
            let before = tally.settled();
            self.receive(tally)?;
            progress.add(tally.settled() - before);
        }
        Ok(())
    }

    fn send(&mut self, messages: u64) -> io::Result<()> {
        let now = Instant::now();
        let octets = self.message * messages as usize;
        let Some(output) = self.output.get_mut(..octets) else { return Ok(()) };
        for message in output.chunks_exact_mut(self.message) {
            self.sequence = self.sequence % 0x7FFF_FFFF + 1;
            if let Some(field) = message.get_mut(12..16) {
                field.copy_from_slice(&self.sequence.to_be_bytes());
            }
            let place = self.sequence as usize % self.sent_at.len();
            if let Some(at) = self.sent_at.get_mut(place) {
                *at = now;
            }
        }
        self.stream.write_all(output)
    }

    fn receive(&mut self, tally: &mut Tally) -> io::Result<()> {
        let space = self.input.get_mut(self.filled..).unwrap_or_default();
        let octets = self.stream.read(space)?;
        if octets == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.filled += octets;
        let now = Instant::now();
        let mut start = 0;
        while let Some(header) = self.input.get(start..self.filled).and_then(Header::peek) {
            let length = header.length as usize;
            if length < Header::LEN || length > self.input.len() {
                return Err(io::Error::other("the peer does not speak SMPP"));
            }
            if self.filled - start < length {
                break;
            }
            start += length;
            self.take(header, now, tally)?;
        }
        self.input.copy_within(start..self.filled, 0);
        self.filled -= start;
        Ok(())
    }

    fn take(&mut self, header: Header, now: Instant, tally: &mut Tally) -> io::Result<()> {
        let place = header.sequence as usize % self.sent_at.len();
        let sent_at = self.sent_at.get(place).copied().unwrap_or(now);
        match header.command {
            CommandId::SUBMIT_SM if self.is_echo => tally.answered(now - sent_at),
            CommandId::SUBMIT_SM_RESP if header.status.is_ok() => tally.answered(now - sent_at),
            CommandId::SUBMIT_SM_RESP | CommandId::GENERIC_NACK => tally.failed(header.status),
            command if !command.is_response() => self.acknowledge(header)?,
            _ => {}
        }
        Ok(())
    }

    /// Answers what the SMSC asks: enquire_link with a bare header, a delivery with an empty message_id.
    fn acknowledge(&mut self, header: Header) -> io::Result<()> {
        let body: &[u8] = match header.command {
            CommandId::DELIVER_SM | CommandId::DATA_SM => &[0],
            _ => &[],
        };
        let answer = Header {
            length: (Header::LEN + body.len()) as u32,
            command: header.command.response(),
            status: Status::ROK,
            sequence: header.sequence,
        };
        let out = [&answer.to_bytes(), body].concat();
        self.stream.write_all(&out)
    }
}
