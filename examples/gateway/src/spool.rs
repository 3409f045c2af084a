//! `gateway spool`: what waits, and dead letters.

use wirepath::{
    smpp::{config::SmppConfig, spool::Spool},
    store::{Store, StoreEngine},
};

use crate::{
    args::{SpoolArgs, SpoolCommand},
    ask::{Answer, Ask, DEAD, Details, LaneState, Summary},
    desk,
    failure::Failure,
    socket,
};

/// Asks, and prints the answers.
pub(crate) async fn spool(args: SpoolArgs) -> Result<(), Failure> {
    let (store, questions) = questions(args.what);
    let config = store.smpp()?;
    let mut way = Way::find(&config).await?;
    let mut failed = Vec::new();
    for question in questions {
        match way.ask(&question).await? {
            Answer::Failed { error } => failed.push(error),
            answer => print(&question, &answer),
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Failure(failed.join("\nerror: "))),
    }
}

/// What to ask, and where.
fn questions(command: SpoolCommand) -> (crate::args::StoreArgs, Vec<Ask>) {
    match command {
        SpoolCommand::Ls { store, lane, dead, after, limit } => {
            let lane = if dead { Some(DEAD.to_owned()) } else { lane };
            let ask =
                lane.map_or(Ask::Lanes, |lane| Ask::List { lane, after, limit: limit.into() });
            (store, vec![ask])
        }
        SpoolCommand::Show { store, id } => (store, vec![Ask::Show { id }]),
        SpoolCommand::Replay { store, ids } => {
            (store, ids.into_iter().map(|id| Ask::Replay { id }).collect())
        }
        SpoolCommand::Discard { store, ids } => {
            (store, ids.into_iter().map(|id| Ask::Discard { id }).collect())
        }
    }
}

/// Who is asked: the gateway that runs, or the store itself.
enum Way<'a> {
    Running(&'a std::path::Path),
    Resting(Spool),
}

impl<'a> Way<'a> {
    async fn find(config: &'a SmppConfig) -> Result<Self, Failure> {
        let folder = config.store.path.as_path();
        let engine = config.store.engine;
        if engine != StoreEngine::Redis && socket::ask(folder, &Ask::Lanes).await?.is_some() {
            return Ok(Self::Running(folder));
        }
        let shown = folder.display();
        match engine {
            StoreEngine::Memory => {
                return Err(Failure(format!(
                    "no gateway runs on {shown}, and one with `store.engine: memory` leaves nothing behind"
                )));
            }
            StoreEngine::Embedded if !folder.is_dir() => {
                return Err(Failure(format!(
                    "there is no store at {shown}: start the gateway there first, or say with --data or --config where it is"
                )));
            }
            _ => {}
        }
        let store = Store::from_config(&config.store).await?;
        let spool = config.spool.clone().unwrap_or_default();
        Ok(Self::Resting(Spool::at_rest(store, spool)))
    }

    async fn ask(&mut self, ask: &Ask) -> Result<Answer, Failure> {
        match self {
            Self::Resting(spool) => Ok(desk::answer(spool, ask.clone()).await),
            Self::Running(folder) => match socket::ask(folder, ask).await? {
                Some(answer) => Ok(answer),
                None => Err(Failure("the gateway has just stopped; ask again".to_owned())),
            },
        }
    }
}

fn print(ask: &Ask, answer: &Answer) {
    match (ask, answer) {
        (_, Answer::Lanes { lanes }) => print_lanes(lanes),
        (_, Answer::List { messages }) => print_list(messages),
        (_, Answer::Show { message }) => print_details(message),
        (Ask::Replay { id }, _) => println!("{id} is sent again"),
        (Ask::Discard { id }, _) => println!("{id} is gone"),
        _ => println!("done"),
    }
}

fn print_lanes(lanes: &[LaneState]) {
    if lanes.is_empty() {
        return println!("nothing waits");
    }
    println!("{:<32} {:>9} {:>9} {:>9} {:>9}", "lane", "ready", "delayed", "leased", "oldest");
    for LaneState { lane, ready, delayed, leased, oldest } in lanes {
        println!("{lane:<32} {ready:>9} {delayed:>9} {leased:>9} {oldest:>8}s");
    }
}

fn print_list(messages: &[Summary]) {
    if messages.is_empty() {
        return println!("no messages");
    }
    println!("{:<12} {:<8} {:<15} {:<16} {:<16} {:>8}", "id", "stage", "esme", "from", "to", "age");
    for Summary { id, age, known, .. } in messages {
        match known {
            Ok(known) => println!(
                "{id:<12} {:<8} {:<15} {:<16} {:<16} {age:>7}s  {}",
                known.stage, known.esme, known.from, known.to, known.reason
            ),
            Err(error) => println!("{id:<12} cannot be read: {error}"),
        }
    }
}

fn print_details(details: &Details) {
    let Details { summary, lane, priority, due, rest } = details;
    let line = |name: &str, value: &str| println!("{name:<12} {value}");
    line("id", &summary.id.to_string());
    line("lane", lane);
    match &summary.known {
        Ok(known) => {
            line("stage", &known.stage);
            line("esme", &known.esme);
            line("from", &known.from);
            line("to", &known.to);
            if !known.reason.is_empty() {
                line("reason", &known.reason);
            }
        }
        Err(error) => line("record", &format!("cannot be read: {error}")),
    }
    line("age", &format!("{} s", summary.age));
    line("attempts", &summary.attempts.to_string());
    line("priority", &priority.to_string());
    line("due in", &format!("{due} s"));
    for (name, value) in rest {
        line(name, value);
    }
}
