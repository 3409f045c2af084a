//! The folder of a store.

use std::{fs, io, path::Path};

/// Makes the folder, for its owner alone whatever the umask says: messages are private. One that is there already stays as it
/// is, for somebody may have meant it so; a warning says if others can look into it.
pub(super) fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        warn_if_open(path);
        return Ok(());
    }
    // Those above it are not ours.
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    // Recursive, so that it is no error if another process was faster.
    builder.recursive(true).create(path)
}

#[cfg(unix)]
fn warn_if_open(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    let Ok(metadata) = path.metadata() else { return };
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        tracing::warn!(
            path = %path.display(), mode = format_args!("{mode:o}"),
            "other users of this machine may look into the folder of the store, and messages are in it; `chmod 700` it"
        );
    }
}

#[cfg(not(unix))]
fn warn_if_open(_: &Path) {}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_folder_is_its_owners_alone_and_others_stay_as_they_are() {
        let above = tempfile::tempdir().unwrap();
        fs::set_permissions(above.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let folder = above.path().join("var/data");
        for _ in 0..2 {
            make(&folder).unwrap();
            assert_eq!(mode(&folder), 0o700);
        }
        let theirs = above.path().join("theirs");
        fs::create_dir(&theirs).unwrap();
        fs::set_permissions(&theirs, fs::Permissions::from_mode(0o750)).unwrap();
        make(&theirs).unwrap();
        assert_eq!((mode(&theirs), mode(above.path())), (0o750, 0o755));
    }

    #[test]
    fn a_file_in_its_place_is_an_error() {
        let above = tempfile::tempdir().unwrap();
        let file = above.path().join("data");
        fs::write(&file, "x").unwrap();
        assert!(make(&file).is_err());
    }
}
