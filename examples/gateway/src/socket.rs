//! The socket in the data folder: one question on a line of JSON, one answer, and the connection is over.

use std::{
    fs,
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    task::JoinHandle,
    time::timeout,
};
use wirepath::smpp::spool::Spool;

use crate::{
    ask::{Answer, Ask},
    desk,
};

/// Its name in the data folder.
const NAME: &str = "control.sock";

/// Where it is made before it is moved to its place: nobody else can enter there.
const MAKING: &str = ".control";

/// The longest question, in octets.
const MAX_QUESTION: u64 = 4_096;

/// The longest answer, in octets: as many messages as are listed, with the longest reasons.
const MAX_ANSWER: u64 = 8 << 20;

/// Connections that are served at a time; others wait.
const MAX_CONNECTIONS: usize = 16;

/// The time for a question, and for an answer to be read.
const PATIENCE: Duration = Duration::from_secs(10);

/// The socket of a gateway that runs. It is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct ControlSocket {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl ControlSocket {
    /// Answers in this folder, which is ours: whoever has the store open is alone in it. A socket that another left there is
    /// replaced.
    pub(crate) fn serve(folder: &Path, spool: Spool) -> io::Result<Self> {
        let path = folder.join(NAME);
        let listener = listen(folder, &path)?;
        Ok(Self { path, task: tokio::spawn(accept(listener, spool)) })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.task.abort();
        // If it stays, nobody answers there.
        let _ = fs::remove_file(&self.path);
    }
}

/// From its first moment on, nobody but its owner can connect to it.
fn listen(folder: &Path, path: &Path) -> io::Result<UnixListener> {
    let making = folder.join(MAKING);
    fs::create_dir_all(folder)?;
    match fs::remove_dir_all(&making) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => fs::DirBuilder::new().mode(0o700).create(&making)?,
    }
    let made = making.join(NAME);
    let listener = UnixListener::bind(&made)?;
    fs::set_permissions(&made, fs::Permissions::from_mode(0o600))?;
    fs::rename(&made, path)?;
    fs::remove_dir(&making)?;
    Ok(listener)
}

async fn accept(listener: UnixListener, spool: Spool) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let spool = spool.clone();
                tokio::spawn(async move {
                    // Who goes away before the answer does not want it.
                    let _ = serve(stream, &spool).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the control socket cannot be served; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

async fn serve(mut stream: UnixStream, spool: &Spool) -> io::Result<()> {
    let question = timeout(PATIENCE, line(&mut stream, MAX_QUESTION)).await??;
    let answer = match serde_json::from_slice(&question) {
        Ok(ask) => desk::answer(spool, ask).await,
        Err(error) => Answer::Failed { error: format!("the question cannot be read: {error}") },
    };
    let mut answer = serde_json::to_vec(&answer)?;
    answer.push(b'\n');
    timeout(PATIENCE, stream.write_all(&answer)).await?
}

/// One line, without its end.
async fn line(stream: impl AsyncRead + Unpin, max: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    BufReader::new(stream.take(max)).read_until(b'\n', &mut line).await?;
    match line.pop() {
        Some(b'\n') => Ok(line),
        _ => Err(io::Error::new(ErrorKind::InvalidData, "it is cut short, or too long")),
    }
}

/// Asks the gateway that runs on a folder; `None` if none does.
pub(crate) async fn ask(folder: &Path, ask: &Ask) -> io::Result<Option<Answer>> {
    let mut stream = match UnixStream::connect(folder.join(NAME)).await {
        Ok(stream) => stream,
        // The last is a path too long for a socket: then there is none.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::ConnectionRefused | ErrorKind::InvalidInput
            ) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut question = serde_json::to_vec(ask)?;
    question.push(b'\n');
    stream.write_all(&question).await?;
    let answer = timeout(PATIENCE, line(stream, MAX_ANSWER)).await??;
    Ok(Some(serde_json::from_slice(&answer)?))
}

#[cfg(test)]
mod tests {
    use wirepath::{smpp::config::SpoolConfig, store::Store};

    use super::*;

    fn spool() -> Spool {
        Spool::at_rest(Store::memory(), SpoolConfig::default())
    }

    #[tokio::test]
    async fn it_answers_its_owner_alone_and_replaces_what_is_stale() {
        let folder = tempfile::tempdir().unwrap();
        assert!(ask(folder.path(), &Ask::Lanes).await.unwrap().is_none());
        let path = folder.path().join(NAME);
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(ask(folder.path(), &Ask::Lanes).await.unwrap().is_none(), "nobody answers");

        let socket = ControlSocket::serve(folder.path(), spool()).unwrap();
        let answer = ask(folder.path(), &Ask::Lanes).await.unwrap();
        assert_eq!(answer, Some(Answer::Lanes { lanes: Vec::new() }));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_question_that_is_none_is_told_so_and_a_long_one_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let _socket = ControlSocket::serve(folder.path(), spool()).unwrap();
        let connect = || UnixStream::connect(folder.path().join(NAME));
        let mut stream = connect().await.unwrap();
        stream.write_all(b"{\"ask\":\"lane\"}\n").await.unwrap();
        let answer = line(stream, MAX_ANSWER).await.unwrap();
        let answer: Answer = serde_json::from_slice(&answer).unwrap();
        assert!(matches!(answer, Answer::Failed { error } if error.contains("`lanes`")));

        let mut stream = connect().await.unwrap();
        // It may be closed before all of it is written.
        let _ = stream.write_all(&[b'x'; 2 * MAX_QUESTION as usize]).await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.is_empty());
    }
}
