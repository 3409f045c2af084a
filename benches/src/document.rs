//! The document that figures are written to: each command owns a section between two markers.

use std::{fs, path::Path};

use crate::{cli::OutArgs, error::LoadError, plot::Chart};

/// Writes a section, or prints it if there is no document.
pub(crate) fn put(out: &OutArgs, section: &str, text: &str) -> Result<(), LoadError> {
    let Some(path) = &out.out else {
        print!("{text}");
        return Ok(());
    };
    let before = match fs::read_to_string(path) {
        Ok(before) => before,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => "# Benchmarks\n".to_owned(),
        Err(error) => return Err(error.into()),
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, replaced(&before, section, text))?;
    eprintln!("{}: section `{section}` written", path.display());
    Ok(())
}

/// Draws a chart beside the document; says how the text is to show it.
pub(crate) fn plot(out: &OutArgs, name: &str, chart: &Chart) -> Result<String, LoadError> {
    let Some(path) = &out.out else { return Ok(String::new()) };
    let folder = path.parent().unwrap_or(Path::new(".")).join("plots");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("{name}.svg")), chart.svg())?;
    Ok(format!("\n![{}](plots/{name}.svg)\n", chart.title))
}

/// The command line that made a section, without the folder that the program was in.
pub(crate) fn command_line() -> String {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    format!("`cargo run --release -p wirepath-benches -- {}`\n\n", arguments.join(" "))
}

fn replaced(document: &str, section: &str, text: &str) -> String {
    let (open, close) = (
        format!("<!-- wirepath-load: {section} -->"),
        format!("<!-- /wirepath-load: {section} -->"),
    );
    let body = format!("{open}\n{text}{close}");
    let (start, end) = (document.find(&open), document.find(&close));
    match (start, end) {
        (Some(start), Some(end)) if start < end => {
            let (head, rest) = document.split_at(start);
            let tail = rest.get(end - start + close.len()..).unwrap_or_default();
            format!("{head}{body}{tail}")
        }
        _ => format!("{}\n\n{body}\n", document.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let first = replaced("# Benchmarks\n", "idle", "one\n");
        let both = replaced(&first, "flood", "two\n");
        let again = replaced(&both, "idle", "three\n");
        assert!(both.contains("one") && both.contains("two"));
        assert!(!again.contains("one") && again.contains("two") && again.contains("three"));
        assert_eq!(replaced(&again, "idle", "three\n"), again);
    }
}
