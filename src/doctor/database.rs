//! What is said of the database. [`judge`] is pure: the store looks, and here it is put into words.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::report::Check;
use crate::store::{Checkup, Place, Tables, check_up};

/// How long it may take: as long as another write may hold the database, and a little more.
const WITHIN: Duration = Duration::from_secs(15);

const REACH: &str = "database.reach";
const TABLES: &str = "database.tables";
const WRITE: &str = "database.write";

/// What is left to check when the database cannot be asked.
const REST: [&str; 2] = [TABLES, WRITE];

/// Looks at the database, within 15 seconds.
pub(super) async fn examine(url: Option<&SecretString>) -> Vec<Check> {
    let Some(url) = url else {
        let why = "not checked, as DATABASE_URL must be mended first";
        return std::iter::once(REACH)
            .chain(REST)
            .map(|name| Check::not_checked(name, why))
            .collect();
    };
    let found = match tokio::time::timeout(WITHIN, check_up(url.expose_secret())).await {
        Ok(found) => found.map_err(|error| format!("{error:#}")),
        Err(_) => Err(format!("no answer within {WITHIN:?}")),
    };
    judge(&found)
}

fn judge(found: &Result<Checkup, String>) -> Vec<Check> {
    match found {
        Ok(checkup) => vec![place(&checkup.place), tables(checkup), write(checkup)],
        Err(error) => {
            let error = error.trim_start_matches("DATABASE_URL: ");
            let fix = "Look at DATABASE_URL: does the server run, are user, password and database right, may this machine connect? For SQLite: is the file a database, and may this user read it?";
            let why = "not checked, as the database cannot be asked";
            std::iter::once(Check::failed(REACH, error, fix))
                .chain(REST.map(|name| Check::not_checked(name, why)))
                .collect()
        }
    }
}

fn place(place: &Place) -> Check {
    match place {
        Place::Memory => Check::notice(
            REACH,
            "SQLite in memory: every incident is gone when Balefire stops",
            Some("Name a file in DATABASE_URL: sqlite://balefire.db"),
        ),
        Place::File {
            path, in_use: true, ..
        } => Check::notice(
            REACH,
            format!("SQLite, {}: a running Balefire holds it", path.display()),
            None::<String>,
        ),
        Place::File {
            path, exists: true, ..
        } => Check::fine(REACH, format!("SQLite, {}", path.display())),
        Place::File { path, .. } => Check::fine(
            REACH,
            format!(
                "SQLite, {}: not there yet; `serve` makes it",
                path.display()
            ),
        ),
        Place::Postgres {
            version,
            tls: Some(tls),
            ..
        } => Check::fine(REACH, format!("PostgreSQL {version}, over {tls}")),
        Place::Postgres {
            version,
            on_this_machine: true,
            ..
        } => Check::fine(
            REACH,
            format!("PostgreSQL {version}, on this machine and without TLS"),
        ),
        Place::Postgres { version, .. } => Check::notice(
            REACH,
            format!(
                "PostgreSQL {version}, without TLS: whoever is in between reads every incident"
            ),
            Some(
                "Let the server speak TLS, and add ?sslmode=verify-full to DATABASE_URL (and sslrootcert=FILE for an authority of your own)",
            ),
        ),
    }
}

fn tables(checkup: &Checkup) -> Check {
    match checkup.tables {
        Tables::UpToDate => Check::fine(TABLES, "up to date"),
        Tables::Missing => Check::fine(TABLES, "none yet; `serve` makes them at its start"),
        Tables::Behind { steps } => Check::notice(
            TABLES,
            format!("{steps} migrations behind; `serve` brings them up to date at its start"),
            Some("Back up first: an older Balefire cannot start on the result"),
        ),
        Tables::Newer => Check::failed(
            TABLES,
            "a newer Balefire has written them; `serve` would refuse to start",
            "Run that version, or restore a backup from before it",
        ),
        Tables::Altered { version } => Check::failed(
            TABLES,
            format!(
                "migration {version} there is not the one of this Balefire; `serve` would refuse to start"
            ),
            "Run the version that made it, or name another database in DATABASE_URL",
        ),
    }
}

fn write(checkup: &Checkup) -> Check {
    if matches!(checkup.tables, Tables::Newer | Tables::Altered { .. }) {
        return Check::not_checked(WRITE, "not checked, as the tables are not of this version");
    }
    let Some(reason) = &checkup.refuses_writes else {
        let what = match checkup.place {
            Place::File { exists: false, .. } => "the folder takes a file, which is gone again",
            Place::Memory => "takes every write",
            Place::File { .. } | Place::Postgres { .. } => "takes a write, which was rolled back",
        };
        return Check::fine(WRITE, what);
    };
    let fix = match checkup.place {
        Place::Postgres { .. } => {
            "Let this user make and write tables: make it the owner of the database, and check that the server is no standby"
        }
        Place::File { .. } | Place::Memory => {
            "Let this user write to the file and its folder, and check that the disk is neither full nor mounted read-only"
        }
    };
    Check::failed(WRITE, reason, fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::Report;

    fn postgres(tls: Option<&str>, on_this_machine: bool) -> Place {
        Place::Postgres {
            version: "17.2".into(),
            tls: tls.map(str::to_owned),
            on_this_machine,
        }
    }

    fn file(exists: bool, in_use: bool) -> Place {
        Place::File {
            path: "balefire.db".into(),
            exists,
            in_use,
        }
    }

    #[test]
    fn what_is_found_is_put_into_words() {
        use Tables::*;
        let cases = [
            (file(true, false), UpToDate, None),
            (file(true, true), UpToDate, None),
            (file(false, false), Missing, None),
            (file(false, false), Missing, Some("Permission denied")),
            (file(true, false), Behind { steps: 2 }, None),
            (file(true, false), Newer, None),
            (file(true, false), Altered { version: 1 }, None),
            (Place::Memory, Missing, None),
            (postgres(Some("TLSv1.3"), false), UpToDate, None),
            (postgres(None, true), UpToDate, None),
            (
                postgres(None, false),
                UpToDate,
                Some("cannot execute INSERT in a read-only transaction"),
            ),
        ];
        let mut said: Vec<String> = cases
            .into_iter()
            .map(|(place, tables, refuses_writes)| {
                let checkup = Checkup {
                    place,
                    tables,
                    refuses_writes: refuses_writes.map(str::to_owned),
                };
                let checks = judge(&Ok(checkup));
                Report { checks }.to_string()
            })
            .collect();
        let checks = judge(&Err("DATABASE_URL: cannot be opened".into()));
        said.push(Report { checks }.to_string());
        insta::assert_snapshot!(said.join("\n"));
    }
}
